"""A device file: the numbers of a rotary pump or a balloon, each with its unit in the key (configs/devices/*.toml).

The equations that these numbers enter are in cext/plant: rotary_pump.pxd, motor.pxd, balloon.pxd, pneumatics.pxd.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from cext.tables.load import settings
from controller.config.errors import Fault
from controller.config.model import Line, Many, Range, Strict, Text, Word
from controller.config.nearest import nearest
from controller.config.rooted import Header, Rooted

Positive = Annotated[float, Field(gt=0.0)]
Rpm = Annotated[float, Field(ge=0.0, le=100_000.0)]
AUTO = "auto"  # ramps to the most that gives no suction; every device with levels has it
BY_SPEED = "by-speed"  # the word of pump.level that follows pump.speed_rpm; no device has it as a level


class DeviceHeader(Header):
    """`kind` says which tables follow; `source` where the numbers are from."""

    name: Word
    kind: Literal["rotary-pump", "balloon"]
    title: Line
    description: Text = ""
    source: Line


class FlowCurve(Strict):
    """Flow against head at one speed, Q = a + b·ΔP − c·ΔP² on its falling branch."""

    speed_rpm: Annotated[float, Field(gt=0.0, le=100_000.0)]
    a_mL_s: Positive
    b_mL_s_mmHg: Positive
    c_mL_s_mmHg2: Positive


NEEDED = {
    "affinity": ("shutoff_head_mmHg", "reference_flow_L_min"),
    "linear": ("shutoff_head_mmHg", "resistance_mmHg_s_mL"),
    "curve": ("curves",),
}


class HeadFlow(Strict):
    """Head against flow. `law`:

    affinity  H = H0·((N/N0)² − sgn(Q)·(Q/Q0)²): H0 shut-off head, N0 and Q0 reference speed and flow
    linear    H = H0·(N/N0)² − R·Q: R pump and cannulae together
    curve     Q = a + b·ΔP − c·ΔP² at the reference speeds of `curves`, rising, other speeds by affinity

    `stopped_mmHg_s2_mL2` is k of the pump at standstill, an open tube: Q = −√(ΔP/k).
    """

    law: Literal["affinity", "linear", "curve"] = "affinity"
    shutoff_head_mmHg: Positive | None = None
    reference_speed_rpm: Annotated[float, Field(gt=0.0, le=100_000.0)]
    reference_flow_L_min: Positive | None = None
    resistance_mmHg_s_mL: Positive | None = None
    curves: Many[FlowCurve] = ()
    inertance_mmHg_s2_mL: Positive
    stopped_mmHg_s2_mL2: Positive


class Motor(Strict):
    """Rotor and drive: J·dω/dt = K_t·I − B·ω − (c_w·ω² + c_q·ω·Q), behind a speed loop with its limits."""

    maximum_speed_rpm: Annotated[float, Field(gt=0.0, le=100_000.0)]
    inertia_kg_m2: Positive
    torque_constant_Nm_A: Positive
    friction_Nm_s: Positive
    load_speed_Nm_s2: Positive
    load_flow_Nm_s_mL: Positive
    bandwidth_Hz: Annotated[float, Field(gt=0.0, le=100.0)]
    maximum_current_A: Positive
    acceleration_rpm_s: Positive


class SafeSpeed(Strict):
    """What the pump is given while armed and after a trip, and why that is the safe thing."""

    speed_rpm: Rpm
    reason: Line


class TimeLimits(Strict):
    """How long the device, its boost and its AUTO may be used, by its labelling."""

    shock_days: Positive | None = None
    pci_hours: Positive | None = None
    boost_minutes: Positive | None = None
    auto_hours: Positive | None = None
    source: Line

    def hours(self, indication: str) -> float | None:
        """How long the pump may support, used for what ``pump.indication`` says; None: nothing is stated."""
        if indication == "high-risk-pci" and self.pci_hours is not None:
            return self.pci_hours
        return 24.0 * self.shock_days if self.shock_days is not None else None

    @property
    def boost_s(self) -> float | None:
        return 60.0 * self.boost_minutes if self.boost_minutes is not None else None

    @property
    def auto_s(self) -> float | None:
        return 3600.0 * self.auto_hours if self.auto_hours is not None else None


class Placement(Strict):
    """The placement signal of a catheter pump: the pressure at its outlet, or that across it; none: it is sewn in."""

    signal: Literal["outlet-pressure", "differential", "none"] = "outlet-pressure"


class Access(Strict):
    """How it gets in: the width of what stays in the femoral artery, in French (3 Fr are 1 mm). Not given, nothing does."""

    femoral_fr: Annotated[float, Field(gt=0.0, le=30.0)]
    source: Line


class Haemolysis(Strict):
    """Where the pump shears the blood most: rotor, gap, and how long the blood is in it. Assumptions for ranking only."""

    rotor_mm: Positive
    gap_mm: Positive
    path_mm: Positive
    source: Line


@dataclass(frozen=True, slots=True)
class Performance:
    """One level of a pump: speed, and the flow that the maker states (None: none stated)."""

    speed_rpm: float
    flow_L_min: tuple[float, float] | None


class RotaryPump(Rooted):
    """A rotary pump and its drive. Keys of `levels_rpm` and `flow_bands_L_min` are words of the setting ``pump.level``."""

    device: DeviceHeader
    levels_rpm: dict[str, Rpm] = Field(min_length=1)
    flow_bands_L_min: dict[str, Range] = Field(default_factory=dict)
    safe: SafeSpeed
    limits: TimeLimits | None = None
    placement: Placement = Placement()
    haemolysis: Haemolysis | None = None
    access: Access | None = None
    head_flow: HeadFlow
    motor: Motor

    @property
    def levels(self) -> dict[str, Performance]:
        """Every level with its speed and flow band."""
        return {name: Performance(rpm, self.flow_bands_L_min.get(name)) for name, rpm in self.levels_rpm.items()}

    @property
    def speed_range_rpm(self) -> tuple[float, float]:
        """Lowest and highest speed of its levels, standstill aside; (0, 0) if no level turns."""
        speeds = [rpm for rpm in self.levels_rpm.values() if rpm > 0.0]
        return (min(speeds), max(speeds)) if speeds else (0.0, 0.0)

    def own_faults(self) -> list[Fault]:
        known = [word for word in settings()["pump.level"].choices if word not in (BY_SPEED, AUTO)]
        low, high = self.speed_range_rpm
        found = [
            Fault(("levels_rpm", name), "unknown level", ", ".join(known), nearest(name, known))
            for name in self.levels_rpm
            if name not in known
        ]
        law = self.head_flow.law
        found += [
            Fault(("head_flow", key), f"is required by law = {law!r} and missing", missing=True)
            for key in NEEDED[law]
            if not getattr(self.head_flow, key)
        ]
        speeds = [row.speed_rpm for row in self.head_flow.curves]
        if len(speeds) > 4:
            found.append(Fault(("head_flow", "curves"), f"has {len(speeds)} rows", "at most 4"))
        if any(b <= a for a, b in pairwise(speeds)):
            found.append(Fault(("head_flow", "curves"), "does not rise in speed", "each speed_rpm above the one before"))
        if high == 0.0:
            found.append(Fault(("levels_rpm",), "has no level at which the pump turns"))
        for name, rpm in self.levels_rpm.items():
            if rpm > self.motor.maximum_speed_rpm:
                allowed = f"at most motor.maximum_speed_rpm = {self.motor.maximum_speed_rpm:g}"
                found.append(Fault(("levels_rpm", name), "is faster than the motor", allowed))
        for name, band in self.flow_bands_L_min.items():
            if name not in self.levels_rpm:
                allowed = ", ".join(self.levels_rpm)
                found.append(
                    Fault(("flow_bands_L_min", name), "is no level of this pump", allowed, nearest(name, self.levels_rpm))
                )
            if band[0] > band[1]:
                found.append(Fault(("flow_bands_L_min", name), "does not rise", "[low, high] with low <= high"))
        if high > 0.0 and self.safe.speed_rpm != 0.0 and not low <= self.safe.speed_rpm <= high:
            found.append(Fault(("safe", "speed_rpm"), "is no speed of this pump", f"0, or {low:g} to {high:g} rpm"))
        return found


class Membrane(Strict):
    """The balloon: slack between `residual_mL` and `nominal_mL`, stiff beyond both.

    `narrowing_at_50_mL` is the share of the aorta's width that 50 mL take up; resistance goes with 1/(1 − share)⁴.
    """

    nominal_mL: Annotated[float, Field(gt=0.0, le=60.0)]
    residual_mL: Positive
    stiffness_full_mmHg_mL: Positive
    stiffness_empty_mmHg_mL: Positive
    narrowing_at_50_mL: Annotated[float, Field(gt=0.0, lt=1.0)]


class Pneumatics(Strict):
    """Reservoirs (gauge), ISO 6358 valves (sonic conductance), safety chamber, and the gas path to the balloon.

    `full_at_mmHg`: aortic pressure up to which the gas suffices for the whole volume; with the volumes it gives the stroke of
    the chamber's membrane. `lumen_turbulent_mmHg_s2_mL2` is for air: the gas is the setting ``iabp.gas``.
    """

    pressure_mmHg: Annotated[float, Field(gt=0.0, le=2000.0)]
    vacuum_below_atmosphere_mmHg: Annotated[float, Field(gt=0.0, lt=760.0)]
    pressure_valve_dm3_s_bar: Positive
    vacuum_valve_dm3_s_bar: Positive
    critical_ratio: Annotated[float, Field(gt=0.0, lt=0.9)]
    drive_volume_mL: Positive
    dead_volume_mL: Positive
    full_at_mmHg: Positive
    lumen_resistance_mmHg_s_mL: Positive
    lumen_turbulent_mmHg_s2_mL2: Positive
    regulator_ms: Positive
    reservoir_mL: Positive


class Balloon(Rooted):
    """An intra-aortic balloon with its pneumatic drive."""

    device: DeviceHeader
    balloon: Membrane
    drive: Pneumatics
    access: Access | None = None

    def own_faults(self) -> list[Fault]:
        if self.balloon.residual_mL < self.balloon.nominal_mL:
            return []
        allowed = f"less than nominal_mL = {self.balloon.nominal_mL:g}"
        return [Fault(("balloon", "residual_mL"), "is not below the nominal volume", allowed)]


Device = RotaryPump | Balloon
KINDS: dict[str, type[RotaryPump] | type[Balloon]] = {"rotary-pump": RotaryPump, "balloon": Balloon}
