"""`mockloop simulate`: the virtual rig run in virtual time until it is steady, then measured."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cext.tables.load import Value
from cext.tables.models import CHOICE, FULL
from controller.metrics import Agreement, BeatMetrics, Rhythm, Window, rhythm_of, steady, whole_groups, window
from controller.session.assemble import assemble
from controller.session.contraindication import contraindications
from controller.session.errors import SessionEnded
from controller.session.session import Session, Slice
from controller.version import version

if TYPE_CHECKING:
    from controller.config.experiment import Experiment

LONGEST_S = 600.0
KEPT_BEATS = 2000
FITTED = ("pump.device", "rpump.device")
SWITCHED = ("iabp.enabled", "ecmo.enabled")


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the virtual rig showed. `window` holds the means over the last beats; `agreement` says how steady they were.

    `settings`: what differs from the defaults; `values`: all settings in force. `frames`: the last beats at full rate,
    structured array with a field per signal path, or None. `chosen`: what was set of the patient by hand, in words.
    """

    patient: str
    settings: Mapping[str, Value]
    seed: int
    window: Window
    beats: list[BeatMetrics]
    agreement: Agreement
    settled_s: float
    warnings: list[str]
    tripped: tuple[str, ...]
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    frames: npt.NDArray[np.void] | None = field(default=None, repr=False)
    model: str = FULL
    chosen: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``mockloop simulate --json``."""
        return {
            "patient": self.patient,
            "model": self.model,
            "settings": dict(self.settings),
            "seed": self.seed,
            "version": version(),
            "metrics": self.window.values,
            "sd": self.window.sd,
            "uncertainty": self.window.uncertainty,
            "reasons": self.window.reasons,
            "steady": self.agreement.steady,
            "steadiness": str(self.agreement),
            "settled_s": self.settled_s,
            "warnings": self.warnings,
            "tripped": list(self.tripped),
        }


def settle(
    experiment: Experiment, *, seed: int = 1, settle_s: float = 60.0, beats: int = 20, frames_s: float = 0.0
) -> Simulated:
    """Settles the virtual rig for at least `settle_s`, at most 600 s, until successive windows agree; then measures `beats`.

    frames_s: so much of the end is kept at full rate.
    """
    session = assemble(experiment, seed=seed)
    patient = experiment.patient.patient.name if experiment.patient else "none"
    changed = {path: entry.value for path, entry in experiment.settings.changed.items()}
    try:
        found = asyncio.run(_settle(session, patient, changed, seed, settle_s, beats, frames_s))
        model, left_out = experiment.settings.model, experiment.settings.left_out
        said = [f"the patient {patient} has no place in the model {model.name} for {', '.join(left_out)}"] if left_out else []
        return replace(found, model=model.name, chosen=_chosen(experiment), warnings=[*found.warnings, *said])
    finally:
        session.close()


async def _settle(
    session: Session, patient: str, changed: Mapping[str, Value], seed: int, settle_s: float, count: int, frames_s: float
) -> Simulated:
    warned = contraindications(session.values())
    await session.open()
    if supported(session.values()):
        await session.arm(override=warned)
        await session.start()
    rhythm = rhythm_of(session.values())
    kept: deque[BeatMetrics] = deque(maxlen=KEPT_BEATS)
    begin_s = session.t_s
    agreement = steady([], rhythm)
    fresh = 0
    tripped: tuple[str, ...] = ()
    last: deque[npt.NDArray[np.void]] = deque()

    async def advance() -> Slice:
        slice_ = await session.advance()
        if frames_s > 0.0:
            last.append(slice_.frames)
            while len(last) > 1 and sum(map(len, last)) - len(last[0]) >= frames_s / session.period_s:
                last.popleft()
        return slice_

    while session.t_s - begin_s < LONGEST_S:
        slice_ = await advance()
        kept.extend(slice_.beats)
        fresh += len(slice_.beats)
        if slice_.tripped:
            tripped = session.latched
            break
        if slice_.beats and session.t_s - begin_s >= settle_s and fresh >= rhythm.group:
            fresh = 0
            agreement = steady(list(kept), rhythm)
            if agreement.steady:
                break
    settled_s = session.t_s - begin_s
    measured: list[BeatMetrics] = []
    until = session.t_s + LONGEST_S
    while not tripped and not _enough(measured, max(count, rhythm.group, rhythm.least_beats), rhythm) and session.t_s < until:
        measured.extend((await advance()).beats)
    measured = measured or list(kept)
    if not measured:
        why = f"tripped on {', '.join(tripped)}" if tripped else f"no beat and no window of beats in {session.t_s:.0f} s"
        raise SessionEnded(f"nothing was measured: the rig {why} after {settled_s:.1f} s")
    return Simulated(
        patient, dict(changed), seed, window(measured, rhythm.group, rhythm.breath_s), measured, agreement, round(settled_s, 3),
        list(warned.values()), tripped, session.values(), np.concatenate(last) if last else None,
    )  # fmt: skip


def _chosen(experiment: Experiment) -> tuple[str, ...]:
    """``lv_ees 1 mmHg/mL``: what was set of the patient by hand."""
    found = []
    for path, entry in experiment.settings.changed.items():
        if entry.layer == "--set" and path.startswith("patient.") and path != CHOICE:
            value = f"{entry.value:g} {entry.row.unit}".rstrip() if isinstance(entry.value, float) else str(entry.value)
            found.append(f"{path.removeprefix('patient.')} = {value}")
    return tuple(found)


def _enough(beats: list[BeatMetrics], count: int, rhythm: Rhythm) -> bool:
    """Whether `count` beats are in the window of whole breaths; not waited for longer than twice as many."""
    if len(beats) < count:
        return False
    whole = whole_groups([b.duration_s for b in beats], rhythm.group, rhythm.breath_s)
    return whole >= count or len(beats) >= 2 * count


def supported(values: Mapping[str, Value]) -> bool:
    """Whether a device is fitted or on, by settings in force."""
    fitted = any(values.get(path, "none") != "none" for path in FITTED)
    return fitted or any(bool(values.get(path)) for path in SWITCHED)


def without_devices(sets: Sequence[str]) -> tuple[str, ...]:
    """``PATH=VALUE`` texts for the same patient with nothing fitted and nothing on."""
    kept = [text for text in sets if text.partition(".")[0].strip() not in ("iabp", "pump", "rpump", "ecmo")]
    return (*kept, *(f"{path}=none" for path in FITTED), *(f"{path}=off" for path in SWITCHED))
