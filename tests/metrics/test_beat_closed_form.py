"""Beats made of rectangles, sines and exponentials, whose metrics are known without computing them the same way."""

import math
from dataclasses import replace

import numpy as np
import pytest

from controller.metrics import Context, beat_metrics

PLANT = Context(bsa_m2=2.0, lv_v0_mL=10.0, lv_a_mmHg=0.34, lv_b_per_mL=0.03)
T = np.arange(800) * 1e-3


def values(frames, context=PLANT):
    return beat_metrics(frames, context).values


def test_heart_rate_is_of_the_beat_length(make_frames):
    assert values(make_frames(800))["hr_bpm"] == pytest.approx(75.0, abs=1e-9)
    assert values(make_frames(500))["hr_bpm"] == pytest.approx(120.0, abs=1e-9)


def test_rectangular_loop(make_frames):
    # Isovolumic contraction, ejection at 110 mmHg, isovolumic relaxation, filling at 10 mmHg: 100 mmHg x 60 mL.
    volume = np.interp(T, [0, 0.1, 0.3, 0.4, 0.7, 0.8], [120, 120, 60, 60, 120, 120])
    pressure = np.interp(T, [0, 0.1, 0.3, 0.4, 0.8], [10, 110, 110, 10, 10])
    got = values(make_frames(800, plant__lvv_mL=volume, plant__lvp_mmHg=pressure, plant__activation=T < 0.3))
    assert got["stroke_work_mmHg_mL"] == pytest.approx(6000.0, abs=1e-6)
    assert (got["lvedv_mL"], got["lvesv_mL"], got["stroke_volume_mL"]) == pytest.approx((120, 60, 60))
    assert got["lv_ejection_fraction_pct"] == pytest.approx(50.0)
    assert got["lvedp_mmHg"] == pytest.approx(10.0)
    assert got["lvp_peak_mmHg"] == pytest.approx(110.0)


def test_work_of_a_loop_run_backwards_is_negative(make_frames):
    angle = 2 * np.pi * T / 0.8
    frames = make_frames(800, plant__lvv_mL=100 + 20 * np.cos(angle), plant__lvp_mmHg=50 - 30 * np.sin(angle))
    polygon = 0.5 * 800 * math.sin(2 * math.pi / 800)  # area of a regular 800-gon of radius 1
    assert values(frames)["stroke_work_mmHg_mL"] == pytest.approx(-20 * 30 * polygon, rel=1e-12)
    frames["plant.lvp_mmHg"] = 50 + 30 * np.sin(angle)
    assert values(frames)["stroke_work_mmHg_mL"] == pytest.approx(20 * 30 * polygon, rel=1e-12)


@pytest.mark.parametrize(("source", "half"), [("plant", 2), ("inputs", 5)])
def test_slope_of_a_sine(make_frames, source, half):
    pressure = 50 + 40 * np.sin(2 * np.pi * T / 0.8)
    path = "plant__lvp_mmHg" if source == "plant" else "in__lvp_mmHg"
    got = values(make_frames(800, **{path: pressure}), Context(source=source))
    # Least squares through 2h+1 samples of a sine gives its slope times a factor that depends on h alone.
    w = 2 * math.pi / 800
    factor = sum(k * math.sin(k * w) for k in range(1, half + 1)) / sum(k * k for k in range(1, half + 1))
    assert got["lv_dpdt_min_mmHg_s"] == pytest.approx(-40 * factor * 1000, rel=1e-9)
    peak = max(math.cos(w * i) for i in range(half, 800 - half))
    assert got["lv_dpdt_max_mmHg_s"] == pytest.approx(40 * factor * 1000 * peak, rel=1e-9)


@pytest.mark.parametrize("tau_ms", [15.0, 30.0, 45.0, 80.0])
@pytest.mark.parametrize("asymptote", [-10.0, 0.0, 8.0])
def test_time_constant_of_an_exponential(make_frames, tau_ms, asymptote):
    pressure = np.full(800, 10.0)
    pressure[100:300] = 110.0
    fall = asymptote + (110.0 - asymptote) * np.exp(-np.arange(500) / tau_ms)
    pressure[300:] = np.maximum(fall, 10.0)
    assert values(make_frames(800, plant__lvp_mmHg=pressure))["tau_ms"] == pytest.approx(tau_ms, rel=1e-6)


def test_time_constant_needs_an_exponential(make_frames):
    got = beat_metrics(make_frames(800, plant__lvp_mmHg=np.interp(T, [0, 0.2, 0.6, 0.8], [10, 110, 10, 10])), PLANT)
    assert got.values["tau_ms"] is None
    assert "not fall exponentially" in got.reasons["tau_ms"]
    got = beat_metrics(make_frames(800, plant__lvp_mmHg=np.where(T < 0.3, 110.0, 10.0)), PLANT)
    assert "too few" in got.reasons["tau_ms"]


def test_output_of_a_half_sine(make_frames):
    ejecting = (T >= 0.1) & (T < 0.4)
    flow = np.where(ejecting, 100 * np.pi * np.sin(np.pi * (T - 0.1) / 0.3), 0.0)  # 60 mL
    got = values(make_frames(800, plant__av_flow_mL_s=flow, plant__av_opening=ejecting))
    assert got["co_L_min"] == pytest.approx(0.060 * 75, rel=1e-5)
    assert got["native_co_L_min"] == got["co_L_min"]
    assert got["cardiac_index_L_min_m2"] == pytest.approx(0.060 * 75 / 2, rel=1e-5)
    assert got["aortic_valve_open_pct"] == pytest.approx(37.5)
    assert got["ar_volume_mL"] == 0.0
    assert got["pump_flow_L_min"] is None


def test_regurgitation(make_frames):
    flow = np.where(T < 0.2, 500.0, np.where(T < 0.6, -100.0, 0.0))  # 100 mL out, 40 mL back
    mitral = np.where(T < 0.2, -150.0, np.where(T >= 0.6, 450.0, 0.0))  # 30 mL back
    got = values(make_frames(800, plant__av_flow_mL_s=flow, plant__mv_flow_mL_s=mitral))
    assert got["ar_volume_mL"] == pytest.approx(40.0)
    assert got["ar_fraction_pct"] == pytest.approx(40.0)
    assert got["mr_volume_mL"] == pytest.approx(30.0)
    assert got["mr_fraction_pct"] == pytest.approx(100 * 30 / 90)
    assert got["native_co_L_min"] == pytest.approx(0.060 * 75)


def test_aortic_pressures_of_a_rectangle(make_frames):
    pressure = np.where(T < 0.05, 78.0, np.where(T < 0.3, 120.0, 70.0))
    opening = (T >= 0.05) & (T < 0.3)
    got = values(make_frames(800, plant__aop_mmHg=pressure, plant__av_opening=opening, plant__av_flow_mL_s=300.0 * opening))
    assert got["aop_systolic_mmHg"] == 120.0
    assert got["aop_diastolic_mmHg"] == 70.0
    assert got["aop_pulse_mmHg"] == 50.0
    assert got["aop_end_diastolic_mmHg"] == 78.0
    assert got["map_mmHg"] == pytest.approx((50 * 78 + 250 * 120 + 500 * 70) / 800)


def test_tail_of_a_balloon_is_not_systolic_pressure(make_frames):
    """A balloon that empties late keeps aortic pressure high until the valve opens."""
    pressure = np.where(T < 0.05, 130.0, np.where(T < 0.3, 110.0, 80.0))
    opening = (T >= 0.05) & (T < 0.3)
    got = values(make_frames(800, plant__aop_mmHg=pressure, plant__av_opening=opening, plant__av_flow_mL_s=300.0 * opening))
    assert got["aop_systolic_mmHg"] == 110.0


def test_closure_is_the_end_of_forward_flow(make_frames):
    """Leaflets that take 20 ms to shut while the flow runs back do not lengthen systole."""
    flow = np.where((T >= 0.1) & (T < 0.3), 300.0, np.where((T >= 0.3) & (T < 0.32), -40.0, 0.0))
    frames = make_frames(
        800, plant__av_flow_mL_s=flow, plant__av_opening=(T >= 0.1) & (T < 0.32), plant__lvp_mmHg=np.where(T < 0.4, 100.0, 5.0)
    )
    got = values(frames)
    assert got["spti_mmHg_s"] == pytest.approx(30.0)
    assert got["ar_volume_mL"] == pytest.approx(0.8)
    assert got["aortic_valve_open_pct"] == pytest.approx(27.5)


def test_gradient_and_indices_of_rectangles(make_frames):
    opening = (T >= 0.1) & (T < 0.3)
    frames = make_frames(
        800,
        plant__lvp_mmHg=np.where(T < 0.3, 130.0, 10.0),
        plant__aop_mmHg=np.where(opening, 100.0, 80.0),
        plant__av_opening=opening,
        plant__av_flow_mL_s=350.0 * opening,
        plant__coronary_flow_mL_s=np.where(T < 0.3, 2.0, 6.0),
    )
    got = values(frames)
    assert got["aortic_gradient_mean_mmHg"] == pytest.approx(30.0)
    assert got["spti_mmHg_s"] == pytest.approx(39.0)
    assert got["dpti_mmHg_s"] == pytest.approx(35.0)
    assert got["sevr"] == pytest.approx(35 / 39)
    assert got["coronary_flow_mL_min"] == pytest.approx(60 * (0.3 * 2 + 0.5 * 6) / 0.8)
    assert got["coronary_diastolic_pct"] == pytest.approx(100 * 3.0 / 3.6)
    # Flow only while pressure is 100: its energy-equivalent pressure is 100, the time mean 85.
    assert got["eep_mmHg"] == pytest.approx(100.0)
    assert got["she_erg_cm3"] == pytest.approx(1332 * 15.0)


def test_indices_of_constants(make_frames):
    got = values(
        make_frames(
            800,
            plant__aop_mmHg=90.0,
            plant__cvp_mmHg=5.0,
            plant__lap_mmHg=8.0,
            plant__pap_mmHg=np.where(T < 0.3, 25.0, 10.0),
            plant__rvp_mmHg=np.where(T < 0.1, 4.0, 25.0),
            plant__av_flow_mL_s=np.where(T < 0.4, 200.0, 0.0),
            plant__limb_flow_mL_s=10.0,
        )
    )
    co = 6.0
    assert got["co_L_min"] == pytest.approx(co)
    assert got["svr_dyn_s_cm5"] == pytest.approx(80 * 85 / co)
    assert got["pap_mean_mmHg"] == pytest.approx((3 * 25 + 5 * 10) / 8)
    assert got["pvr_dyn_s_cm5"] == pytest.approx(80 * (15.625 - 8) / co)
    assert got["papi"] == pytest.approx(3.0)
    assert got["cpo_W"] == pytest.approx(90 * co / 451)
    assert got["rvedp_mmHg"] == 4.0
    assert got["limb_flow_mL_min"] == pytest.approx(600.0)
    assert (got["pap_systolic_mmHg"], got["pap_diastolic_mmHg"], got["cvp_mmHg"]) == (25.0, 10.0, 5.0)


def test_elastance_is_that_of_the_ventricle(make_frames):
    """A time-varying elastance inside a pericardium gives back its greatest slope, whatever the load."""
    elastance = 2.5 * np.where(T < 0.5, np.sin(np.pi * T / 0.5) ** 2, 0.0)
    volume = np.interp(T, [0, 0.08, 0.3, 0.5, 0.8], [120, 120, 55, 55, 120])
    peri = -3.0 + 0.5 * np.sin(2 * np.pi * T)
    pressure = peri + elastance * (volume - 10.0)
    got = values(
        make_frames(
            800,
            plant__lvv_mL=volume,
            plant__lvp_mmHg=pressure,
            plant__pericardial_mmHg=peri,
            plant__activation=elastance,
            plant__av_flow_mL_s=np.where((T >= 0.08) & (T < 0.3), 300.0, 0.0),
            plant__av_opening=(T >= 0.08) & (T < 0.3),
        )
    )
    assert got["ees_mmHg_mL"] == pytest.approx(2.5)
    at = 250  # where the sine peaks
    assert got["ea_mmHg_mL"] == pytest.approx(pressure[at] / 65.0)
    stretch = np.linspace(0, volume[at] - 10, 200_001)
    diastolic = np.trapezoid(0.34 * (np.exp(0.03 * stretch) - 1), stretch)
    expected = 0.5 * (pressure[at] - peri[at]) * stretch[-1] - diastolic
    assert got["potential_energy_mmHg_mL"] == pytest.approx(expected, rel=1e-8)
    assert got["pva_mmHg_mL"] == pytest.approx(got["stroke_work_mmHg_mL"] + expected)


def test_pump(make_frames):
    pump = 50.0 + 10.0 * np.sin(2 * np.pi * T / 0.8)  # 3 L/min
    got = values(
        make_frames(
            800, plant__av_flow_mL_s=np.where(T < 0.2, 100.0, 0.0), plant__pump_flow_mL_s=pump, plant__suction=T < 0.08,
            plant__aop_mmHg=80.0, plant__mv_flow_mL_s=np.where(T < 0.1, -100.0, 100.0),
        ),
        Context(pump_device="impella-cp"),
    )  # fmt: skip
    assert got["pump_flow_L_min"] == pytest.approx(3.0)
    assert got["native_co_L_min"] == pytest.approx(1.5)
    assert got["co_L_min"] == pytest.approx(4.5)
    assert got["device_share_pct"] == pytest.approx(100 * 3 / 4.5)
    assert got["pulsatility"] == pytest.approx(0.4, rel=1e-4)
    assert got["suction_pct"] == pytest.approx(10.0)
    assert got["eep_mmHg"] == pytest.approx(80.0)
    assert got["mr_fraction_pct"] == pytest.approx(100 * 10 / (10 + 60))


def test_support_of_both_sides(make_frames):
    got = values(
        make_frames(
            800, plant__av_flow_mL_s=np.where(T < 0.2, 100.0, 0.0), plant__pump_flow_mL_s=40.0, plant__aop_mmHg=80.0,
            plant__ecmo_flow_mL_s=np.where(T < 0.4, 30.0, 50.0), plant__rpump_flow_mL_s=np.where(T < 0.2, 80.0, 0.0),
            plant__lap_mmHg=np.where(T < 0.2, 20.0, 12.0),
        ),
        Context(pump_device="impella-cp", rpump_device="impella-rp", ecmo_enabled=True),
    )  # fmt: skip
    assert got["ecmo_flow_L_min"] == pytest.approx(2.4)
    assert got["rpump_flow_L_min"] == pytest.approx(1.2)
    assert got["lap_mean_mmHg"] == pytest.approx(14.0)
    assert got["co_L_min"] == pytest.approx(1.5 + 2.4 + 2.4)
    assert got["device_share_pct"] == pytest.approx(100 * 4.8 / 6.3)


def test_ecmo_alone_has_a_share(make_frames):
    flows = {"plant__av_flow_mL_s": np.where(T < 0.2, 100.0, 0.0), "plant__ecmo_flow_mL_s": 25.0}
    assert values(make_frames(800, **flows), Context(ecmo_enabled=True))["device_share_pct"] == pytest.approx(50.0)
    assert values(make_frames(800, **flows), Context())["device_share_pct"] is None


def test_wired_bench_takes_its_inputs(make_frames):
    flow = np.where((T >= 0.1) & (T < 0.3), 18.0, 0.3)  # L/min, with a zero offset of the probe
    frames = make_frames(
        800, plant__aop_mmHg=1.0, in__aop_mmHg=np.where(T < 0.3, 100.0, 70.0), in__aortic_flow_L_min=flow, in__cvp_mmHg=6.0
    )
    got = beat_metrics(frames, Context(source="inputs", bsa_m2=1.5))
    assert got.values["map_mmHg"] == pytest.approx((3 * 100 + 5 * 70) / 8)
    assert got.values["co_L_min"] == pytest.approx((0.2 * 18 + 0.6 * 0.3) / 0.8)
    assert got.values["aortic_valve_open_pct"] == pytest.approx(25.0)
    assert got.values["lvedp_mmHg"] is None
    assert got.reasons["lvedp_mmHg"] == "LV pressure is not measured on this bench (in.lvp_mmHg)"
    assert got.values["ees_mmHg_mL"] is None


def test_patient_parameters_are_unknown_on_a_wired_bench():
    settings = {"patient.lv_v0_mL": 10.0, "patient.bsa_m2": 1.8, "pump.device": "impella-cp", "iabp.enabled": True}
    assert Context.from_settings(settings, "plant").lv_v0_mL == 10.0
    wired = Context.from_settings(settings, "inputs")
    assert (wired.lv_v0_mL, wired.bsa_m2, wired.pump_device, wired.iabp_enabled) == (None, 1.8, "impella-cp", True)


def test_a_pump_carries_the_systolic_peak_beyond_closure(make_frames):
    """The valve shuts at 0.2 s, the pump goes on filling the aorta until 0.3 s: the peak there is the beat's, and the pulse with it."""
    pressure = np.interp(T, [0.0, 0.1, 0.3, 0.8], [80.0, 85.0, 105.0, 80.0])
    opening = (T >= 0.1) & (T < 0.2)
    frames = make_frames(800, plant__aop_mmHg=pressure, plant__av_opening=opening, plant__av_flow_mL_s=200.0 * opening)
    with_pump = beat_metrics(frames, replace(PLANT, pump_device="simaan")).values
    assert with_pump["aop_systolic_mmHg"] == pytest.approx(105.0) and with_pump["aop_pulse_mmHg"] == pytest.approx(25.0)
    balloon_too = beat_metrics(frames, replace(PLANT, pump_device="simaan", iabp_enabled=True)).values
    assert balloon_too["aop_systolic_mmHg"] == pytest.approx(95.0, abs=0.2)


def test_energy_equivalent_pressure_counts_the_flow_of_ecmo(make_frames):
    """30 mL/s in a fifth of the beat at 100 mmHg, 40 mL/s of ECMO all the time: (6 x 100 + 40 x 80)/46 over a mean of 80."""
    ejects = (T >= 0.1) & (T < 0.26)
    pressure = np.where(ejects, 100.0, 75.0)
    frames = make_frames(
        800, plant__aop_mmHg=pressure, plant__av_opening=ejects, plant__av_flow_mL_s=30.0 * ejects, plant__ecmo_flow_mL_s=40.0
    )
    got = beat_metrics(frames, replace(PLANT, ecmo_enabled=True)).values
    assert got["eep_mmHg"] == pytest.approx((6 * 100 + 40 * 80) / 46)
    assert got["she_erg_cm3"] == pytest.approx(1332 * ((6 * 100 + 40 * 80) / 46 - 80))


def test_the_gradient_is_that_of_forward_flow(make_frames):
    """20 ms of flow running back under a reversed gradient belong to the opening, not to the gradient."""
    opening = (T >= 0.1) & (T < 0.3)
    back = (T >= 0.1) & (T < 0.12)
    frames = make_frames(
        800,
        plant__lvp_mmHg=np.where(back, 60.0, np.where(T < 0.3, 120.0, 10.0)),
        plant__aop_mmHg=90.0,
        plant__av_opening=opening,
        plant__av_flow_mL_s=np.where(back, -50.0, 300.0 * opening),
    )
    assert values(frames)["aortic_gradient_mean_mmHg"] == pytest.approx(30.0)


def test_the_time_constant_ends_five_above_end_diastole(make_frames):
    """What the ventricle does below LVEDP + 5 mmHg, filling already, is no relaxation."""
    fall = 5.0 + 105.0 * np.exp(-np.arange(500) / 40.0)
    fall[fall < 14.9] = np.interp(np.arange(500), [0, 100, 500], [14.9, 14.9, 11.0])[fall < 14.9]
    pressure = np.concatenate((np.interp(np.arange(300), [0, 50, 300], [10.0, 110.0, 110.0]), fall))
    assert values(make_frames(800, plant__lvp_mmHg=pressure))["tau_ms"] == pytest.approx(40.0, rel=1e-3)
