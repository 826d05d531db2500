"""Alarms of a run from their raising to their acknowledgement: at the terminal, by a prompt, in summary and report."""

import asyncio
import json
import re

import pytest

from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.protocol import ProtocolRun
from controller.protocol.operator import Answer
from controller.runs.alarm_history import alarm_history
from controller.session.assemble import assemble

LOST = """
[protocol]
name = "lost"
title = "The heart stops and comes back"
requires = ["iabp", "patient-model"]
[set]
iabp.enabled = true
[[step]]
name = "beats"
hold_s = 4
[[step]]
name = "stops"
set = { patient.rhythm = "asystole" }
hold_s = 6
[[step]]
name = "again"
set = { patient.rhythm = "sinus" }
hold_s = 4
"""


@pytest.fixture
def protocol(tmp_path):
    path = tmp_path / "lost.toml"
    path.write_text(LOST)
    return path


def test_the_key_at_the_terminal_acknowledges_and_summary_and_report_say_so(terminal, tmp_path, protocol):
    at = terminal("run", protocol, "--mqtt", "off", "--operator", "Ada", "--out", tmp_path / "run", "--dut", "VAD 3")
    at.wait_for("a acknowledges alarms")
    at.press("a")
    at.wait_for("no alarm waits to be acknowledged")
    at.wait_for("no trigger for")
    at.press("a")
    at.wait_for("acknowledged by Ada: no-trigger")
    at.end(120)
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    row = next(row for row in summary["alarms"] if row["condition"] == "no-trigger")
    assert row["acknowledged_by"] == "Ada" and row["first_out"] and row["priority"] == "high"
    assert row["ended_s"] > row["acknowledged_s"] > row["t_s"]
    report = (tmp_path / "run" / "report.html").read_text()
    then = re.search(r"came first of those active; ended at [\d.]+ s; acknowledged at [\d.]+ s by Ada", report)
    assert then and "VAD 3" in report


class Answers:
    def __init__(self, outcome):
        self.outcome = outcome

    async def ask(self, text):
        return Answer(self.outcome)


@pytest.mark.parametrize("outcome", ["answered", "not asked"])
def test_who_answers_a_prompt_has_seen_the_alarms_and_nobody_has_not(protocol, outcome):
    protocol.write_text(LOST + '[[step]]\nname = "seen"\nprompt = "Look at the alarms"\nacknowledge = true\n')
    experiment = load_experiment(str(protocol))
    session = assemble(experiment)
    events = []
    session.listen(events.append)

    async def play():
        await session.open()
        return await ProtocolRun(experiment.protocol, session, operator=Answers(outcome)).run()

    try:
        asyncio.run(play())
    finally:
        session.close()
    row = next(row for row in alarm_history([event.as_dict() for event in events]) if row["condition"] == "no-trigger")
    assert row["acknowledged_by"] == ("the operator" if outcome == "answered" else None)
    assert row["ended_s"] is not None
    unseen = [alarm.condition for alarm in session.alarms.active]
    assert ("no-trigger" in unseen) == (outcome != "answered"), "unseen it stays"


def test_without_a_prompt_nobody_could_acknowledge(protocol):
    protocol.write_text(LOST + "acknowledge = true\n")
    with pytest.raises(ConfigError, match="has nobody who could"):
        load_experiment(str(protocol))


def event(kind, t_s, condition="x", **data):
    return {
        "kind": kind,
        "t_s": t_s,
        "tick": round(t_s * 1000),
        "priority": "high",
        "text": "text",
        "data": {"condition": condition} | data,
    }


def test_history_tells_each_alarm_once_until_it_is_over():
    rows = alarm_history([
        event("alarm", 1.0, first_out=True, count=1, signal="in.aop_mmHg", value=260.0, limit=250.0, unit="mmHg"),
        event("operator", 2.0, by="Ada"), event("alarm", 3.0, count=2), event("alarm-end", 4.0), event("operator", 5.0, by="Bob"),
        event("alarm", 6.0, count=1), event("alarm", 6.5, "y", count=1), event("alarm-end", 7.0, "z"),
    ])  # fmt: skip
    assert [(row["condition"], row["t_s"], row["count"], row["ended_s"], row["acknowledged_by"]) for row in rows] == [
        ("x", 1.0, 2, 4.0, "Bob"), ("x", 6.0, 1, None, None), ("y", 6.5, 1, None, None),
    ]  # fmt: skip
    assert rows[0]["first_out"] and (rows[0]["signal"], rows[0]["value"], rows[0]["limit"]) == ("in.aop_mmHg", 260.0, 250.0)
