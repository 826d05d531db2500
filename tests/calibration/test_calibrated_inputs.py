"""Where a calibration works: on what the rig read, before any check of the guard; and that nothing else is touched."""

import asyncio

import numpy as np
import pytest

from controller.config.experiment import load_experiment
from controller.session.assemble import assemble


def frames_of(experiment, lines, ticks=300, zero=None):
    """Frames of a virtual bench at rest, with these lines in force; `zero`: (channel, offset) sent after 100 ticks."""

    class Fixed:
        def lines(self):
            return lines

        def reasons(self, today):
            return []

    session = assemble(type(experiment)(**{**experiment.__dict__, "calibration": Fixed()}), seed=3)
    kept = []
    session.on_slice(lambda piece: kept.append(piece.frames))

    async def play():
        await session.open()
        start = session.tick
        while session.tick < start + ticks:
            if zero is not None and session.tick >= start + 100:
                session.loop.zero(*zero)
            await session.advance(start + (100 if session.tick < start + 100 else ticks))

    try:
        asyncio.run(play())
    finally:
        session.close()
    return np.concatenate(kept)


@pytest.fixture(scope="module")
def experiment():
    return load_experiment(None, bench="virtual")


@pytest.fixture(scope="module")
def plain(experiment):
    return frames_of(experiment, {})


def test_value_is_offset_plus_gain_times_reading_bit_by_bit(experiment, plain):
    found = frames_of(experiment, {"lap_mmHg": (0.97, -3.5)})
    assert (found["in.lap_mmHg"] == -3.5 + 0.97 * plain["in.lap_mmHg"]).all()
    for name in ("in.aop_mmHg", "in.lvp_mmHg", "in.ecg_mV", "in.cvp_mmHg"):
        assert (found[name] == plain[name]).all(), name


def test_a_calibrated_value_beyond_its_limit_trips_like_any_other(experiment, plain):
    assert plain["in.aop_mmHg"].max() < 200.0
    found = frames_of(experiment, {})  # the same without a line: no trip
    assert (found["state.latched"] == 0).all()
    with pytest.raises(Exception, match="self-test"):
        frames_of(experiment, {"aop_mmHg": (1.0, 190.0)})


def test_a_zero_is_in_force_from_one_tick_to_the_next_and_keeps_the_gain(experiment, plain):
    found = frames_of(experiment, {"lap_mmHg": (2.0, 0.0)}, zero=("lap_mmHg", -7.0))
    shift = found["in.lap_mmHg"] - 2.0 * plain["in.lap_mmHg"]
    assert set(np.round(shift, 9)) == {0.0, -7.0}
    assert np.count_nonzero(np.diff(np.round(shift, 9))) == 1


@pytest.mark.parametrize("line", [(0.0, 1.0), (float("nan"), 0.0), (1.0, float("inf"))])
def test_a_line_that_is_none_is_refused(experiment, line):
    with pytest.raises(ValueError, match="must be finite, the gain not 0"):
        frames_of(experiment, {"lap_mmHg": line})


def test_a_saturated_pressure_is_too_high_wherever_its_line_puts_the_rail():
    """The transducer's rail is 300 mmHg; an offset of -3.5 must not hide it behind a limit of 300 or more."""
    experiment = load_experiment(None, bench="virtual", sets=["guard.pressure_high_mmHg=400"])
    session = assemble(type(experiment)(**{**experiment.__dict__, "calibration": None}), seed=3)
    session.loop.zero("dap_mmHg", -3.5)

    async def play():
        await session.open()
        session.loop.rig.put_reference("dap_mmHg", 1000.0)
        for _ in range(3):
            await session.advance()
        return session.latched

    try:
        assert "pressure_high" in asyncio.run(play())
    finally:
        session.close()
