"""The surface ECG and the pacer's pulses: times, sizes, widths, and no jumps."""

import numpy as np
import pytest

from cext.plant.model import PlantModel
from cext.tables import load

STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off", "patient.baroreflex": False}
RHYTHMS = load.settings()["patient.rhythm"].choices


def strip(seconds=10.0, skip=5.0, seed=1, **settings):
    model = PlantModel(STILL | {f"patient.{k}": v for k, v in settings.items()}, seed=seed)
    model.skip(skip)
    return model.run(seconds)


def onsets(out):
    return np.flatnonzero(np.diff(out["beat"]) > 0) + 1


def pulses(**settings):
    """(samples, mV) of each pacer pulse: the ECG less what it is without pulses."""
    with_, without = (strip(**settings, rhythm="paced", pacing_spike_mV=h)["ecg_mV"] for h in (5.0, 0.2))
    spike = (with_ - without) / 4.8 * 5.0
    at = np.flatnonzero(spike > 1e-9)
    groups = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return [(group, spike[group]) for group in groups if len(group)]


def qrs_ms(ecg, r):
    """Time in which the complex around sample r is above 5 % of its size."""
    part = np.abs(ecg[r - 110 : r + 110])
    inside = np.flatnonzero(part > 0.05 * part.max())
    return inside[-1] - inside[0]


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_no_wave_is_cut_off(rhythm):
    """The steepest wave is the narrow R: 1 mV with s 9 ms rises by 0.067 mV in a millisecond. A wave cut off is a step."""
    low, high = (strip(60.0, rhythm=rhythm, pacing_spike_mV=h, sdnn_ms=40.0)["ecg_mV"] for h in (2.0, 4.0))
    ecg = 2.0 * low - high  # without pulses
    assert np.abs(np.diff(ecg)).max() < 0.09  # with the waves of flutter under it
    assert np.abs(np.diff(ecg, 2)).max() < 0.025  # a step of a small wave shows here: R has 1/(9 ms)^2 = 0.012 mV/ms2


@pytest.mark.parametrize("width", [0.3, 1.0, 2.0])
@pytest.mark.parametrize(("pacing", "count"), [("v", 1), ("a", 1), ("av", 2)])
def test_a_pulse_has_the_area_of_its_height_and_width(width, pacing, count):
    found = pulses(pacing=pacing, pacing_width_ms=width, seconds=10.0)
    assert len(found) == pytest.approx(count * 12, abs=count)
    for samples, mV in found[1:-1]:
        assert len(samples) <= width + 2
        assert mV.sum() == pytest.approx(5.0 * width, rel=1e-6)  # mV*ms at 1 kHz
        assert mV.max() <= 5.0 + 1e-9


def test_the_ventricle_follows_its_pulse_and_the_pair_is_av_ms_apart():
    out = strip(rhythm="paced", pacing="av", pacing_av_ms=180.0, seconds=10.0)
    at = [group[0] for group, _ in pulses(pacing="av", pacing_av_ms=180.0, seconds=10.0)]
    beats = onsets(out)
    ventricular = [a for a in at if np.min(np.abs(beats - a - 110)) <= 1]  # 80 ms to the R peak, 30 ms to the contraction
    atrial = [a for a in at if a not in ventricular]
    assert len(ventricular) == pytest.approx(len(beats), abs=1)
    assert np.subtract(
        ventricular[1 : len(atrial)], [max(b for b in atrial if b < v) for v in ventricular[1 : len(atrial)]]
    ) == (pytest.approx(180.0, abs=1))
    r = beats[3] - 30
    assert abs(int(np.argmax(out["ecg_mV"][r - 60 : r + 60])) - 60) <= 5  # a wide complex, its top at R


def test_a_pulse_that_is_not_answered_leaves_a_spike_and_no_beat():
    found = pulses(pacing_capture=0.0, seconds=40.0)
    out = strip(rhythm="paced", pacing_capture=0.0, seconds=40.0)
    beats = onsets(out)
    assert len(found) >= len(beats) > 20
    spike_to_beat = [np.min(np.abs(beats - group[0] - 110)) for group, _ in found]
    assert min(spike_to_beat) > 100
    some = strip(rhythm="paced", pacing_capture=0.6, seconds=60.0)
    rr = some["rr_s"][onsets(some)][1:]
    assert (np.abs(rr - 60 / 72) < 1e-6).sum() > 5 and (np.abs(rr - 60 / 38) < 1e-6).sum() > 5  # paced, and escape


def test_the_shape_is_what_the_settings_say():
    plain = strip()
    r = onsets(plain)[4] - 30
    ecg = plain["ecg_mV"]
    assert np.array_equal(strip(ecg_inverted=True)["ecg_mV"], -ecg)
    assert strip(ecg_gain=0.2)["ecg_mV"] == pytest.approx(0.2 * ecg, abs=1e-12)
    tall = strip(ecg_t_scale=3.0)["ecg_mV"]
    t_wave = slice(r + 180, r + 330)
    assert tall[t_wave].max() == pytest.approx(3.0 * ecg[t_wave].max(), rel=1e-6) and tall[r] == pytest.approx(ecg[r], abs=1e-9)
    alone = {"ecg_t_scale": 0.0, "pr_interval_ms": 280.0}  # P and T out of the way
    bare = strip(**alone)
    q = onsets(bare)[4] - 30
    assert 40 < qrs_ms(bare["ecg_mV"], q) < 90
    for side, turned in (("left", -1.0), ("right", 1.0)):
        wide = strip(ecg_bundle_block=side)["ecg_mV"]
        assert 120 <= qrs_ms(strip(ecg_bundle_block=side, **alone)["ecg_mV"], q) < 180
        assert np.sign(wide[r + 260]) == turned
        assert abs(int(np.argmax(wide[r - 60 : r + 60])) - 60) <= 1
    for rhythm in ("vt", "block-3", "paced"):
        out = strip(rhythm=rhythm, pacing_spike_mV=0.2, ecg_t_scale=0.0)
        assert qrs_ms(out["ecg_mV"], onsets(out)[4] - 30) >= 120


def test_p_waves_march_through_a_third_degree_block_and_are_absent_in_fibrillation():
    """Humps of its size away from the QRS; before the QRS of fibrillation there is none."""
    out = strip(rhythm="block-3", seconds=60.0, ecg_t_scale=0.0)
    ecg = out["ecg_mV"].copy()
    for beat in onsets(out):
        ecg[max(0, beat - 160) : beat + 110] = 0.0
    tops = np.flatnonzero((ecg[1:-1] > 0.115) & (ecg[1:-1] >= ecg[:-2]) & (ecg[1:-1] > ecg[2:]))
    steps = np.diff(tops) / (1e3 * 60 / 72)
    assert len(tops) > 40 and np.abs(steps - np.round(steps)).max() < 0.01
    out = strip(rhythm="af", seconds=30.0, ecg_t_scale=0.0)
    for beat in onsets(out)[1:]:
        before = out["ecg_mV"][beat - 160 : beat - 70]
        assert np.ptp(before) < 0.1
