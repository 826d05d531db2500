"""The timing of the balloon in the report: what the audit wrote, by step, with one drawn beat of each label."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from controller.audit import AuditedBeat
from controller.audit.file import AuditFile, read_audit_file
from controller.report.page import page
from controller.report.reading import Run, Step
from controller.report.timing import timing

STEPS = ("correct", "early-inflation", "late-deflation")
ERRORS = {"correct": (5.0, -20.0), "early inflation": (-120.0, -20.0), "late deflation": (5.0, 60.0)}
RR_S = 0.75


def beat_at(t_s, label):
    if label == "unassisted":
        return AuditedBeat(t_s, label, t_s + 0.35, 100.0, 60.0, 30.0, 20.0)
    inflation, deflation = ERRORS[label]
    return AuditedBeat(
        t_s, label, t_s + 0.35, 100.0, 50.0, 40.0, 18.0, "correct", "correct", inflation, deflation, deflation,
        t_s + 0.35 + inflation * 1e-3, t_s + RR_S + 0.1 + deflation * 1e-3, 12.0, 112.0, "balloon pressure",
    )  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Three steps of 9 s, every second beat assisted, each step with an error of its own."""
    file = AuditFile(tmp_path / "audit.jsonl")
    labels = ["correct", "early inflation", "late deflation"]
    beats = [
        beat_at(at * 9.0 + i * RR_S + 0.1, label if i % 2 else "unassisted")
        for at, label in enumerate(labels)
        for i in range(12)
    ]
    file.add(beats)
    file.close()
    t = np.arange(27_000) * 1e-3
    traces = {
        "aop_mmHg": 80.0 + 20.0 * np.sin(2 * np.pi * t / RR_S),
        "ecg_mV": np.zeros(len(t)),
        "balloon_mL": np.zeros(len(t)),
    }
    steps = [Step(i + 1, name, "", i * 9.0, (i + 1) * 9.0, "pass") for i, name in enumerate(STEPS)]
    return Run(tmp_path, {}, {}, [], steps, t, traces, True, np.empty(0), {}, {}, [])


def test_each_step_names_its_error(run):
    found = timing(run)
    assert [row.named for row in found.rows] == ["correct", "early inflation", "late deflation"]
    assert found.labels == ["correct", "early inflation", "late deflation", "unassisted"]
    assert [row.counts for row in found.rows] == [[6, 0, 0, 6], [0, 6, 0, 6], [0, 0, 6, 6]]
    assert found.rows[1].inflation == "−120 (−120 to −120)"
    assert (found.rows[0].assisted, found.rows[0].unassisted, found.rows[0].augmentation) == ("50", "60", "+12")


def test_one_beat_of_each_label_is_drawn_with_its_errors(run):
    examples = {one.label: one for one in timing(run).examples}
    assert set(examples) == {"correct", "early inflation", "late deflation"}
    assert examples["early inflation"].step.name == "early-inflation"
    assert "fills 120 ms early" in examples["early inflation"].svg
    assert "empty 60 ms late" in examples["late deflation"].svg
    assert all("valve closes" in one.svg and "valve opens" in one.svg for one in examples.values())


def test_without_full_rate_the_table_stays(run):
    run.time_s, run.traces = np.empty(0), {}
    found = timing(run)
    assert len(found.rows) == 3
    assert found.examples == []


def test_a_run_without_a_balloon_has_no_such_section(run):
    (run.folder / "audit.jsonl").write_text("")
    assert timing(run) is None
    (run.folder / "audit.jsonl").unlink()
    assert timing(run) is None


def test_the_page_holds_it(run):
    text = page(replace(run, summary={"verdict": "PASS", "steps": []}))
    assert "Timing of the balloon" in text
    assert re.search(r"<td[^>]*>2 early-inflation</td><td><strong>early inflation</strong>", text)


def test_a_line_that_was_not_finished_is_left_out(tmp_path):
    path = tmp_path / "audit.jsonl"
    file = AuditFile(path)
    file.add([beat_at(1.0, "correct"), beat_at(2.0, "correct")])
    file.close()
    path.write_text(path.read_text() + json.dumps({"t_s": 3.0})[:-1])
    assert [beat.t_s for beat in read_audit_file(path)] == [1.0, 2.0]


def test_a_full_disk_ends_nothing():
    file = AuditFile(Path("/dev/full"))
    file.add([beat_at(1.0, "correct")])
    assert file.failed is not None and "No space" in file.failed
    file.close()
