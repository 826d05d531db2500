"""Factories of the rigs that come with mockloop; the compiled modules are imported when one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cext.rig import Rig
from rigs.registry import register

Rows = Mapping[str, Any]


@register("virtual")
def virtual(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """A virtual patient with virtual sensors and actuators."""
    from rigs.virtual import VirtualRig

    return VirtualRig(inputs, outputs, devices, seed, period_s)


@register("faulty")
def faulty(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """The virtual rig with a door for faults; `FaultyRig` wraps any other rig the same way."""
    from rigs.faulty import FaultyRig

    return FaultyRig(virtual(inputs, outputs, devices, seed, period_s, tables), seed, period_s)


@register("nidaq")
def nidaq(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """NI-DAQ cards through the vendor's driver. Raises OSError where there is none."""
    from rigs.nidaq.driver import real
    from rigs.nidaq.rig import NidaqRig
    from rigs.nidaq.wiring import wiring

    return _with_drives(NidaqRig(wiring(inputs, outputs, tables), real(), period_s), _drives(inputs, outputs, tables, period_s))


@register("simulated-wires")
def simulated_wires(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """The same rig on the stand-in driver, drives that are simulated, and the virtual patient on the other end of the wires."""
    from rigs.nidaq.rig import NidaqRig
    from rigs.nidaq.wiring import wiring
    from rigs.simdaq.bench import SimulatedBench
    from rigs.simdaq.loading import load
    from rigs.simdaq.wires import SimulatedWires

    driver, wires = load(), wiring(inputs, outputs, tables)
    drives = _drives(inputs, outputs, tables, period_s)
    plant: Rig = virtual(inputs, outputs, devices, seed, period_s, tables)
    if tables.get("loopback"):
        from rigs.loopback import LoopbackRig

        plant = LoopbackRig(inputs, outputs)
    bench = SimulatedBench(driver, wires, plant, period_s, drives=drives)
    return _with_drives(SimulatedWires(NidaqRig(wires, driver, period_s), bench, period_s), drives)


@register("loopback")
def loopback(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """ECG and pressure outputs on the bench's own inputs, without wires."""
    from rigs.loopback import LoopbackRig

    return LoopbackRig(inputs, outputs)


@register("recording")
def recording(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """A record played as inputs: its samples come in the table ``recording``, read and resampled by the caller."""
    from rigs.recorded import RecordedRig

    played = tables.get("recording")
    if not played:
        raise OSError(
            "the rig 'recording' has no record to play: name one with --recording, or as recording.record in the bench"
        )
    return RecordedRig(
        played["values"], played["inputs"], outputs, period_s, loop=played["loop"], stop_chain="estop" in inputs,
        about=played["about"],
    )  # fmt: skip


@register("modbus")
def modbus(inputs: Rows, outputs: Rows, devices: Rows, seed: int, period_s: float, tables: Rows) -> Rig:
    """Pump drives on Modbus and nothing else: every channel that exists is wired to a drive."""
    from rigs.composite import CompositeRig

    return CompositeRig(None, _drives(inputs, outputs, tables, period_s))


def _drives(inputs: Rows, outputs: Rows, tables: Rows, period_s: float) -> list[Any]:
    if not tables.get("drives"):
        return []
    from rigs.modbus.bench import bus_devices

    return bus_devices(inputs, outputs, tables, period_s)


def _with_drives(rig: Rig, drives: list[Any]) -> Rig:
    from rigs.composite import CompositeRig

    return CompositeRig(rig, drives) if drives else rig
