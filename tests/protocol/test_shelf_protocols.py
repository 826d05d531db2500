"""Every protocol on the shelf: it loads, its limits mean something, and it shows what it says, but for deviations we state.

The deviations are those of docs/validation.md: limits of the sources that this model misses. They are not widened; a
deviation that heals has to be taken out here and there.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from controller.api import run
from controller.config.experiment import load_experiment
from controller.config.find import available
from controller.config.plan import plan

PROTOCOLS = sorted(available("protocol"))
# (step, metric) that miss their limit.
DEVIATIONS = {
    "iabp-in-regurgitation": {("ar-iabp", "lvedv_mL")},
}
# One-sided limits that hold while nothing changes, on purpose: "does not fall", "no less than".
HOLDS = {
    "exercise-posture": {"aop_systolic_mmHg", "aop_diastolic_mmHg"},
    "haemorrhage": {"pump_flow_L_min"},
    "iabp-timing-errors": {"co_L_min", "lap_mean_mmHg"},
    "pci-occlusion": {"cpo_W"},
    "iabp-weaning": None,
    "impella-ramp": None,
}
VALIDATION = Path(__file__).parents[2] / "docs" / "validation.md"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_loads_with_a_plan_and_sources(name):
    protocol = load_experiment(name).protocol
    assert plan(protocol, load_experiment(name).settings.values_by_path).expected_s > 0.0
    assert protocol.protocol.name == name
    limits = [limit for step in protocol.steps for limit in step.expect]
    assert len(limits) >= 2
    assert all(len(limit.source) > 5 for limit in limits)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_device_without_effect_misses_limits(name):
    """A one-sided difference that a rig without any response would keep shows nothing."""
    allowed = HOLDS.get(name, set())
    if allowed is None:
        return
    for step in load_experiment(name).protocol.steps:
        for limit in step.expect:
            lows, highs = (limit.low, limit.low_pct), (limit.high, limit.high_pct)
            low, high = (next((v for v in ends if v is not None), None) for ends in (lows, highs))
            if not limit.is_relative or (low is not None and high is not None) or limit.metric in allowed:
                continue
            assert (low is not None and low > 0) or (high is not None and high < 0), (step.name, limit.metric)


def test_stated_deviations_are_in_the_documentation():
    text = VALIDATION.read_text(encoding="utf-8")
    for name, missed in DEVIATIONS.items():
        for step, metric in missed:
            assert re.search(rf"`{name}`.*`{step}`.*`{metric}`", text), (name, step, metric)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    done = {}

    def get(name):
        if name not in done:
            done[name] = run(name, out=tmp_path_factory.mktemp("shelf") / name)
        return done[name]

    return get


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*PROTOCOLS} - {"recorded-patient"}))  # that one is tested with records
def test_shows_what_it_says_in_virtual_time(name, ran):
    outcome = ran(name)
    missed = {
        (step["name"], limit["metric"])
        for step in outcome.summary["steps"]
        for limit in step["limits"]
        if limit["verdict"] != "pass"
    }
    assert missed == DEVIATIONS.get(name, set())
    assert outcome.result.verdict == ("FAIL" if missed else "PASS")


@pytest.mark.slow
def test_timing_errors_are_named_by_the_audit(ran):
    from controller.audit import audit
    from controller.signals import read_signals

    outcome = ran("iabp-timing-errors")
    found = audit(read_signals([outcome.folder], None))
    for step in outcome.summary["steps"]:
        start_s = step["window"]["start_s"]
        end_s = start_s + step["window"]["duration_s"]
        labels = Counter(beat.label for beat in found.beats if start_s <= beat.t_s < end_s)
        del labels["unassisted"]
        expected = step["name"].replace("-", " ")
        assert labels[expected] >= 0.8 * labels.total(), (step["name"], labels)
