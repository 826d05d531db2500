"""Counterpulsation: never inflated without a trigger, vented on early beats, never longer than a beat."""

import numpy as np
import pytest

from cext.tables.load import inputs

IN = [signal.path[3:] for signal in inputs()]
BALLOON = {"iabp.enabled": True, "iabp.trigger": "ecg"}
INTERNAL = BALLOON | {"iabp.trigger": "internal", "iabp.internal_bpm": 75.0}
INFLATED = 2


def ecg(ticks, r_ticks, size_mV=1.0):
    """R waves (bell curves, 9 ms) at these ticks."""
    t = np.arange(ticks)
    lead = np.zeros(ticks)
    for r in r_ticks:
        lead += size_mV * np.exp(-0.5 * ((t - r) / 9.0) ** 2)
    return lead


def inflated(frames):
    return frames["iabp.phase"] == INFLATED


def longest(mask):
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def test_no_trigger_no_inflation(bench, scripted):
    made = bench(scripted(10), values_set=BALLOON)
    made.start()
    assert not inflated(made.run(10000)).any()


def test_a_lost_trigger_deflates_within_the_beat(bench, scripted):
    last = 15700  # beats enough for a law that waits to learn the valve's closure
    lead = ecg(22000, range(500, last + 1, 800))
    made = bench(scripted(22000, ecg_mV=lead), values_set=BALLOON)
    made.start()
    frames = made.run(21000)
    ticks, full = frames["time.tick"], inflated(frames)
    r_last = max(r for r in range(500, last + 1, 800))
    assert full[(ticks > r_last - 2400) & (ticks < r_last)].any(), "assisted before"
    assert not full[ticks > r_last + 1.2 * 800].any()
    assert (frames["out.valve_vacuum"][ticks > r_last + 1.2 * 800] == 1.0).all()


def test_two_intervals_without_a_trigger_end_the_assist(bench, scripted):
    last = 15700
    made = bench(scripted(22000, ecg_mV=ecg(22000, range(500, last + 1, 800))), values_set=BALLOON)
    made.start()
    frames = made.run(21000)
    r_last = max(r for r in range(500, last + 1, 800))
    ticks = frames["time.tick"]
    assert (frames["iabp.assisted"][(ticks > r_last + 100) & (ticks < r_last + 1500)] == 1).all()
    assert (frames["iabp.assisted"][ticks > r_last + 1700] == 0).all(), "2 intervals of 0.8 s"


@pytest.mark.parametrize(("interval", "reaches"), [(600, False), (660, False), (700, True), (760, True)])
def test_manual_timing_reaches_into_a_beat_that_is_in_time_only(bench, scripted, interval, reaches):
    """A beat before 85 % of the interval expected finds the balloon vented at its R wave, however late deflation was set."""
    beats = [*range(500, 16000, 800)]
    early = beats[-1] + interval
    manual = BALLOON | {"iabp.timing": "manual", "iabp.deflation_offset_ms": 100.0}
    made = bench(scripted(18000, ecg_mV=ecg(18000, [*beats, early])), values_set=manual)
    made.start()
    frames = made.run(17500)
    at = frames["time.tick"].astype(int)
    full = inflated(frames)
    assert full[at == early - 20].all(), "inflated when the beat came"
    found = next(int(t) for t in at[frames["beat.trigger"] > 0] if t >= early)
    assert bool(full[at == found][0]) is reaches


def test_noise_is_no_trigger(bench, scripted):
    """A lead that has come off, with the noise of its amplifier: 0.02 mV."""
    noise = np.random.default_rng(7).normal(0.0, 0.02, 30000)
    lead = ecg(30000, range(500, 6000, 800)) + noise
    made = bench(scripted(30000, ecg_mV=lead), values_set=BALLOON)
    made.start()
    frames = made.run(29000)
    off = frames["time.tick"] > 8000
    assert frames["beat.trigger"][~off].sum() > 3
    assert frames["beat.trigger"][off].sum() == 0
    assert not inflated(frames)[off].any()


@pytest.mark.parametrize("size_mV", [0.5, 1.0, 5.0, -1.0])
def test_qrs_of_a_readable_size_triggers(bench, scripted, size_mV):
    """IEC 60601-2-27: 0.5 mV to 5 mV must be detected."""
    r = list(range(500, 20000, 800))
    noise = np.random.default_rng(8).normal(0.0, 0.02, 20000)
    made = bench(scripted(20000, ecg_mV=ecg(20000, r, size_mV) + noise))
    made.start()
    frames = made.run(19000)
    found = frames["time.tick"][frames["beat.trigger"] > 0]
    late = [found[np.searchsorted(found, peak)] - peak for peak in r if 3000 < peak < 18000]
    assert len(found[(found > 3000) & (found < 18000)]) == len(late)
    assert max(late) < 40


def test_a_burst_at_full_scale_does_not_blind_the_detector(bench, scripted):
    """Electrocautery, a plug pulled: ±10 mV for 100 ms. Three seconds later every beat is found again, once."""
    lead = ecg(16000, range(500, 16000, 800))
    lead[5000:5100] = 10.0 * np.sign(np.random.default_rng(5).normal(size=100))
    made = bench(scripted(16000, ecg_mV=lead))
    made.start()
    frames = made.run(15700)
    late = (frames["time.tick"] > 8000) & (frames["time.tick"] < 15600)
    assert frames["beat.trigger"][late].sum() == len([r for r in range(500, 16000, 800) if 8000 < r < 15600])


def test_a_number_too_large_to_filter_starts_the_detector_over(bench, scripted):
    wide = {"ecg_mV": {"low": -1.7e308, "high": 1.7e308}}
    lead = ecg(12000, range(500, 12000, 800))
    lead[3000:3003] = 1.6e308, -1.6e308, -1.6e308
    made = bench(scripted(12000, ecg_mV=lead), inputs=wide)
    made.start()
    frames = made.run(11900)
    known = frames["beat.count"] >= 2  # two R peaks make an interval; before them there is no rate
    assert known.any() and np.array_equal(np.isfinite(frames["beat.hr_bpm"]), known)
    assert np.isfinite(frames["cmd.valve_pressure"]).all()


def test_an_early_beat_vents_the_balloon_at_its_r_wave(bench, scripted):
    beats = [*range(500, 16000, 800)]
    early = beats[-1] + 420  # in the middle of the inflation
    lead = ecg(18000, [*beats, early])
    made = bench(scripted(18000, ecg_mV=lead), values_set=BALLOON)
    made.start()
    frames = made.run(17500)
    at = frames["time.tick"].astype(int)
    full = dict(zip(at, inflated(frames), strict=True))
    assert full[early], "inflated when the beat came"
    found = next(int(t) for t in at[frames["beat.trigger"] > 0] if t >= early)
    assert not full[found], "vented in the tick of the trigger"


@pytest.mark.parametrize("inflate_ms", [-300.0, 0.0, 300.0])
@pytest.mark.parametrize("deflate_ms", [-300.0, 0.0, 150.0])
@pytest.mark.parametrize("bpm", [40.0, 75.0, 120.0])
def test_no_timing_keeps_the_balloon_full_from_beat_to_beat(bench, scripted, inflate_ms, deflate_ms, bpm):
    offsets = {"iabp.inflation_offset_ms": inflate_ms, "iabp.deflation_offset_ms": deflate_ms}
    manual = INTERNAL | {"iabp.timing": "manual"} | offsets
    made = bench(scripted(10), values_set=manual | {"iabp.internal_bpm": bpm})
    made.start()
    made.run(6000)  # the mean interval is learned
    frames = made.run(15000)
    assert longest(inflated(frames)) <= 60000.0 / bpm + 150.0 + 2, "150 ms: as far as manual timing reaches into the next beat"


@pytest.mark.parametrize("n", range(1, 9))
def test_every_nth_beat_is_assisted(bench, scripted, n):
    made = bench(scripted(10), values_set=INTERNAL | {"iabp.assist": f"1:{n}"})
    made.start()
    frames = made.run(800 * 24)
    begins = np.flatnonzero(np.diff(inflated(frames).astype(int)) == 1)
    assert len(begins) >= 24 // n - 1
    assert np.allclose(np.diff(begins), 800 * n, atol=1)


def test_changing_the_ratio_never_inflates_twice_in_a_beat(bench, scripted):
    rng = np.random.default_rng(3)
    made = bench(scripted(10), values_set=INTERNAL)
    made.start()
    parts = []
    for _ in range(60):
        made.set("iabp.assist", f"1:{rng.integers(1, 9)}")
        parts.append(made.run(int(rng.integers(50, 900))))
    frames = np.concatenate(parts)
    begins = np.diff(inflated(frames).astype(int), prepend=0) == 1
    beat_of = np.cumsum(frames["beat.trigger"] > 0)
    assert begins.sum() > 5
    assert np.bincount(beat_of[begins]).max() == 1


@pytest.mark.parametrize(("how", "within"), [("off", 0), ("trip", 0), ("stop", 1)])
def test_deflated_at_once(bench, scripted, how, within):
    made = bench(scripted(10), values_set=INTERNAL)
    made.start()
    while not inflated(made.run(1))[0]:
        pass
    if how == "off":
        made.set("iabp.enabled", False)
    else:
        made.loop.request(how)
    frames = made.run(2000)
    assert (frames["out.valve_pressure"][within:] == 0.0).all()
    assert (frames["out.valve_vacuum"][within:] == 1.0).all()


class TestPump:
    def test_a_level_the_pump_does_not_have_changes_nothing(self, bench, scripted):
        made = bench(scripted(10), values_set={"pump.level": "P-8"})
        made.start()
        made.run(9000)
        made.set("pump.level", "P-9")
        frames = made.run(3000)
        assert (frames["out.pump_speed_rpm"] == 44000.0).all()
        assert (frames["out.pump_enable"] == 1.0).all()

    def test_the_ramp_is_the_one_asked_for(self, bench, scripted):
        made = bench(scripted(10), values_set={"pump.level": "P-2", "pump.ramp_rpm_s": 5000.0})
        made.start()
        made.run(9000)
        made.set("pump.level", "P-4")
        speed = made.run(1000)["out.pump_speed_rpm"]
        np.testing.assert_allclose(speed, np.minimum(31000.0 + 5.0 * np.arange(1, 1001), 35000.0))

    @pytest.mark.parametrize(("asked", "given"), [(1.0, 1.0), (55000.0, 46000.0), (0.0, 0.0)])
    def test_a_speed_stays_within_the_pump(self, bench, scripted, asked, given):
        made = bench(scripted(10), values_set={"pump.level": "by-speed", "pump.speed_rpm": asked, "pump.ramp_rpm_s": 50000.0})
        made.start()
        made.run(4000)
        assert made.latest()["out.pump_speed_rpm"] == given
        assert made.latest()["out.pump_enable"] == float(given > 0)
