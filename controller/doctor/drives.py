"""The drives of a bench: asked for their registers, never told anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from controller.config.drives import drive_tables
from controller.doctor.finding import Finding

if TYPE_CHECKING:
    from controller.config.experiment import Experiment

ASKED = 10  # times, for the turnaround
PATIENCE_S = 1.0


def drives(experiment: Experiment) -> Iterator[Finding]:
    """One finding a configured drive: whether it answers, how fast, what its status says.

    A simulated drive of the bench itself is there with the run only, and is not asked.
    """
    from rigs.modbus.description import Description
    from rigs.modbus.port import BusError, Connection, Port
    from rigs.modbus.registers import blocks

    for name, table in experiment.bench.drives.items():
        if table.simulated:
            yield Finding(f"drive {name}", "ok", "SIMULATED: the bench brings it along and starts it with the run")
            continue
        what = Description.of(drive_tables(experiment)[name]["file"])
        connection = Connection(
            table.unit,
            table.tcp,
            table.serial,
            table.baud or what.baud,
            table.parity or what.parity,
            table.stop_bits or what.stop_bits,
        )
        port = Port(connection, PATIENCE_S)
        title = f"drive {name}"
        try:
            port.open()
            took_s = []
            status = 0
            for _ in range(ASKED):
                began_s = time.monotonic()
                for block in blocks(what.read):
                    words = port.read(block.address, block.count)
                    for key, register in block.registers:
                        if key == "status":
                            status = words[register.address - block.address]
                took_s.append(time.monotonic() - began_s)
        except BusError as error:
            advice = "power, cable, address and port of the drive; unit, baud and parity in the bench file (docs/drives.md)"
            yield Finding(title, "fail", str(error), advice)
            continue
        finally:
            port.close()
        turnaround_s = sorted(took_s)[ASKED // 2]
        text = f"{what.name} at {connection} answers in {turnaround_s * 1e3:.1f} ms, status 0x{status:04X}"
        if what.fault.holds(status):
            yield Finding(title, "fail", f"{text}: fault", "read the drive's display, remove the cause, reset")
        elif turnaround_s > what.turnaround_s:
            advice = "a slower bus is asked less often; look at baud rate and what else is on the line"
            yield Finding(title, "warn", f"{text}; its file says {what.turnaround_s * 1e3:g} ms", advice)
        else:
            yield Finding(title, "ok", text)
