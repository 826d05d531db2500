"""The guard in the loop: what is limited, held, lost and stuck, and in which tick."""

import numpy as np
import pytest

from cext.tables.load import inputs

IN = [signal.path[3:] for signal in inputs()]
STALE, DRIVER, RANGE, ABSENT = 2, 3, 4, 1
AT = 200  # tick of the event, well after RUNNING


def running(bench, table, **kwargs):
    """RUNNING before tick AT; then up to the end of the table. Returns (bench, frames from tick AT on)."""
    made = bench(table, **kwargs)
    made.start()
    made.run(AT - made.loop.tick)
    return made, made.run(len(table) - AT)


def first_tick(frames, state="SAFE"):
    from cext.tables.load import STATES

    hit = np.flatnonzero(frames["state.state"] == STATES.index(state))
    return int(frames["time.tick"][hit[0]]) if len(hit) else None


@pytest.mark.parametrize(
    ("channel", "value", "condition"),
    [
        ("aop_mmHg", 250.5, "pressure_high"),
        ("lvp_mmHg", 299.0, "pressure_high"),
        ("aop_mmHg", 400.0, "pressure_high"),  # beyond the range as well
        ("lvp_mmHg", 400.0, "pressure_high"),  # … of a channel that is not required
        ("lap_mmHg", 61.0, "input_limit"),
        ("lap_mmHg", -31.0, "input_limit"),
        ("lap_mmHg", 500.0, "input_limit"),
        ("lap_mmHg", -500.0, "input_limit"),
        ("estop", 1.0, "estop"),
        ("estop", 5.0, "estop"),  # 5 V on a channel scaled to 0 … 1
    ],
)
def test_a_limit_trips_in_the_same_tick(bench, scripted, declared, channel, value, condition):
    table = scripted(AT + 3)
    table[AT:, IN.index(channel)] = value
    made, frames = running(bench, table)
    assert first_tick(frames) == AT
    assert made.latched[0] == condition
    assert made.wires()[AT] == declared("safe")


def test_a_saturated_pressure_counts_as_high(bench, scripted):
    """A converter at its stop cannot show more than the end of its range, even where that lies below the limit."""
    table = scripted(AT + 3)
    table[AT:, IN.index("lvp_mmHg")] = 240.0
    qualities = np.zeros(table.shape, np.uint8)
    qualities[AT:, IN.index("lvp_mmHg")] = RANGE
    narrow = {name: dict(row) for name, row in (("lvp_mmHg", {"low": -50.0, "high": 240.0}),)}
    made, frames = running(bench, table, qualities=qualities, inputs=narrow)
    assert first_tick(frames) == AT
    assert made.latched == ("pressure_high",)


@pytest.mark.parametrize("row", [{"low": -50.0, "high": 150.0}, {"low": -50.0, "high": 300.0, "trip_high": 150.0}])
@pytest.mark.parametrize(("value", "trips"), [(150.0, False), (151.0, True)])
def test_a_channels_own_end_or_limit_below_the_common_one_trips(bench, scripted, row, value, trips):
    """guard.pressure_high_mmHg is 250: a narrower channel, and a narrower limit of a channel, go before it."""
    table = scripted(AT + 3)
    table[AT:, IN.index("lvp_mmHg")] = value
    made, frames = running(bench, table, inputs={"lvp_mmHg": row})
    assert first_tick(frames) == (AT if trips else None)
    assert made.latched == (("pressure_high",) if trips else ())


@pytest.mark.parametrize(("limit_set", "trips"), [(200.0, True), (210.0, False)])
def test_the_pressure_limit_is_a_setting(bench, scripted, limit_set, trips):
    table = scripted(AT + 3)
    table[AT:, IN.index("aop_mmHg")] = 205.0
    _, frames = running(bench, table, values_set={"guard.pressure_high_mmHg": limit_set})
    assert (first_tick(frames) == AT) is trips


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "low", "stale", "driver", "old", "nan age"])
def test_a_lost_input_is_held_for_5_ticks_and_trips_on_the_6th(bench, scripted, declared, bad):
    table = scripted(AT + 20)
    ages, qualities = np.zeros(table.shape), np.zeros(table.shape, np.uint8)
    ecg = IN.index("ecg_mV")
    table[AT - 1, ecg] = 0.25
    table[AT:, ecg] = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "low": -10.1}.get(bad, 0.5)
    qualities[AT:, ecg] = {"stale": STALE, "driver": DRIVER}.get(bad, 0)
    ages[AT:, ecg] = {"old": 0.0051, "nan age": np.nan}.get(bad, 0.0)
    made, frames = running(bench, table, ages_s=ages, qualities=qualities)
    assert (frames["state.bad_inputs"].astype(int) == 1 << ecg).all(), "flagged in the same tick"
    np.testing.assert_array_equal(frames["in.ecg_mV"][:5], [0.25] * 5)
    assert np.isnan(frames["in.ecg_mV"][5:]).all()
    assert first_tick(frames) == AT + 5
    assert made.latched == ("input_lost",)
    assert made.wires()[AT + 5] == declared("safe")


def test_five_bad_ticks_are_survived(bench, scripted):
    table = scripted(AT + 20)
    table[AT : AT + 5, IN.index("aop_mmHg")] = np.nan
    _, frames = running(bench, table)
    assert first_tick(frames) is None
    assert (frames["in.aop_mmHg"] == 90.0).all()


def test_an_unreadable_emergency_stop_counts_as_open(bench, scripted):
    table = scripted(AT + 20)
    table[AT:, IN.index("estop")] = np.nan
    optional = {"estop": {"low": 0.0, "high": 1.0}}
    made, frames = running(bench, table, inputs=optional)
    assert first_tick(frames) == AT + 5
    assert made.latched == ("estop",)


def test_a_declared_emergency_stop_that_the_rig_calls_absent_counts_as_open(bench, scripted):
    table = scripted(80)
    qualities = np.zeros(table.shape, np.uint8)
    table[:, IN.index("estop")] = np.nan
    qualities[:, IN.index("estop")] = ABSENT
    made = bench(table, qualities=qualities, inputs={"estop": {"low": 0.0, "high": 1.0}})
    made.run(3)
    assert made.state == "SAFE"


def test_a_bench_without_emergency_stop_runs(bench, scripted):
    table = scripted(AT + 3)
    qualities = np.zeros(table.shape, np.uint8)
    table[:, IN.index("estop")] = np.nan
    qualities[:, IN.index("estop")] = ABSENT
    made, _ = running(bench, table, qualities=qualities, inputs={"aop_mmHg": {"low": -50.0, "high": 300.0, "required": True}})
    assert made.state == "RUNNING"


def test_what_the_bench_does_not_name_no_law_sees(bench, scripted):
    table = scripted(AT + 3, lvv_mL=1e308)
    _, frames = running(bench, table)
    assert np.isnan(frames["in.lvv_mL"]).all()
    assert (frames["state.bad_inputs"] == 0).all(), "absent is not bad"


ACTIVE = {"aop_mmHg": {"low": -50.0, "high": 300.0, "required": True, "least_activity": 0.5}}


@pytest.mark.parametrize("phase", range(0, 100, 7))
def test_a_stuck_input_trips_within_200_ms(bench, scripted, phase):
    ticks = AT + 400
    begin = AT + phase
    aop = 90.0 + 0.02 * (np.arange(ticks) % 100)
    aop[begin:] = aop[begin]
    made, frames = running(bench, scripted(ticks, aop_mmHg=aop), inputs=ACTIVE)
    assert made.latched == ("input_stuck",)
    assert begin + 100 < first_tick(frames) <= begin + 200


def test_a_slow_fall_that_moves_enough_in_200_ms_is_not_stuck(bench, scripted):
    """0.4 mmHg in 100 ms, 0.7 in 180: a diastole, not a dead transducer."""
    ticks = AT + 2000
    _, frames = running(bench, scripted(ticks, aop_mmHg=90.0 - 0.004 * np.arange(ticks)), inputs=ACTIVE)
    assert first_tick(frames) is None


def test_a_failed_read_trips_and_nothing_of_it_is_believed(bench, scripted, declared):
    table = scripted(AT + 10)
    codes = np.zeros((len(table), 4), int)
    table[AT, IN.index("aop_mmHg")] = 120.0
    codes[AT, 0] = -7
    made, frames = running(bench, table, codes=codes)
    assert first_tick(frames) == AT
    assert made.latched == ("rig_error",)
    assert frames["state.rig_error"][0] == -7
    assert frames["in.aop_mmHg"][0] == 90.0, "the value before, held"
    assert made.wires()[AT] == declared("safe")


def test_the_self_test_wants_50_good_ticks(bench, scripted):
    table = scripted(120)
    table[20:24, IN.index("aop_mmHg")] = np.nan  # too short to trip
    made = bench(table)
    made.run(73)
    assert made.state == "INIT"
    made.run(1)
    assert made.state == "IDLE"
