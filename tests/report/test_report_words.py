"""Numbers and limits in words."""

import pytest

from controller.report import words


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ({"low": 50, "high": 68, "unit": "mmHg"}, "50 to 68 mmHg"),
        ({"low": 1.5, "high": None, "unit": "L/min/m2"}, "≥ 1.5 L/min/m²"),
        ({"low": None, "high": -10, "unit": "mmHg", "judged_unit": "%", "relative_to": "baseline"}, "≤ −10 % against baseline"),
        ({"low": 20, "high": None, "unit": "mmHg", "relative_to": "baseline"}, "≥ +20 mmHg against baseline"),
        ({"low": -5, "high": 5, "unit": "%", "relative_to": "off"}, "−5 to +5 % against off"),
        (
            {"low": None, "high": 0, "unit": "mmHg", "relative_metric": "aop_systolic_mmHg"},
            "≤ 0 mmHg against aortic systolic pressure",
        ),
        (
            {"low": 0, "high": None, "unit": "mmHg", "relative_metric": "aop_systolic_mmHg", "relative_to": "baseline"},
            "≥ 0 mmHg against aortic systolic pressure of baseline",
        ),
    ],
)
def test_limits(limit, text):
    assert words.limit_words(limit).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0"), (12.3456, "12.35"), (-0.5, "−0.5"), (123456.0, "123456"), (18402.4, "18402")]
)
def test_numbers(value, text):
    assert words.number(value) == text


def test_measured_values_have_the_digits_of_the_table():
    assert words.measured("map_mmHg", 63.449).replace("\u00a0", " ") == "63.4 mmHg"
    assert words.measured("svr_dyn_s_cm5", 1034.6).replace("\u00a0", " ") == "1035 dyn·s/cm⁵"
    assert words.measured("papi", 1.256) == "1.26"
    assert words.measured("map_mmHg", None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (43.64, "43.6 s"), (125.2, "2 min 05 s"), (3 * 3600 + 125, "3 h 02 min")]
)
def test_durations(seconds, text):
    assert words.duration(seconds).replace("\u00a0", " ") == text


def test_rights():
    granted = [{"name": "timer slack", "granted": True, "reason": ""}, {"name": "FIFO", "granted": False, "reason": "EPERM"}]
    assert words.rights_words(granted, True) == "timer slack granted; FIFO refused (EPERM)"
    assert words.rights_words([], True) == "not reported"
    assert words.rights_words([], False) == "none asked for (virtual time)"


def test_difference_that_was_judged():
    limit = {"judged": 0.42719, "judged_unit": "L/min", "reference": 5.4}
    assert words.judged_words(limit).replace("\u00a0", " ") == "+0.427 L/min"
    assert words.judged_words({"judged": 60.0, "judged_unit": "mmHg", "reference": None}) == ""
