"""The end-systolic and the end-diastolic line of the pressure-volume diagram lie where the loop touches them."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from controller.report import pv_diagram
from controller.report.pv_diagram import Loop, Relations, relations_of


def loop_on(relations, label="loop", color="#000000"):
    """Filling along the EDPVR from 60 to 120 mL, ejection down to the ESPVR at 60 mL: a loop that touches both."""
    filling = np.linspace(60.0, 120.0, 50)
    end = np.array([60.0])
    volume = np.concatenate([filling, filling[::-1]])
    pressure = np.concatenate([relations.end_diastolic_mmHg(filling), np.full(50, relations.end_systolic_mmHg(end)[0])])
    return Loop(label, volume, pressure, color, relations=relations)


def drawn(loops):
    axes = Figure().add_subplot()
    pv_diagram.draw(axes, loops, whole=True)
    return axes


def test_lines_pass_through_the_corners_of_the_loop():
    axes = drawn([loop_on(Relations(2.0, 10.0, 0.5, 0.03, (1.0, 2.0)))])
    loop, espvr, edpvr = axes.get_lines()
    v, p = espvr.get_data()
    assert np.interp(60.0, v, p) == pytest.approx(loop.get_ydata().max())
    assert (v[0], p[0]) == (10.0, 1.0)  # starts at V0, shifted by the pericardium
    v, p = edpvr.get_data()
    assert np.interp(120.0, v, p) == pytest.approx(2.0 + 0.5 * np.expm1(0.03 * 110.0), rel=1e-3)
    assert axes.get_xlim()[0] == 0.0


def test_a_changed_slope_gets_a_line_of_its_own_and_the_same_slope_none():
    weak, same, strong = (Relations(slope, 10.0, 0.5, 0.03, (0.0, 0.0)) for slope in (1.0, 1.05, 2.0))
    texts = [t.get_text().strip() for t in drawn([loop_on(weak), loop_on(same), loop_on(strong)]).texts]
    assert [t for t in texts if t.startswith("ESPVR")] == ["ESPVR 1 mmHg/mL", "ESPVR 2 mmHg/mL"]
    assert texts.count("EDPVR") == 1


def test_a_bench_without_a_model_has_loops_only():
    known = loop_on(Relations(2.0, 10.0, 0.5, 0.03, (0.0, 0.0)))
    axes = drawn([Loop("wired", known.volume_mL, known.pressure_mmHg, "#000000")])
    assert len(axes.get_lines()) == 1
    assert not axes.texts


def test_end_systole_is_where_the_line_touches_the_loop():
    volume = np.array([120.0, 120.0, 90.0, 60.0, 60.0, 120.0])
    pressure = np.array([10.0, 80.0, 110.0, 100.0, 8.0, 10.0])
    found = Relations(ees_mmHg_mL=2.0, v0_mL=10.0, a_mmHg=1.0, b_per_mL=0.02, outside_mmHg=(0.0, 0.0))
    assert found.end_systole(volume, pressure) == 3
    assert found.end_systole(volume, pressure - 1e9 * (volume < 70)) == 2


def test_the_diastolic_line_of_a_small_model_is_straight():
    settings = {"patient.lv_v0_mL": 10.0, "patient.lv_edpvr_a_mmHg": 3.5, "patient.lv_edpvr_b_per_mL": 0.0118}
    shown = {"lvv_mL": np.array([120.0, 60.0]), "lvp_mmHg": np.array([10.0, 100.0])}
    assert relations_of(settings, 2.0, shown, slice(None)) is None  # the full model has a pericardium, and it is not shown
    small = relations_of(settings | {"patient.model": "simaan-2009"}, 2.0, shown, slice(None))
    np.testing.assert_allclose(small.end_diastolic_mmHg(np.array([10.0, 110.0])), [0.0, 6.0])
