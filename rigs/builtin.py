"""Factories of the rigs that come with mockloop; the compiled modules are imported when one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cext.rig import Rig
from rigs.registry import register


@register("virtual")
def virtual(
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], devices: Mapping[str, Any], seed: int, period_s: float
) -> Rig:
    """A virtual patient with virtual sensors and actuators."""
    from rigs.virtual import VirtualRig

    return VirtualRig(inputs, outputs, devices, seed, period_s)


@register("faulty")
def faulty(
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], devices: Mapping[str, Any], seed: int, period_s: float
) -> Rig:
    """The virtual rig with a door for faults; `FaultyRig` wraps any other rig the same way."""
    from rigs.faulty import FaultyRig

    return FaultyRig(virtual(inputs, outputs, devices, seed, period_s), seed, period_s)
