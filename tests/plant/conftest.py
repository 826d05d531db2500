"""Device files, patients without variability, and a plant run until it has settled."""

import tomllib
from pathlib import Path

import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"


def read_device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text())


def read_patient(name, **also):
    values = tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"] | also
    return {f"patient.{k}": v for k, v in (values | {"sdnn_ms": 0.0, "breathing": "off"}).items()}


@pytest.fixture(scope="session")
def device():
    """`device("iabp-40")`: the file as read."""
    return read_device


@pytest.fixture(scope="session")
def patient():
    """`patient("healthy", blood_volume_delta_mL=-500.0)`: settings by path, without variability and breath."""
    return read_patient


@pytest.fixture(scope="session")
def on_ecmo():
    """`on_ecmo(settings, rpm, seconds=..., pump=None, **driven)`: 10 s of signals after `seconds`."""

    def run(settings, rpm, seconds=40.0, pump=None, **driven):
        model = PlantModel(settings, pump=pump)
        model.skip(seconds, ecmo_speed_rpm=rpm, ecmo_enable=1.0, **driven)
        return model.run(10.0, ecmo_speed_rpm=rpm, ecmo_enable=1.0, **driven)

    return run
