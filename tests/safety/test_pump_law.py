"""The law of the left pump: time limits of boost and AUTO, suction answered, position told from placement signal and current."""

import numpy as np
import pytest

INPUTS = {
    "aop_mmHg": {"low": -50.0, "high": 300.0, "required": True},
    "ecg_mV": {"low": -10.0, "high": 10.0, "required": True},
    "estop": {"low": 0.0, "high": 1.0, "required": True},
    "pump_flow_L_min": {"low": -20.0, "high": 20.0},
    "pump_current_A": {"low": -5.0, "high": 5.0},
    "pump_placement_mmHg": {"low": -100.0, "high": 300.0},
}
CALM, SUCKED = (3.0, 3.6), (0.2, 3.2)  # least and greatest flow of a beat, L/min


def beat(ticks, low, high):
    """A wave of 1.25 Hz between two values."""
    return (low + high) / 2 + (high - low) / 2 * np.sin(2 * np.pi * 1.25e-3 * np.arange(ticks))


@pytest.fixture
def driven(bench, scripted):
    """A pump at a level: `driven(level, flow, current, placement, **spec)`."""

    def make(level, flow, current=None, placement=None, spec=None, **also):
        n = len(flow)
        values = scripted(
            n,
            pump_flow_L_min=flow,
            pump_current_A=beat(n, 0.45, 0.55) if current is None else current,
            pump_placement_mmHg=beat(n, 70.0, 100.0) if placement is None else placement,
        )
        made = bench(values, values_set={"pump.level": level} | also, inputs=INPUTS, spec=spec)
        made.start()
        return made

    return make


def test_boost_ends_when_its_time_is_over_at_the_fastest_level(driven):
    made = driven("boost", beat(20_000, *CALM), spec={"boost_rpm": 46000.0, "boost_s": 8.0})
    frames = made.run(12_000)
    speed, over = frames["out.pump_speed_rpm"], frames["pump.timed_out"]
    assert speed[7500] == 46000.0 and not over[7500]
    assert speed[-1] == 44000.0 and over[-1] == 1


def test_auto_ends_when_its_time_is_over_at_the_level_below(driven):
    made = driven("auto", beat(60_000, *CALM), spec={"auto_s": 35.0})
    frames = made.run(45_000)
    speed, over = frames["out.pump_speed_rpm"], frames["pump.timed_out"]
    assert speed[34_000] > 45000.0 and not over[34_000]
    assert speed[-1] == 44000.0 and over[-1] == 2
    forever = driven("auto", beat(60_000, *CALM))
    assert forever.run(45_000)["out.pump_speed_rpm"][-1] == 46000.0


def test_suction_is_answered_by_one_level_then_one_more_and_no_further(driven):
    flow = np.r_[beat(12_000, *CALM), beat(40_000, *SUCKED)]
    frames = driven("P-8", flow).run(45_000)
    speed, t = frames["out.pump_speed_rpm"], np.arange(45_000)
    assert speed[11_000] == 44000.0 and not frames["pump.suction"][:11_000].any()
    assert frames["pump.suction"][t > 11_500].any()
    lowered = frames["pump.lowered"]
    first = int(np.argmax(lowered == 1))
    assert 11_500 < first < 15_000  # within about two seconds
    assert speed[first + 1000] == 42000.0
    assert lowered.max() <= 2 and speed[-1] >= 39000.0


def test_suction_that_goes_on_takes_a_second_level(driven):
    """The wave is learned anew at each speed, so it must come again: calm, sucked, calm, sucked."""
    flow = np.r_[beat(12_000, *CALM), beat(2_500, *SUCKED), beat(12_000, *CALM), beat(20_000, *SUCKED)]
    frames = driven("P-8", flow).run(40_000)
    assert frames["pump.lowered"][-1] == 2 and frames["out.pump_speed_rpm"][-1] == 39000.0


def test_the_answer_can_be_switched_off_and_a_new_level_starts_anew(driven):
    flow = np.r_[beat(12_000, *CALM), beat(2_500, *SUCKED), beat(25_000, *CALM)]
    off = driven("P-8", flow, **{"pump.suction_answer": False}).run(20_000)
    assert off["pump.suction"].any() and not off["pump.lowered"].any()
    made = driven("P-8", flow)
    assert made.run(20_000)["pump.lowered"][-1] == 1
    made.set("pump.level", "P-7")
    frames = made.run(5000)
    assert frames["pump.lowered"][-1] == 0 and frames["out.pump_speed_rpm"][-1] == 42000.0


def test_it_never_lowers_below_p2_across_the_valve(driven):
    flow = np.r_[beat(12_000, *CALM), beat(20_000, *SUCKED)]
    frames = driven("P-2", flow).run(30_000)
    assert frames["pump.suction"].any() and not frames["pump.lowered"].any()


def test_a_flow_that_swings_from_the_first_is_no_suction(driven):
    """A healthy ventricle on a slow pump: the least flow is a third of the greatest, beat by beat."""
    frames = driven("P-2", beat(30_000, 0.8, 2.8)).run(25_000)
    assert not frames["pump.suction"].any()


@pytest.mark.parametrize(
    ("current", "placement", "seen"),
    [((0.45, 0.55), (70, 100), 1), ((0.5, 0.502), (4, 85), 2), ((0.5, 0.502), (70, 100), 3), ((0.45, 0.55), (4, 85), 0)],
)
def test_position_by_outlet_pressure_and_current(driven, current, placement, seen):
    n = 12_000
    made = driven("P-6", beat(n, *CALM), beat(n, *current), beat(n, *placement))
    assert made.run(10_000)["pump.position"][-1] == seen


@pytest.mark.parametrize(
    ("current", "placement", "seen"), [((0.45, 0.55), (0, 70), 1), ((0.5, 0.502), (0, 1), 3), ((0.5, 0.502), (0, 70), 0)]
)
def test_position_by_differential_pressure_and_current(driven, current, placement, seen):
    n = 12_000
    made = driven("P-6", beat(n, *CALM), beat(n, *current), beat(n, *placement), spec={"differential": True})
    assert made.run(10_000)["pump.position"][-1] == seen


def test_a_pump_that_stands_shows_nothing(driven):
    frames = driven("P-0", beat(12_000, *SUCKED)).run(10_000)
    assert frames["pump.position"][-1] == 0 and not frames["pump.suction"].any()


@pytest.mark.parametrize("level", ["P-0", "P-2"])
def test_blood_that_runs_back_is_told_of_a_pump_that_turns_and_of_one_that_stands(driven, level):
    flow = np.r_[beat(8_000, *CALM), beat(4_000, -3.0, 0.5), beat(6_000, *CALM)]
    frames = driven(level, flow).run(17_000)
    assert not frames["pump.backward"][:8_000].any() and frames["pump.backward"][10_500:11_500].all()
    assert not frames["pump.backward"][-2_000:].any()
