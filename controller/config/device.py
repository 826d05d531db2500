"""A device file: the numbers of a rotary pump or a balloon, each with its unit in the key (configs/devices/*.toml).

The equations that these numbers enter are in cext/plant: rotary_pump.pxd, motor.pxd, balloon.pxd, pneumatics.pxd.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cext.tables.load import settings
from controller.config.errors import Fault, nearest
from controller.config.limits import band_faults
from controller.config.model import Line, Strict, Text, Word, refuse
from controller.config.rooted import Header, Rooted

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Rpm = Annotated[float, Field(ge=0.0, le=100_000.0)]
BY_SPEED = "by-speed"  # the word of pump.level that follows pump.speed_rpm; no device has it as a level


class DeviceHeader(Header):
    """`kind` says which tables follow; `source` where the numbers are from."""

    name: Word
    kind: Literal["rotary-pump", "balloon"]
    title: Line
    description: Text = ""
    source: Text


class Head(Strict):
    """H = shutoff·(N/N0)² − k·Q|Q| at the design point N0 = `speed_rpm`, Q0 = `flow_L_min`; `stopped_*` is k at standstill."""

    shutoff_mmHg: Positive
    speed_rpm: Annotated[float, Field(gt=0.0, le=100_000.0)]
    flow_L_min: Positive
    stopped_mmHg_s2_mL2: Positive
    inertance_mmHg_s2_mL: Positive


class Motor(Strict):
    """Rotor and drive: J·dω/dt = K_t·I − B·ω − (c_w·ω² + c_q·ω·Q), behind a speed loop with its limits."""

    inertia_kg_m2: Positive
    torque_N_m_A: Positive
    friction_N_m_s: NotNegative
    disc_friction_N_m_s2: NotNegative
    flow_torque_N_m_s_mL: NotNegative
    bandwidth_hz: Annotated[float, Field(gt=0.0, le=100.0)]
    current_limit_A: Positive
    acceleration_rpm_s: Positive


class Performance(Strict):
    """One level: its speed, and the flow the maker states for it at the head that the file's source names."""

    speed_rpm: Rpm
    flow_low_L_min: float | None = None
    flow_high_L_min: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(band_faults("flow_low_L_min", self.flow_low_L_min, "flow_high_L_min", self.flow_high_L_min))
        return self


class SafeSpeed(Strict):
    """What the pump is given after a trip and while armed, and why that is the safe thing."""

    speed_rpm: Rpm
    why: Line


class RotaryPump(Rooted):
    """A rotary pump and its drive. Keys of `levels` are words of the setting ``pump.level``."""

    device: DeviceHeader
    head: Head
    motor: Motor
    levels: dict[str, Performance] = Field(min_length=1)
    safe: SafeSpeed

    @property
    def speed_range_rpm(self) -> tuple[float, float]:
        """Lowest and highest speed of its levels, standstill aside."""
        speeds = [level.speed_rpm for level in self.levels.values() if level.speed_rpm > 0.0]
        return (min(speeds), max(speeds)) if speeds else (0.0, 0.0)

    def own_faults(self) -> list[Fault]:
        known = [word for word in settings()["pump.level"].choices if word != BY_SPEED]
        found = [
            Fault(("levels", name), "unknown level", ", ".join(known), nearest(name, known))
            for name in self.levels
            if name not in known
        ]
        low, high = self.speed_range_rpm
        if high == 0.0:
            found.append(Fault(("levels",), "has no level at which the pump turns"))
        elif self.safe.speed_rpm != 0.0 and not low <= self.safe.speed_rpm <= high:
            found.append(Fault(("safe", "speed_rpm"), "is no speed of this pump", f"0, or {low:g} to {high:g} rpm"))
        return found


class Chamber(Strict):
    """The balloon: slack between `low_mL` and `nominal_mL`, stiff beyond both."""

    nominal_mL: Annotated[float, Field(gt=0.0, le=100.0)]
    low_mL: Positive
    stiffness_full_mmHg_mL: Positive
    stiffness_empty_mmHg_mL: Positive


class GasLine(Strict):
    """Gas path from the console to the balloon."""

    gas: Literal["helium", "co2"]
    resistance_mmHg_s_mL: Positive
    dead_volume_mL: Positive


class Valve(Strict):
    """ISO 6358: sonic conductance for air, and critical pressure ratio."""

    conductance_dm3_s_bar: Positive
    critical_ratio: Annotated[float, Field(gt=0.0, lt=0.9)]


class Reservoir(Strict):
    """A gas reservoir that a regulator keeps at `pressure_mmHg` (gauge)."""

    pressure_mmHg: Annotated[float, Field(gt=-700.0, le=2000.0)]
    volume_mL: Positive
    regulator_ms: Positive


class Balloon(Rooted):
    """An intra-aortic balloon with its pneumatic drive."""

    device: DeviceHeader
    balloon: Chamber
    line: GasLine
    pressure_valve: Valve
    vacuum_valve: Valve
    pressure: Reservoir
    vacuum: Reservoir

    def own_faults(self) -> list[Fault]:
        found = []
        if self.balloon.low_mL >= self.balloon.nominal_mL:
            allowed = f"less than nominal_mL = {self.balloon.nominal_mL:g}"
            found.append(Fault(("balloon", "low_mL"), "is not below the nominal volume", allowed))
        if self.vacuum.pressure_mmHg >= 0.0:
            found.append(Fault(("vacuum", "pressure_mmHg"), "is no vacuum", "less than 0 (gauge)"))
        if self.pressure.pressure_mmHg <= 0.0:
            found.append(Fault(("pressure", "pressure_mmHg"), "is no pressure to inflate with", "more than 0 (gauge)"))
        return found


Device = RotaryPump | Balloon
KINDS: dict[str, type[RotaryPump] | type[Balloon]] = {"rotary-pump": RotaryPump, "balloon": Balloon}
