"""A measurement that fails leaves the others worth having."""

import json

import pytest

from controller.benchmark import MEASUREMENTS
from controller.benchmark.row import Row
from controller.cli.app import app


def fails():
    raise RuntimeError("no library libnidaqmx.so")


def answers():
    return iter([Row("step", 1.5, "us")])


def test_the_others_are_printed_and_the_failure_is_named(monkeypatch, capsys):
    monkeypatch.setitem(MEASUREMENTS, "wires", fails)
    monkeypatch.setitem(MEASUREMENTS, "tick", answers)
    with pytest.raises(SystemExit) as ended:
        app(["bench", "--only", "wires", "--only", "tick", "--json"])
    assert ended.value.code == 4
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [row["name"] for row in found["measurements"]] == ["step"]
    assert found["failed"] == {"wires": "RuntimeError: no library libnidaqmx.so"}
    assert "wires could not be measured: RuntimeError: no library libnidaqmx.so" in said.err
