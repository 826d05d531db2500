"""What has no meaning is None with a reason; what was never measured says so."""

import numpy as np
import pytest

from cext.tables.metrics import metrics
from controller.metrics import Context, beat_metrics

T = np.arange(800) * 1e-3
PLANT = Context(bsa_m2=1.8, lv_v0_mL=10.0, lv_a_mmHg=0.3, lv_b_per_mL=0.03)


def test_every_absent_metric_has_a_reason_and_every_present_one_none(heart, make_frames):
    for frames in (heart([0.8]), make_frames(800), make_frames(1)):
        got = beat_metrics(frames, PLANT)
        assert list(got.values) == list(metrics())
        assert {k for k, v in got.values.items() if v is None} == set(got.reasons)
        assert all(got.reasons.values())


def test_shut_valve(heart):
    """Full support: the aortic valve stays shut, systole comes from the activation."""
    frames = heart([0.8])
    frames["plant.av_flow_mL_s"] = 0.0
    frames["plant.av_opening"] = 0.0
    got = beat_metrics(frames, PLANT)
    assert got.values["aortic_valve_open_pct"] == 0.0
    assert got.values["native_co_L_min"] == 0.0
    assert got.reasons["aortic_gradient_mean_mmHg"] == "the aortic valve stays shut in this beat"
    assert got.reasons["ar_fraction_pct"] == "no forward flow through the aortic valve in this beat"
    assert "below 0.1 L/min" in got.reasons["svr_dyn_s_cm5"]
    assert "no net flow" in got.reasons["eep_mmHg"]
    peak = 250  # of the activation
    assert got.values["spti_mmHg_s"] == pytest.approx(frames["plant.lvp_mmHg"][:peak].sum() * 1e-3)
    assert got.values["aop_end_diastolic_mmHg"] == frames["plant.aop_mmHg"][0]
    assert got.values["cpo_W"] == 0.0


def test_valve_that_never_shuts_leaves_systole_to_the_activation(heart):
    frames = heart([0.8])
    frames["plant.av_opening"] = 1.0
    got = beat_metrics(frames, PLANT)
    assert "does not close" in got.reasons["aortic_gradient_mean_mmHg"]
    assert got.values["spti_mmHg_s"] == pytest.approx(frames["plant.lvp_mmHg"][:250].sum() * 1e-3)


def test_ventricle_that_does_not_move(make_frames):
    got = beat_metrics(make_frames(800, plant__lvv_mL=100.0, plant__lvp_mmHg=20.0, plant__activation=T < 0.3), PLANT)
    assert got.values["stroke_volume_mL"] == 0.0
    assert got.values["lv_ejection_fraction_pct"] == 0.0
    assert "below 1 mL" in got.reasons["ea_mmHg_mL"]
    assert "tau_ms" in got.reasons


def test_ventricle_empty_to_v0_has_no_elastance(make_frames):
    volume = np.where(T < 0.1, 60.0, 10.5)
    frames = make_frames(800, plant__lvv_mL=volume, plant__lvp_mmHg=20.0, plant__activation=np.where(T < 0.3, T, 0))
    assert "unstressed volume of 10 mL" in beat_metrics(frames, PLANT).reasons["ees_mmHg_mL"]


def test_one_bad_sample_takes_only_what_needs_it(heart):
    frames = heart([0.8])
    frames["plant.cvp_mmHg"][17] = np.nan
    frames["plant.lvv_mL"][5] = np.inf
    got = beat_metrics(frames, PLANT)
    assert got.reasons["cvp_mmHg"] == "central venous pressure (plant.cvp_mmHg): 1 of 800 samples are not finite"
    assert got.values["svr_dyn_s_cm5"] is None
    assert got.values["lvedv_mL"] is None
    assert got.values["map_mmHg"] is not None


def test_one_sample(heart):
    got = beat_metrics(heart([0.8])[:1], PLANT)
    assert got.values["map_mmHg"] == 80.0
    assert got.reasons["lv_dpdt_max_mmHg_s"] == "1 samples are too few for a slope"


def test_no_frames_are_an_error(make_frames):
    with pytest.raises(ValueError, match="no frames"):
        beat_metrics(make_frames(0), PLANT)


def test_no_pump_and_balloon_off(heart):
    got = beat_metrics(heart([0.8]), PLANT)
    assert got.reasons["pump_flow_L_min"] == "no rotary pump is fitted (pump.device = none)"
    assert got.reasons["aop_augmented_mmHg"] == "the balloon pump is off"


def test_lost_samples_are_said(heart):
    frames = heart([0.8])
    few = np.delete(frames, np.arange(400, 410))
    got = beat_metrics(few, PLANT)
    assert got.values["hr_bpm"] == pytest.approx(75.0)
    many = np.delete(frames, np.arange(400, 450))
    got = beat_metrics(many, PLANT)
    assert set(got.values.values()) == {None}
    assert got.reasons["map_mmHg"] == "50 of 800 samples of this beat were lost"


def test_bench_without_flow_probe_finds_the_foot_and_the_end_of_systole(make_frames):
    lvp = np.interp(T, [0, 0.06, 0.2, 0.3, 0.36, 0.8], [10, 70, 110, 100, 8, 10])
    aop = np.interp(T, [0, 0.06, 0.2, 0.31, 0.8], [78, 70, 108, 95, 78])
    got = beat_metrics(make_frames(800, in__lvp_mmHg=lvp, in__aop_mmHg=aop), Context(source="inputs"))
    assert got.values["aop_end_diastolic_mmHg"] == pytest.approx(70.0)
    assert got.values["aop_systolic_mmHg"] == pytest.approx(108.0)
    got = beat_metrics(make_frames(800, in__aop_mmHg=aop), Context(source="inputs"))
    assert got.values["map_mmHg"] is not None
    assert got.reasons["aop_systolic_mmHg"].startswith("end of systole unknown")
