"""A patient file: what it changes in the healthy adult, and what it must show (configs/patients/*.toml)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from controller.config.limits import MustShow
from controller.config.model import Line, Many, Text, Word
from controller.config.rooted import Header, Rooted
from controller.config.settings import PatientSettings


class PatientHeader(Header):
    """Name and title, and the ranges this patient must show at rest without a device, each with its source."""

    name: Word
    title: Line
    description: Text = ""
    source: Text = ""
    must_show: Many[MustShow] = ()


class Patient(Rooted):
    """Overrides of ``patient.*`` on the healthy set. Keys of `set` are full paths (``patient.hr_bpm``)."""

    patient: PatientHeader
    set: PatientSettings = Field(default_factory=dict[str, Any])
