"""Alarms of the pumps: position, suction, backflow, what has lasted as long as it may; and those of ECMO."""

from itertools import chain

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from controller.session.ecmo_watch import EcmoWatch
from controller.session.pump_watch import Allowed, PumpWatch

PERIOD_S = 1e-3
FOUR_DAYS = Allowed(96.0, "labelling", placed=True)


def frames(n, start=0, step=1, **signals):
    """`n` frames with a pump that turns, told by signal (dots written as double underscores)."""
    made = np.zeros(n, FRAME_DTYPE)
    made["time.tick"] = start + step * np.arange(n)
    made["out.pump_speed_rpm"] = 44_000.0
    for name, values in signals.items():
        made[name.replace("__", ".")] = values
    return made


def told(watch, *blocks):
    return [(one.condition, one.priority, one.tick, one.ends) for one in chain.from_iterable(map(watch.look, blocks))]


def steps(*values, each=100):
    return np.repeat(values, each)


@pytest.mark.parametrize(
    ("signal", "value", "condition", "priority"),
    [
        ("pump__position", 2, "pump-in-ventricle", "medium"),
        ("pump__position", 3, "pump-in-aorta", "medium"),
        ("pump__suction", 1, "pump-suction", "medium"),
        ("pump__backward", 1, "pump-backflow", "high"),
        ("pump__timed_out", 1, "pump-boost-over", "low"),
        ("pump__timed_out", 2, "pump-auto-over", "low"),
        ("pump__lowered", 1, "pump-lowered", "low"),
    ],
)
def test_what_the_law_finds_is_an_alarm_and_ends_with_its_cause(signal, value, condition, priority):
    block = frames(300, **{signal: steps(0, value, 0)})
    assert told(PumpWatch(FOUR_DAYS, PERIOD_S), block) == [
        (condition, priority, 100, ""),
        ("pump-good", "info", 200, condition),
    ]
    # In whatever blocks the frames come:
    assert told(PumpWatch(FOUR_DAYS, PERIOD_S), block[:100], block[100:150], block[150:]) == told(
        PumpWatch(FOUR_DAYS, PERIOD_S), block
    )


def test_a_position_that_changes_ends_one_alarm_and_raises_the_other():
    found = told(PumpWatch(FOUR_DAYS, PERIOD_S), frames(300, pump__position=steps(1, 2, 3)))
    assert [(condition, ends) for condition, _, _, ends in found] == [
        ("pump-in-ventricle", ""),
        ("pump-good", "pump-in-ventricle"),
        ("pump-in-aorta", ""),
    ]


def test_of_a_pump_that_is_sewn_in_no_position_is_told():
    assert not told(PumpWatch(Allowed(None, "", placed=False), PERIOD_S), frames(300, pump__position=steps(1, 2, 3)))


def test_a_second_level_less_is_told_and_only_the_whole_way_back_ends_it():
    found = told(PumpWatch(FOUR_DAYS, PERIOD_S), frames(500, pump__lowered=steps(0, 1, 2, 1, 0)))
    assert [(condition, tick) for condition, _, tick, _ in found] == [
        ("pump-lowered", 100),
        ("pump-lowered", 200),
        ("pump-good", 400),
    ]


def test_the_time_of_the_labelling_counts_while_the_pump_turns():
    """Six hours, in blocks that each stand for an hour; an hour at rest does not count."""
    watch = PumpWatch(Allowed(6.0, "Impella 2.5 labelling", placed=True), PERIOD_S)
    hour = 3_600_000
    speeds = [44_000.0, 44_000.0, 0.0, 44_000.0, 44_000.0, 44_000.0, 44_000.0, 44_000.0]
    found = []
    for i, speed in enumerate(speeds):
        block = frames(61, start=i * hour, step=hour // 60, out__pump_speed_rpm=speed)[(i > 0) :]
        found += list(watch.look(block))
    assert [(one.condition, one.priority) for one in found] == [("pump-time", "medium")]
    assert 7.0 < found[0].tick / hour <= 7.02 and "6 h" in found[0].text and "Impella 2.5 labelling" in found[0].text


def test_chatter_is_one_alarm_until_it_has_been_quiet_for_five_seconds():
    drain = np.full(20_000, -60.0)
    drain[1_000:4_000:300] = -250.0
    found = told(EcmoWatch(PERIOD_S), *np.array_split(frames(20_000, in__ecmo_drain_mmHg=drain), 7))
    assert found == [("ecmo-chatter", "medium", 1_000, ""), ("ecmo-good", "info", 8_700, "ecmo-chatter")]


def test_blood_that_runs_back_through_the_circuit_for_a_second_is_a_high_alarm():
    flow = np.r_[np.full(1_000, 3.0), np.full(500, -1.0), np.full(1_000, 1.0), np.full(3_000, -1.0), np.full(500, 2.0)]
    found = told(EcmoWatch(PERIOD_S), *np.array_split(frames(6_000, in__ecmo_flow_L_min=flow), 9))
    assert found == [("ecmo-backflow", "high", 3_499, ""), ("ecmo-good", "info", 5_500, "ecmo-backflow")]
