"""A run that never came to its first step still leaves a folder, a summary with its verdict, and the right exit code."""

import json

import pytest

from controller import exit_codes
from controller.config.experiment import load_experiment
from controller.job.request import Request
from controller.job.run_job import run_job
from controller.session.errors import NotArmed
from controller.session.session import Session

REGURGITATION = ("patient.ar_area_cm2=0.3",)


def refused(folder, sets=()):
    experiment = load_experiment("iabp-weaning", sets=sets)
    outcome = run_job(experiment, Request("iabp-weaning", fast=True, out=folder, sets=sets, mqtt="off"))
    assert outcome.result.exit_code == exit_codes.RIG
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["verdict"] == "INCOMPLETE" and summary["cause"] == "not-armed"
    assert {step["verdict"] for step in summary["steps"]} == {"not-run"}
    assert outcome.report is not None and "INCOMPLETE" in outcome.report.read_text()
    return summary


def test_a_failed_self_test_is_a_summary_not_an_exception(tmp_path, monkeypatch):
    async def failing(session):
        raise NotArmed(["self-test failed in state INIT", "in.ecg_mV: not finite, out of range or stale"])

    monkeypatch.setattr(Session, "open", failing)
    summary = refused(tmp_path / "run")
    assert "self-test failed" in summary["reason"] and "in.ecg_mV" in summary["reason"]
    assert summary["teardown"] == "not run"


def test_a_contraindication_is_refused_with_the_step_that_asks_for_it(tmp_path):
    summary = refused(tmp_path / "run", REGURGITATION)
    assert "step 2 (assist-1-1): balloon pump in aortic regurgitation" in summary["reason"]
    assert 'override = ["iabp-in-ar"]' in summary["reason"]


def test_what_is_contraindicated_before_the_first_step_is_said_so(tmp_path):
    summary = refused(tmp_path / "run", (*REGURGITATION, "iabp.enabled=on"))
    assert "before the first step: balloon pump" in summary["reason"] and "step 2" not in summary["reason"]


@pytest.mark.parametrize("columns", [60, 80])
def test_the_table_of_a_run_fits_a_terminal(tmp_path, monkeypatch, capsys, columns):
    from controller.job.show import show

    protocol = tmp_path / "strict.toml"
    protocol.write_text(
        '[protocol]\nname = "strict"\ntitle = "t"\nrequires = ["patient-model"]\n[[step]]\nname = "an-uncommonly-long-name"\n'
        'hold_s = 4\nexpect = [{ metric = "co_L_min", low = 50, source = "a source of some length [2]" }]\n'
    )
    outcome = run_job(load_experiment(str(protocol)), Request(str(protocol), fast=True, out=tmp_path / "run", mqtt="off"))
    monkeypatch.setenv("COLUMNS", str(columns))
    capsys.readouterr()
    show(outcome)
    lines = capsys.readouterr().err.splitlines()
    rows = lines[: next(i for i, line in enumerate(lines) if line.startswith("failed"))]
    assert all(len(line.rstrip()) <= columns for line in rows)
    assert len(rows) <= 2 + (columns < 80)  # the head and one row; a narrow terminal may fold the name
    assert "an-uncommonly-long-name: co_L_min" in next(line for line in lines if line.startswith("failed"))
    assert any(line.endswith("recording.h5") for line in lines)  # paths stay whole


def test_loop_time_and_missed_time_are_both_said(tmp_path):
    summary = refused(tmp_path / "run", REGURGITATION)
    assert summary["loop_time_s"] == pytest.approx(summary["ticks"] * 1e-3)
    assert summary["missed_s"] == summary["missed_periods"] == 0  # virtual time misses nothing
