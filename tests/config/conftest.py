"""Files to try: shipped ones and a small protocol, changed in one place each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.config.check import check
from controller.config.errors import Problem
from controller.config.find import shipped

# Line numbers count: tests name them.
PROTOCOL = """\
[protocol]
name = "trial"
title = "A protocol for a test"
requires = ["iabp", "impella", "patient-model"]
[set]
iabp.assist = "1:2"
pump.device = "impella-cp"
pump.level = "P-2"
[[step]]
name = "first"
hold_s = 10
[[step]]
name = "second"
set = { iabp.enabled = true }
hold_s = 11
expect = [ { metric = "map_mmHg", relative_to = "first", low = 0, source = "a test" } ]
[[step]]
name = "third"
hold_s = 12
"""


@pytest.fixture
def protocol_text() -> str:
    return PROTOCOL


@pytest.fixture
def bench_text() -> str:
    return (shipped() / "benches" / "virtual.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a patient `healthy` of its own, so that shipped patients do not matter."""
    patients = tmp_path / "configs" / "patients"
    patients.mkdir(parents=True)
    (patients / "healthy.toml").write_text('[patient]\nname = "healthy"\ntitle = "Healthy"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def problems(folder: Path) -> Callable[..., list[Problem]]:
    """`problems(text, old, new, …)`: what `check` says of the text after the replacements; each `old` must be there once."""

    def run(text: str, *changes: str) -> list[Problem]:
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        file = folder / "trial.toml"
        file.write_bytes(text.encode())
        return check(file)

    return run


@pytest.fixture
def said(problems: Callable[..., list[Problem]]) -> Callable[..., list[tuple[str, str, str]]]:
    """The same, as (line:column, key, what is wrong)."""

    def run(text: str, *changes: str) -> list[tuple[str, str, str]]:
        return [(p.where.rpartition("trial.toml:")[2], p.key, p.what) for p in problems(text, *changes)]

    return run
