"""The NI-DAQ driver and the cards that it sees; with a bench, those that the bench wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from controller.doctor.finding import Finding

if TYPE_CHECKING:
    from controller.config.bench import Bench


def cards(bench: Bench | None) -> Iterator[Finding]:
    """A missing driver is a failure only where the bench needs one."""
    needs = bench is not None and bench.bench.rig == "nidaq"
    try:
        from rigs.nidaq.driver import loaded

        driver = loaded()
    except OSError as error:
        text, _, advice = str(error).partition(": ")
        yield Finding(
            "NI-DAQ driver", "fail" if needs else "ok", text, advice if needs else "needed for benches with rig = nidaq only"
        )
        return
    if driver.simulated:
        advice = "take the stand-in out of LD_LIBRARY_PATH" if needs else ""
        yield Finding("NI-DAQ driver", "fail" if needs else "ok", f"{driver.name} is the SIMULATED stand-in", advice)
        return
    from nidaqmx.errors import Error
    from nidaqmx.system import System

    try:
        system = System.local()
        version = system.driver_version
        yield Finding(
            "NI-DAQ driver", "ok", f"NI-DAQmx {version.major_version}.{version.minor_version}.{version.update_version}"
        )
        found = {device.name: f"{device.product_type}, serial {device.serial_num:X}" for device in system.devices}
    except Error as error:
        yield Finding(
            "NI-DAQ driver", "fail", str(error).partition("\n")[0], "restart the driver's services, or install it again"
        )
        return
    for name, text in found.items():
        yield Finding(f"card {name}", "ok", text)
    wanted = _devices(bench) if needs and bench is not None else set()
    for name in sorted(wanted - set(found)):
        yield Finding(
            f"card {name}", "fail", "is named by the bench, and not there", "rename the card in NI MAX, or in the bench file"
        )


def _devices(bench: Bench) -> set[str]:
    wires = [row.wire for row in bench.inputs.values()] + [row.wire for row in bench.outputs.values()]
    return {wire.place.device for wire in wires if wire is not None and wire.place is not None}
