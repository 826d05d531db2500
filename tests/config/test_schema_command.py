"""`mockloop schema`: the schemas as one object, one of them, or files for an editor."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from controller.cli.app import app
from controller.config.schema import schemas


def test_all_one_and_files(tmp_path: Path) -> None:
    runner = CliRunner()
    assert json.loads(runner.invoke(app, ["schema"]).stdout) == schemas()
    assert json.loads(runner.invoke(app, ["schema", "pump_drive"]).stdout) == schemas()["pump_drive"]
    done = runner.invoke(app, ["schema", "bench", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0
    (file,) = (tmp_path / "new").iterdir()
    assert file.name == "bench.schema.json" and json.loads(file.read_text()) == schemas()["bench"]


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    done = CliRunner().invoke(app, ["schema", "pump"])
    assert done.exit_code == 2
    assert "allowed is one of patient, pump_drive, bench" in done.output
