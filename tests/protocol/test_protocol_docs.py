"""docs/protocols.md names every key, and its example is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import controller.config.conditions as conditions
from controller.config.experiment import load_experiment
from controller.config.limits import Expect
from controller.config.plan import plan
from controller.config.protocol import ProtocolHeader, Step, Teardown
from controller.protocol.result import Cause, RunVerdict

TEXT = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [ProtocolHeader, Step, Teardown, Expect, conditions.AbortIf, conditions.SuspendIf])
def test_every_key_is_explained(model):
    assert [key for key in model.model_fields if f"`{key}`" not in TEXT] == []


def test_every_default_of_a_step_is_the_one_in_force():
    for key, default in re.findall(r"^\| `(\w+)` \|[^|]*\| ([\d.]+) \|$", TEXT, re.MULTILINE):
        models = [m for m in (Step, conditions.SuspendIf) if key in m.model_fields]
        assert float(default) in [m.model_fields[key].default for m in models], key


def test_every_ending_is_explained():
    assert [word for word in get_args(Cause) if f"`{word}`" not in TEXT] == []
    assert [word for word in get_args(RunVerdict) if f"| {word} |" not in TEXT] == []


def test_the_example_is_valid(tmp_path):
    example = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(example[1], encoding="utf-8")
    experiment = load_experiment(str(path))
    assert [step.label for step in plan(experiment.protocol).steps] == ["baseline", "supported"]
