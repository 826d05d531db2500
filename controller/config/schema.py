"""JSON schemas of the configuration files, for editors (``mockloop schema``)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from controller.config.device import KINDS
from controller.config.load import MODELS


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) by kind of file: patient, pump_drive, bench, protocol, device-rotary-pump, device-balloon.

    They know keys, types and bounds; checks between keys, settings and files are `check`'s.
    """
    models: dict[str, type[BaseModel]] = {str(kind): model for kind, model in MODELS.items()}
    models.update((f"device-{kind}", model) for kind, model in KINDS.items())
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {kind: draft | model.model_json_schema() for kind, model in models.items()}
