"""What is refused in a protocol, and where the message points."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Said = Callable[..., list[tuple[str, str, str]]]

CASES = {
    # change in the file -> (line:column, key, start of what is wrong)
    "unknown key": ("hold_s = 10", "hold = 10\nhold_s = 10", "11:8", "step[1].hold", "unknown key"),
    "hold of 0": ("hold_s = 10", "hold_s = 0", "11:10", "step[1].hold_s", "is too low"),
    "hold is text": ("hold_s = 10", 'hold_s = "10"', "11:10", "step[1].hold_s", "is text"),
    "hold is endless": ("hold_s = 10", "hold_s = inf", "11:10", "step[1].hold_s", "is not finite"),
    "two holds": ("hold_s = 10", "hold_s = 10\nhold_beats = 5", "12:14", "step[1].hold_beats", "contradicts hold_s"),
    "nothing to do": ("hold_s = 10", "", "9:3", "step[1]", "would be over at once"),
    "steady without a limit": ("hold_s = 10", 'until = "steady"', "9:3", "step[1].limit_s", "is required and missing"),
    "steady limit shorter than its windows": (
        "hold_s = 10",
        'until = "steady"\nlimit_s = 11.9',
        "12:11",
        "step[1].limit_s",
        "is over before 3 windows can be: they take 12 s",
    ),
    "limit of nothing": ("hold_s = 10", "hold_s = 10\nlimit_s = 3", "12:11", "step[1].limit_s", "limits nothing"),
    "measures longer than it holds": (
        "hold_s = 10",
        "hold_s = 10\nmeasure_s = 11",
        "12:13",
        "step[1].measure_s",
        "is longer than the hold",
    ),
    "name twice": ('name = "third"', 'name = "first"', "18:8", "step[3].name", "is the name of step 1 already"),
    "no name": ('name = "third"\n', "", "17:3", "step[3].name", "is required and missing"),
    "reference to a later step": (
        'relative_to = "first"',
        'relative_to = "third"',
        "16:49",
        "step[2].expect[1].relative_to",
        "is not an earlier step",
    ),
    "reference to no step": (
        'relative_to = "first"',
        'relative_to = "frist"',
        "16:49",
        "step[2].expect[1].relative_to",
        "there is no step of this name",
    ),
    "limits that cross": ("low = 0", "low = 0, high = -1", "16:64", "step[2].expect[1].low", "is above high = -1"),
    "no limit": ("low = 0, ", "", "16:12", "step[2].expect[1]", "has no limit"),
    "percent of nothing": (
        'relative_to = "first", low = 0',
        "low_pct = 5",
        "16:12",
        "step[2].expect[1]",
        "has limits in percent of nothing",
    ),
    "no source": (', source = "a test"', "", "16:12", "step[2].expect[1].source", "is required and missing"),
    "unknown metric": ('"map_mmHg"', '"map"', "16:23", "step[2].expect[1].metric", "unknown metric"),
    "wrong unit of a metric": (
        "low = 0",
        'low = 0, unit = "kPa"',
        "16:74",
        "step[2].expect[1].unit",
        "is not the unit of map_mmHg",
    ),
    "another unit compared": (
        "low = 0",
        'low = 0, relative_metric = "co_L_min"',
        "16:85",
        "step[2].expect[1].relative_metric",
        "is in L/min, map_mmHg in mmHg",
    ),
    "unknown setting": ("iabp.enabled = true", "iabp.enable = true", "14:23", "step[2].set.iabp.enable", "unknown setting"),
    "wrong unit of a setting": (
        "iabp.enabled = true",
        'iabp.internal_bpm = "70 Hz"',
        "14:29",
        "step[2].set.iabp.internal_bpm",
        "has the unit Hz",
    ),
    "not settable after arming": (
        "iabp.enabled = true",
        'pump.device = "none"',
        "14:23",
        "step[2].set.pump.device",
        "cannot change once the bench is armed",
    ),
    "ramp beyond the range": (
        "hold_s = 10",
        "ramp = { pump.speed_rpm = { to = 60000, over_s = 3 } }",
        "11:34",
        "step[1].ramp.pump.speed_rpm.to",
        "is above the highest value",
    ),
    "ramp of a choice": (
        "hold_s = 10",
        'ramp = { pump.level = { to = "P-3", over_s = 3 } }',
        "11:23",
        "step[1].ramp.pump.level",
        "cannot be ramped: it is a choice",
    ),
    "ramp in no time": (
        "hold_s = 10",
        'set = { pump.level = "by-speed" }\nramp = { pump.speed_rpm = { to = 30000, over_s = 0 } }',
        "12:50",
        "step[1].ramp.pump.speed_rpm.over_s",
        "is no duration",
    ),
    "set and ramped": (
        "iabp.enabled = true }",
        'iabp.internal_bpm = 70 }\nramp = { "iabp.internal_bpm" = { to = 80, over_s = 3 } }',
        "15:32",
        'step[2].ramp."iabp.internal_bpm"',
        "is set and ramped in the same step",
    ),
    "speed has no effect at a level": (
        "iabp.enabled = true",
        "pump.speed_rpm = 31000",
        "14:26",
        "step[2].set.pump.speed_rpm",
        "has no effect: pump.level is P-2 here",
    ),
    "speed the pump does not have": (
        "iabp.enabled = true",
        'pump.level = "by-speed", pump.speed_rpm = 50000',
        "14:51",
        "step[2].set.pump.speed_rpm",
        "is no speed of impella-cp",
    ),
    "pump that is not fitted": (
        'pump.device = "impella-cp"\n',
        "",
        "7:14",
        "set.pump.level",
        "drives a pump that is not fitted",
    ),
    "capability not required": ('"impella", ', "", "7:15", "set.pump.device", 'needs the capability "impella"'),
    "unknown capability": ('"impella"', '"impela"', "4:21", "protocol.requires[2]", "unknown capability"),
    "unknown patient": ("[set]", 'patient = "nobody"\n[set]', "5:11", "protocol.patient", "there is no patient of this name"),
    "unknown bench": ("[set]", 'bench = "vrtual"\n[set]', "5:9", "protocol.bench", "there is no bench of this name"),
    "unknown override": ("[set]", 'override = ["iabp-in-as"]\n[set]', "5:13", "protocol.override[1]", "unknown override"),
    "unknown signal": (
        "hold_s = 10",
        'hold_s = 10\nabort_if = [ { signal = "aop_mmHg", below = 1 } ]',
        "12:25",
        "step[1].abort_if[1].signal",
        "unknown signal",
    ),
    "condition on two things": (
        "hold_s = 10",
        'hold_s = 10\nabort_if = [ { signal = "in.aop_mmHg", metric = "map_mmHg", below = 1 } ]',
        "12:14",
        "step[1].abort_if[1]",
        "looks at both a signal and a metric",
    ),
    "condition without a bound": (
        "hold_s = 10",
        'hold_s = 10\nabort_if = [ { signal = "in.aop_mmHg" } ]',
        "12:14",
        "step[1].abort_if[1]",
        "has no bound",
    ),
    "resumes on the wrong side": (
        "hold_s = 10",
        'hold_s = 10\nsuspend_if = [ { signal = "in.aop_mmHg", below = 40, resume_above = 39 } ]',
        "12:69",
        "step[1].suspend_if[1].resume_above",
        "does not lie above the bound",
    ),
    "repeats across a repeated block": (
        "hold_s = 12",
        'hold_s = 12\nrepeat = 2\nrepeat_from = "second"\n[[step]]\nname = "4"\nhold_s = 1\nrepeat = 2\nrepeat_from = "third"',
        "26:15",
        "step[4].repeat_from",
        "repeats a step that is in the repeated block before",
    ),
    "far too many repeats": ("hold_s = 12", "hold_s = 12\nrepeat = 65535", "9:3", "step", "makes 65537 steps"),
    "duplicate key": ("hold_s = 10", "hold_s = 10\nhold_s = 11", "12:1", "step[1].hold_s", "is given twice, first in line 11"),
    "wrong header": ("[protocol]", "[protcol]", "", "", "is no configuration file"),
    "no steps at all": (
        '[[step]]\nname = "first"\nhold_s = 10\n[[step]]\nname = "second"\nset = { iabp.enabled = true }\nhold_s = 11\n'
        'expect = [ { metric = "map_mmHg", relative_to = "first", low = 0, source = "a test" } ]\n'
        '[[step]]\nname = "third"\nhold_s = 12\n',
        "",
        "",
        "step",
        "is required and missing",
    ),
}


def test_the_protocol_that_is_changed_here_is_right(said: Said, protocol_text: str) -> None:
    assert said(protocol_text) == []


@pytest.mark.parametrize(("old", "new", "where", "key", "what"), CASES.values(), ids=CASES)
def test_refused(said: Said, protocol_text: str, old: str, new: str, where: str, key: str, what: str) -> None:
    found = said(protocol_text, old, new)
    assert len(found) == 1, found
    assert found[0][0].endswith(where)
    assert found[0][1] == key
    assert found[0][2].startswith(what)


def test_everything_that_is_wrong_is_said_at_once(said: Said, protocol_text: str) -> None:
    found = said(
        protocol_text,
        'name = "trial"', 'name = "trial"\nnme = 1',
        '"iabp", ', '"iapb", ',
        'assist = "1:2"', 'assist = "1:9"',
        '"P-2"', '"P-10"',
        "hold_s = 10", "hold_s = 10\nmeasure_s = 20",
        "iabp.enabled", "iabp.enbled",
        'relative_to = "first"', 'relative_to = "frist"',
        '"map_mmHg"', '"map"',
        'name = "third"', 'name = "second"',
        "hold_s = 12", 'hold_s = 12\nabort_if = [ { signal = "in.aop", below = 3 } ]',
    )  # fmt: skip
    keys = [key for _, key, _ in found]
    assert keys == [
        "protocol.nme",
        "protocol.requires[1]",
        "set.iabp.assist",
        "set.pump.level",
        "step[1].measure_s",
        "step[2].set.iabp.enbled",
        "step[2].expect[1].metric",
        "step[2].expect[1].relative_to",
        "step[3].name",
        "step[3].abort_if[1].signal",
    ]
