"""The same tests on any bench: `pytest hil_tests --rig NAME|FILE` (docs/testing-a-bench.md)."""

from importlib.metadata import entry_points

import pytest

if not entry_points(group="pytest11", name="mockloop"):  # a checkout that was compiled, but not installed
    pytest_plugins = ["controller.testing.plugin"]


@pytest.fixture
def failing_heart(rig):
    """A heart that needs support: the shock patient where there is a patient model; elsewhere the loop is set up by hand."""
    return rig.prepare(patient="cardiogenic-shock") if "patient-model" in rig.offers else rig


@pytest.fixture
def outputs(rig):
    """Channel names of what the bench drives, with their rows in the bench file."""
    return rig.choice.bench.outputs


@pytest.fixture
def declared(rig):
    """declared("safe") -> {signal path: value}: the values that the bench declares, "device" filled in from the fitted pump."""

    def values(word):
        return {f"out.{name}": row[word] for name, row in rig.experiment.outputs.items()}

    return values
