"""What a bench can offer and a protocol require, and what each capability needs of a bench's channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from controller.config.errors import Fault
from controller.config.model import refuse
from controller.config.nearest import nearest


@dataclass(frozen=True, slots=True)
class Capability:
    """`settings` is the group of settings that has no effect without it ("": there is none); `inputs` and `outputs` are channels it needs.

    `one_of`: inputs of which it needs one at least. `limited`: inputs that it acts on and that, where a bench has them on
    wires, must declare trip_high.
    """

    description: str
    settings: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()


CAPABILITIES: dict[str, Capability] = {
    "patient-model": Capability("a virtual patient: patient.* settings, plant.* signals", "patient"),
    "iabp": Capability(
        "a balloon pump, triggered and driven",
        "iabp",
        inputs=("aop_mmHg",),
        outputs=("valve_pressure", "valve_vacuum"),
        one_of=("ecg_mV", "sync"),
        limited=("aop_mmHg", "balloon_pressure_mmHg"),
    ),
    "impella": Capability(
        "a left rotary pump with its drive",
        "pump",
        outputs=("pump_speed_rpm", "pump_enable"),
        limited=("pump_current_A",),
    ),
    "impella-rp": Capability("a right rotary pump with its drive", "rpump", outputs=("rpump_speed_rpm", "rpump_enable")),
    "generator": Capability("ECG, and pressure, put out for a console under test", "", outputs=("ecg_mV",)),
    "ecmo": Capability(
        "a veno-arterial ECMO circuit", "ecmo", inputs=("ecmo_flow_L_min",), outputs=("ecmo_speed_rpm", "ecmo_enable")
    ),
}

# What each iabp.trigger listens to; the internal one needs nothing.
TRIGGER_INPUTS: dict[str, str] = {
    "ecg": "ecg_mV",
    "afib": "ecg_mV",
    "pacer-v": "ecg_mV",
    "pacer-a": "ecg_mV",
    "pacer-av": "ecg_mV",
    "pressure": "aop_mmHg",
    "sync": "sync",
}

# What `run` refuses at arming unless the protocol names it in `override`.
OVERRIDES: dict[str, str] = {
    "iabp-in-ar": "balloon counterpulsation in a patient with aortic regurgitation",
}


def needed_by(path: str) -> str:
    """The capability without which the setting `path` has no effect; ``""`` if it needs none."""
    group = path.partition(".")[0]
    return next((name for name, capability in CAPABILITIES.items() if capability.settings == group), "")


def twice(key: str, names: tuple[str, ...]) -> list[Fault]:
    """Faults of a list of names: the ones that were there already."""
    return [Fault((key, i), "is given twice") for i, name in enumerate(names) if name in names[:i]]


def _capability(name: str) -> str:
    if name not in CAPABILITIES:
        refuse([Fault((), "unknown capability", ", ".join(CAPABILITIES), nearest(name, CAPABILITIES))])
    return name


def _override(name: str) -> str:
    if name not in OVERRIDES:
        refuse([Fault((), "unknown override", ", ".join(OVERRIDES), nearest(name, OVERRIDES))])
    return name


CapabilityName = Annotated[str, AfterValidator(_capability)]
OverrideName = Annotated[str, AfterValidator(_override)]
