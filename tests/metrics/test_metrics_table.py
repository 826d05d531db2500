"""The table of metrics is the one place where they are declared."""

from pathlib import Path

import pytest

from cext.tables.metrics import Metric, beat_columns, markdown, metrics
from controller.metrics import STEADY_WITHIN, Context, balloon, beat_metrics, derived, flows, pressures, work

COMPUTED = work.METRICS | pressures.METRICS | flows.METRICS | balloon.METRICS | derived.METRICS
UNITS = {
    "bpm": "bpm", "pct": "%", "mL": "mL", "mmHg": "mmHg", "ms": "ms", "L_min": "L/min", "mL_min": "mL/min", "W": "W",
    "mmHg_s": None, "L_min_m2": "L/min/m2", "mmHg_mL": None, "dyn_s_cm5": "dyn·s/cm5", "erg_cm3": "erg/cm3",
}  # fmt: skip


def test_every_row_is_computed_and_everything_computed_has_a_row():
    assert set(metrics()) == set(COMPUTED)


def test_derived_rows_are_the_derived_functions():
    assert {m.name for m in metrics().values() if m.average == "derived"} == set(derived.METRICS)


def test_names_carry_their_units():
    for name, row in metrics().items():
        suffix = max((u for u in UNITS if name.endswith("_" + u)), key=len, default="")
        expected = UNITS.get(suffix, "")
        if expected is None:  # mmHg_s is a slope or an integral, mmHg_mL an elastance or a work
            assert row.unit.replace("/", "_").replace("·", "_") == suffix
        else:
            assert row.unit == expected, name


def test_steadiness_watches_metrics_that_exist():
    assert set(STEADY_WITHIN) <= set(metrics())


@pytest.mark.parametrize(
    ("value", "text"), [(1.25, "1.2"), (-0.04, "0.0"), (-3.14, "−3.1"), (None, "–"), (0.0, "0.0"), (1234.5, "1234.5")]
)
def test_numbers_for_people(value, text):
    assert Metric("x", "", "", "").text(value) == text


def test_recorded_columns_are_what_a_beat_says(heart):
    said = beat_metrics(heart([0.8]), Context()).as_dict()
    assert set(beat_columns()) | {"t_s", "tick"} == set(said)


def test_documentation_shows_the_table():
    """After a change of the table: python -m cext.tables.metrics, and put it into docs/metrics.md."""
    assert markdown() in (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
