"""The fault vocabulary, each kind by its effect on a known signal."""

import numpy as np
import pytest

from cext.tables.load import inputs, outputs
from rigs.faulty import DEVICE_KINDS, KINDS, FaultyRig
from rigs.hand import Hand
from rigs.scripted import ScriptedRig

IN = [s.path for s in inputs()]
OUT = [s.path for s in outputs()]
AOP = IN.index("in.aop_mmHg")
TICKS = 300
SIGNAL = 90.0 + np.sin(np.arange(TICKS) / 7.0)
BEGIN = 100


def make():
    values = np.zeros((TICKS, len(IN)))
    values[:, AOP] = SIGNAL
    inner = ScriptedRig(values)
    rig = FaultyRig(inner, seed=5)
    rig.open()
    return rig, Hand(rig), inner


def watched(**fault):
    """(values, qualities, sim_faults) of AoP over the script, with the fault from BEGIN on."""
    rig, hand, _ = make()
    rig.inject("in.aop_mmHg", begin_s=BEGIN * 1e-3, **fault)
    frames = hand.ticks(TICKS)
    np.testing.assert_array_equal(frames["in.aop_mmHg"][:BEGIN], SIGNAL[:BEGIN])
    assert (frames["state.sim_faults"][:BEGIN] == 0).all()
    return frames["in.aop_mmHg"][BEGIN:], frames["quality"][BEGIN:, AOP], frames["state.sim_faults"][BEGIN:]


def test_off():
    values, quality, count = watched(kind="off")
    assert np.isnan(values).all()
    assert (quality == 3).all()
    assert (count == 1).all()


def test_stuck():
    values, quality, _ = watched(kind="stuck")
    assert (values == SIGNAL[BEGIN]).all()
    assert (quality == 0).all(), "for ever fresh"


def test_garbage():
    values, quality, _ = watched(kind="garbage")
    assert np.isnan(values).any()
    assert np.isinf(values).any()
    assert len(set(values[np.isfinite(values)])) > 50
    assert (quality == 0).all()
    again, _, _ = watched(kind="garbage")
    np.testing.assert_array_equal(values, again)


def test_wrong():
    values, _, _ = watched(kind="wrong", gain=0.5, offset=-3.0)
    np.testing.assert_allclose(values, 0.5 * SIGNAL[BEGIN:] - 3.0)


def test_slow():
    values, _, _ = watched(kind="slow", amount_s=0.02)
    expected, y = [], SIGNAL[BEGIN]
    for x in SIGNAL[BEGIN:]:
        y += (x - y) * 1e-3 / 0.021
        expected.append(y)
    np.testing.assert_allclose(values, expected)


def test_slow_from_nothing_follows():
    rig, hand, _ = make()
    rig.inject("in.aop_mmHg", "off", duration_s=0.05)
    rig.inject("in.aop_mmHg", "slow", amount_s=0.005)
    assert np.isfinite(hand.ticks(TICKS)["in.aop_mmHg"][60:]).all()


@pytest.mark.parametrize("ticks", [1, 30, 200])
def test_delayed(ticks):
    values, _, _ = watched(kind="delayed", amount_s=ticks * 1e-3)
    expected = np.concatenate([np.full(ticks, SIGNAL[BEGIN]), SIGNAL[BEGIN:]])[: TICKS - BEGIN]
    np.testing.assert_array_equal(values, expected)


def test_intermittent():
    values, _, _ = watched(kind="intermittent", amount_s=0.02)
    lost = np.isnan(values)
    np.testing.assert_array_equal(lost, np.arange(TICKS - BEGIN) // 20 % 2 == 0)


def test_a_fault_ends_and_leaves_its_place():
    rig, hand, _ = make()
    for _ in range(40):
        rig.inject("in.aop_mmHg", "off", duration_s=0.002)
        frames = hand.ticks(4)
        assert np.isnan(frames["in.aop_mmHg"][:2]).all()
        assert np.isfinite(frames["in.aop_mmHg"][2:]).all()


def test_two_faults_on_a_channel_both_work():
    rig, hand, _ = make()
    rig.inject("in.aop_mmHg", "wrong", gain=2.0)
    rig.inject("in.aop_mmHg", "wrong", gain=1.0, offset=1.0)
    np.testing.assert_allclose(hand.ticks(10)["in.aop_mmHg"], 2.0 * SIGNAL[:10] + 1.0)


@pytest.mark.parametrize("kind", DEVICE_KINDS)
@pytest.mark.parametrize("call", ["read", "write"])
def test_a_call_fails(call, kind):
    rig, hand, inner = make()
    rig.inject(call, kind, amount_s=0.005)
    codes = []
    for tick in range(20):
        code = hand.read()[0]
        codes.append(code if call == "read" else hand.write(pump_speed_rpm=float(tick)))
    lost = [True] * 20 if kind == "off" else [n // 5 % 2 == 0 for n in range(20)]
    assert [code < 0 for code in codes] == lost
    if call == "write":
        reached = [int(c["wire"][2]) for c in inner.calls]
        assert reached == [n for n in range(20) if not lost[n]], "a failed write reaches nothing"


@pytest.mark.parametrize(("kind", "expected"), [("off", 0.0), ("stuck", 5.0), ("wrong", 12.0)])
def test_outputs_are_faulty_on_the_wire_only(kind, expected):
    rig, hand, inner = make()
    rig.inject("out.pump_speed_rpm", kind, gain=2.0, offset=2.0)
    hand.read()
    hand.write(pump_speed_rpm=5.0)
    hand.read()
    hand.write(pump_speed_rpm=5.0)
    assert inner.calls["wire"][-1][OUT.index("out.pump_speed_rpm")] == expected


def test_without_faults_nothing_changes():
    rig, hand, inner = make()
    rig.inject("in.aop_mmHg", "off")
    rig.clear()
    frames = hand.ticks(TICKS)
    np.testing.assert_array_equal(frames["in.aop_mmHg"], SIGNAL)
    assert (frames["state.sim_faults"] == 0).all()
    assert len(inner.calls) == TICKS


def test_the_inner_rig_hears_what_the_loop_says():
    _, hand, inner = make()
    hand.energise()
    hand.read()
    hand.write()
    hand.energise(False)
    hand.make_safe()
    assert (inner.calls["wire"][-1] == 0.0).all()


@pytest.mark.parametrize(
    ("channel", "kind", "more", "says"),
    [
        ("in.nonsense", "off", {}, "'in.nonsense' is unknown"),
        ("in.aop_mmHg", "nonsense", {}, "'nonsense' is unknown"),
        ("read", "stuck", {}, "does not apply to the call"),
        ("in.aop_mmHg", "off", {"duration_s": 0.0}, "above 0"),
        ("in.aop_mmHg", "slow", {"amount_s": float("nan")}, "above 0"),
        ("in.aop_mmHg", "delayed", {"amount_s": 0.6}, "at most 0.511 s"),
    ],
)
def test_refused(channel, kind, more, says):
    rig, _, _ = make()
    with pytest.raises(ValueError, match=says):
        rig.inject(channel, kind, **more)


def test_all_places_taken():
    rig, _, _ = make()
    for _ in range(64):
        rig.inject("in.aop_mmHg", "off")
    with pytest.raises(OverflowError, match="all 64 slots"):
        rig.inject("in.aop_mmHg", "off")


def test_the_vocabulary_is_whole():
    assert set(KINDS) == {"off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent"}
