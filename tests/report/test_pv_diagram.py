"""The end-systolic and the end-diastolic line of the pressure-volume diagram lie where the loop touches them."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from controller.report import pv_diagram
from controller.report.pv_diagram import Loop, Relations


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
