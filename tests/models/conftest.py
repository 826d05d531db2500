"""A plant on either circulation model, with the model's own defaults."""

import tomllib
from pathlib import Path

import pytest

from cext.plant.model import PlantModel
from cext.tables.models import models

CONFIGS = Path(__file__).parents[2] / "configs"
STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}


def device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text())


@pytest.fixture(scope="session")
def plant():
    """`plant("simaan-2009", "impella-cp", lv_ees_mmHg_mL=1.0)`: settled, without variability and breath."""

    def make(model, pump=None, **patient):
        settings = {"patient.model": model, **models()[model].set, **STILL}
        settings |= {f"patient.{name}": value for name, value in patient.items()}
        return PlantModel(settings, pump=device(pump) if pump else None)

    return make
