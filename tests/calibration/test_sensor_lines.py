"""The straight line: what it is through one, two and more points, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.calibration.line import Refused, check_line, check_noise, check_zero, fit, zero_line

NUMBER = st.floats(-200.0, 200.0)


@given(
    gain=st.floats(0.5, 2.0), offset=NUMBER, references=st.lists(st.integers(-100, 300), min_size=2, max_size=8, unique=True)
)
def test_points_on_a_line_give_the_line_and_no_residual(gain, offset, references):
    readings = [(reference - offset) / gain for reference in references]
    found = fit(readings, references)
    assert found.gain == pytest.approx(gain, rel=1e-9) and found.offset == pytest.approx(offset, abs=1e-6)
    assert found.largest_residual < 1e-6


def test_residuals_are_reference_minus_calibrated_reading():
    readings, references = [0.0, 101.0, 199.0], [0.0, 100.0, 200.0]
    found = fit(readings, references)
    gain, offset = np.polyfit(readings, references, 1)
    assert found.gain == pytest.approx(gain) and found.offset == pytest.approx(offset)
    assert found.residuals == pytest.approx([y - (offset + gain * x) for x, y in zip(readings, references, strict=True)])


def test_a_zero_keeps_the_gain():
    line = zero_line(reading=4.0, reference=0.0, gain=0.97)
    assert (line.gain, line.offset) == (0.97, pytest.approx(-3.88))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: fit([1.0, 1.0], [5.0, 5.0]), "1 different reference: a line needs two or more"),
        (lambda: fit([1.0, 1.0001], [0.0, 100.0]), "look at sensor, stopcock and wiring"),
        (lambda: check_noise("aop_mmHg", 15.0, 350.0, "mmHg"), "is the line open to the loop instead of the reference?"),
        (lambda: check_noise("aop_mmHg", float("nan"), 350.0, "mmHg"), "is not still"),
        (lambda: check_zero("aop_mmHg", -40.0, 350.0, "mmHg"), r"a zero of -40 mmHg is refused, at most 35 mmHg"),
        (lambda: check_line("aop_mmHg", fit([0, 40], [0, 100]), [0, 100], "mmHg"), "a gain of 2.5 is refused"),
        (lambda: check_line("aop_mmHg", fit([0, 54, 100], [0, 50, 100]), [0, 50, 100], "mmHg"), "leave the line by up to 2.6"),
    ],
)
def test_what_cannot_be_a_calibration_is_refused_with_what_to_look_at(act, words):
    with pytest.raises(Refused, match=words):
        act()
