"""What 'did you mean' says, and above all where it says nothing."""

import pytest

from cext.tables.load import settings
from cext.tables.metrics import metrics
from controller.config.nearest import nearest, nearest_path


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("helthy", ["cardiogenic-shock", "healthy"], "healthy"),
        ("iabp-weening", ["iabp-weaning", "impella-ramp"], "iabp-weaning"),
        ("titel", ["name", "title"], "title"),  # swapped neighbours are one slip
        ("SINUS", ["sinus", "af"], "sinus"),
        ("shock", ["cardiogenic-shock", "healthy"], "cardiogenic-shock"),
        ("map", list(metrics()), "map_mmHg"),
    ],
)
def test_a_slip_of_the_pen_is_put_right(typed, known, meant):
    assert nearest(typed, known) == meant


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("elephant", ["cardiogenic-shock", "healthy"]),
        ("foo", ["out", "fast", "seed"]),
        ("on", ["sinus", "af", "paced"]),
        ("1:9", ["1:1", "1:2", "1:8"]),  # another number is no slip
        ("P-9", ["P-0", "P-8"]),
        ("impella-4.0", ["impella-2.5", "impella-5.0"]),
        ("shock", ["septic-shock", "cardiogenic-shock"]),  # two of them: nobody knows which
        ("x", ["y"]),
        ("", ["a", "ab"]),
    ],
)
def test_where_nothing_is_near_nothing_is_said(typed, known):
    assert nearest(typed, known) == ""


def test_a_path_is_looked_for_in_other_groups_where_only_one_has_it():
    paths = list(settings())
    assert nearest_path("hr_bpm", paths) == nearest_path("iabp.hr_bpm", paths) == "patient.hr_bpm"
    assert nearest_path("iabp.enable", paths) == "iabp.enabled"
    assert nearest_path("pump.enabled", paths) == ""  # iabp.enabled and ecmo.enabled: neither is a left pump's
    assert nearest_path("patient.foo", paths) == ""  # a group in common is not nearness
