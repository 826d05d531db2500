"""Every rhythm: its rate, which atrial impulses reach the ventricle, and what the circulation makes of it."""

from itertools import pairwise

import numpy as np
import pytest

from cext.plant.model import PlantModel

STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off", "patient.baroreflex": False}
BEATING = ["sinus", "af", "pvc", "paced", "bigeminy", "trigeminy", "vt", "block-2", "wenckebach", "block-3", "flutter"]
RR = 60.0 / 72.0


def patient(rhythm, **also):
    return PlantModel(STILL | {"patient.rhythm": rhythm} | {f"patient.{k}": v for k, v in also.items()})


def onsets(out):
    """Sample numbers at which the ventricle begins to contract."""
    return np.flatnonzero(np.diff(out["beat"]) > 0) + 1


def intervals(out):
    return out["rr_s"][onsets(out)][1:]


def followed(model, seconds):
    """Signals of `seconds`, and the exact onsets of atria and ventricles in them, s."""
    parts, atria, ventricles = [], [], []
    for _ in range(round(seconds / 0.01)):
        before = model.state
        parts.append(model.run(0.01))
        after = model.state
        for name, seen in (("atrial_onset_s", atria), ("onset_s", ventricles)):
            if after[name] != before[name]:
                seen.append(after[name])
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}, np.array(atria), np.array(ventricles)


def mean(out, name):
    """Over whole beats."""
    at = onsets(out)
    return out[name][at[0] : at[-1]].mean()


@pytest.mark.parametrize(
    ("rhythm", "also", "bpm"),
    [
        ("flutter", {}, 72.0),
        ("flutter", {"hr_bpm": 150.0}, 150.0),
        ("paced", {"hr_bpm": 85.0}, 85.0),
        ("paced", {"hr_bpm": 85.0, "pacing": "a"}, 85.0),
        ("paced", {"hr_bpm": 85.0, "pacing": "av"}, 85.0),
        ("paced", {"pacing_capture": 0.0, "escape_bpm": 33.0}, 33.0),
        ("vt", {"vt_bpm": 190.0}, 190.0),
        ("block-3", {"escape_bpm": 35.0}, 35.0),
        ("block-2", {"block_every": 2}, 36.0),
        ("block-2", {"block_every": 3}, 48.0),
        ("wenckebach", {"block_every": 4}, 54.0),
        ("bigeminy", {}, 72.0),
        ("trigeminy", {}, 72.0),
    ],
)
def test_the_ventricular_rate_is_the_rhythm_s_own(rhythm, also, bpm):
    model = patient(rhythm, **also)
    model.skip(20.0)
    rr = intervals(model.run(60.0))
    whole = rr[: len(rr) // 12 * 12]  # whole groups of 2, 3 and 4
    assert 60.0 / whole.mean() == pytest.approx(bpm, rel=1e-3)


def test_every_third_p_wave_of_mobitz_ii_is_dropped_and_pr_stays():
    _, atria, ventricles = followed(patient("block-2"), 40.0)
    assert np.diff(atria) == pytest.approx(RR, abs=1e-9)
    follows = [ventricles[(ventricles > a) & (ventricles < a + 0.5)] - a for a in atria[:-1]]
    assert sum(len(f) for f in follows) == pytest.approx(2 / 3 * len(follows), abs=1)
    assert all(f == pytest.approx(0.13, abs=1e-9) for f in follows if len(f))


def test_pr_grows_ever_less_to_the_dropped_beat_of_wenckebach():
    _, atria, ventricles = followed(patient("wenckebach", block_every=4), 40.0)
    delays = [
        float(f[0] - a) if len(f := ventricles[(ventricles > a) & (ventricles < a + 0.6)]) else np.nan for a in atria[:-1]
    ]
    dropped = np.flatnonzero(np.isnan(delays))
    assert np.diff(dropped) == pytest.approx(4)
    group = delays[dropped[0] + 1 : dropped[0] + 4]
    assert group == pytest.approx([0.13, 0.19, 0.22], abs=1e-9)


@pytest.mark.parametrize("rhythm", ["vt", "block-3", "paced"])
def test_atria_and_ventricles_are_dissociated(rhythm):
    """P waves march through: the phase of the ventricle at which the atria contract takes every value."""
    _, atria, ventricles = followed(patient(rhythm, hr_bpm=79.0), 60.0)
    period = np.diff(ventricles).mean()
    phase = ((atria - ventricles[0]) % period) / period
    counts, _ = np.histogram(phase, 4, (0.0, 1.0))
    assert counts.min() > 0.5 * counts.mean(), counts
    assert np.diff(atria) == pytest.approx(60.0 / (62.0 if rhythm == "paced" else 79.0), abs=1e-9)


def test_tachycardia_fills_badly_and_the_atria_beat_against_shut_valves():
    sinus, vt = patient("sinus"), patient("vt")
    vt.skip(60.0)
    before = sinus.run(20.0)
    after, atria, _ = followed(vt, 60.0)
    assert mean(after, "systemic_flow_mL_s") < 0.85 * mean(before, "systemic_flow_mL_s")
    assert mean(after, "aop_mmHg") < 0.85 * mean(before, "aop_mmHg")
    assert mean(after, "lap_mmHg") > 1.5 * mean(before, "lap_mmHg")
    start = vt.state["t"] - 60.0
    rise = {True: [], False: []}
    for a in atria[:-1]:
        i = round((a - start) * 1e3)
        shut = after["activation"][i + 100] > 0.4
        rise[shut].append([after[x][i : i + 220].max() - after[x][i] for x in ("lap_mmHg", "cvp_mmHg")])
    shut, open_ = (np.array(rise[x]).mean(axis=0) for x in (True, False))
    assert (shut > 1.5 * open_).all(), (shut, open_)  # cannon waves on both sides


def test_the_atrium_of_a_blocked_heart_beats_against_the_shut_mitral_valve():
    model = patient("block-3")
    model.skip(30.0)
    out, atria, _ = followed(model, 60.0)
    start = model.state["t"] - 60.0
    at = [round((a - start) * 1e3) for a in atria[:-1]]
    shut = [out["lap_mmHg"][i : i + 220].max() - out["lap_mmHg"][i] for i in at if out["activation"][i + 100] > 0.4]
    usual = patient("sinus").run(10.0)["lap_mmHg"]
    assert len(shut) > 5 and np.mean(shut) > 1.8  # the a wave of sinus rhythm: 1.1
    assert usual.max() < out["lap_mmHg"].max()


def test_a_slow_escape_pumps_less_with_larger_beats():
    sinus, block = patient("sinus").run(20.0), patient("block-3")
    block.skip(60.0)
    block = block.run(40.0)
    flow = {k: mean(o, "systemic_flow_mL_s") for k, o in (("sinus", sinus), ("block", block))}
    volume = {"sinus": flow["sinus"] * RR, "block": flow["block"] * 60.0 / 38.0}
    assert flow["block"] < 0.7 * flow["sinus"] and volume["block"] > 1.05 * volume["sinus"]
    assert mean(block, "rap_mmHg") > mean(sinus, "rap_mmHg") and block["aop_mmHg"].min() < sinus["aop_mmHg"].min() - 15.0


@pytest.mark.parametrize(("rhythm", "group"), [("bigeminy", 2), ("trigeminy", 3)])
def test_premature_beats_in_a_fixed_order_give_an_alternating_pulse(rhythm, group):
    model = patient(rhythm)
    model.skip(30.0)
    out = model.run(30.0)
    rr = intervals(out) / RR
    early = np.flatnonzero(rr < 0.9)
    assert np.diff(early) == pytest.approx(group) and rr[early] == pytest.approx(0.6, abs=1e-9)
    assert rr[early[:-1] + 1] == pytest.approx(1.4, abs=1e-9)  # compensatory pause
    at = onsets(out)[1:]
    stroke = np.array([out["av_flow_mL_s"][i:j].sum() for i, j in pairwise(at)])
    early = early[early < len(stroke) - 1]
    assert (stroke[early] < 0.6 * stroke[early + 1]).all()
    assert (stroke[early + 1] >= np.median(stroke) - 1.0).all()


def test_paced_atria_keep_their_kick_and_paced_ventricles_lose_some_output():
    flow = {}
    for name in ("sinus", "v", "a", "av"):
        model = patient("paced", pacing=name) if name != "sinus" else patient("sinus")
        model.skip(40.0)
        flow[name] = 0.06 * mean(model.run(40.0), "systemic_flow_mL_s")
    assert flow["a"] == pytest.approx(flow["sinus"], rel=0.01)
    assert flow["v"] < flow["av"] < flow["a"]
    assert flow["v"] > 0.85 * flow["a"]


def test_flutter_has_weak_atria():
    sinus, flutter = patient("sinus").run(20.0), patient("flutter")
    flutter.skip(60.0)
    out, atria, _ = followed(flutter, 20.0)
    assert np.diff(atria) == pytest.approx(60.0 / 288.0, abs=1e-9)  # 4:1 at 72/min
    assert mean(out, "systemic_flow_mL_s") < mean(sinus, "systemic_flow_mL_s")
    assert mean(out, "lap_mmHg") > mean(sinus, "lap_mmHg")


@pytest.mark.parametrize(("rhythm", "also"), [("vt", {}), ("paced", {}), ("paced", {"pacing": "av"}), ("flutter", {})])
def test_the_reflex_does_not_move_what_it_cannot(rhythm, also):
    """Bled by 500 mL: pressure falls, the sinus node speeds up, a pacer, a focus and flutter do not."""
    model = PlantModel(
        STILL | {"patient.baroreflex": True, "patient.rhythm": rhythm} | {f"patient.{k}": v for k, v in also.items()}
    )
    model.skip(30.0)
    before = intervals(model.run(30.0))
    model.set({"patient.blood_volume_delta_mL": -500.0})
    model.skip(40.0)
    after = intervals(model.run(30.0))
    assert before == pytest.approx(before[0], abs=1e-9) and after == pytest.approx(before[0], abs=1e-9)
    sinus = PlantModel(STILL | {"patient.baroreflex": True})
    usual = intervals(sinus.run(10.0)).mean()
    sinus.set({"patient.blood_volume_delta_mL": -500.0})
    sinus.skip(40.0)
    assert intervals(sinus.run(30.0)).mean() < 0.97 * usual


def test_the_atria_of_a_tachycardia_hear_the_reflex():
    model = PlantModel(STILL | {"patient.baroreflex": True, "patient.rhythm": "vt"})
    model.skip(60.0)
    _, atria, ventricles = followed(model, 20.0)
    assert np.diff(atria).mean() < 0.97 * RR
    assert np.diff(ventricles) == pytest.approx(60.0 / 170.0, abs=1e-9)


@pytest.mark.parametrize("second", BEATING)
def test_a_rhythm_may_change_at_any_time(second):
    """The new one beats within 4 s, never two beats within the refractory time, and nothing is lost."""
    for first in [*BEATING, "asystole", "vf"]:
        model = PlantModel({"patient.rhythm": first}, seed=7)
        model.skip(7.3)
        volume = sum(model.volumes_mL.values())
        model.set({"patient.rhythm": second})
        out = model.run(8.0)
        at = onsets(out)
        assert len(at) and at[0] < 4000, (first, second)
        assert np.diff(at).min() >= 199, (first, second)
        assert len(at) >= 4
        assert sum(model.volumes_mL.values()) == pytest.approx(volume, abs=1e-6)
