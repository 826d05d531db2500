"""The pressure-volume diagram: loops with the end-systolic and the end-diastolic relation they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cext.tables.models import model_of
from controller.report import style
from controller.report.traces import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIKE_PCT = 8.0  # end-systolic lines closer in slope than this are one line in the picture
MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Relations:
    """P = P_outside + E_es (V - V0) and P = P_outside + A (exp(B (V - V0)) - 1), in mmHg and mL.

    E_es is the measured one (metric `ees_mmHg_mL`), as drugs, reflex and ischaemia leave it; V0, A and B are settings.
    e_min_mmHg_mL: slope of the diastolic line of a model in which that is straight, in place of A and B.
    outside_mmHg: pericardial pressure at end-systole and at end-diastole, which shifts the relations bodily; 0 without one.
    """

    ees_mmHg_mL: float
    v0_mL: float
    a_mmHg: float
    b_per_mL: float
    outside_mmHg: tuple[float, float]
    e_min_mmHg_mL: float | None = None

    def end_systole(self, volume_mL: Samples, pressure_mmHg: Samples) -> int:
        """The sample of a loop, shape (n,), that lies furthest up about V0: where its line is steepest."""
        stretch = volume_mL - self.v0_mL
        steep = np.full(len(stretch), -np.inf)
        np.divide(pressure_mmHg - self.outside_mmHg[0], stretch, out=steep, where=stretch >= 1.0)
        return int(steep.argmax())

    def end_systolic_mmHg(self, volume_mL: Samples) -> Samples:
        """Pressure of the ESPVR at volumes of shape (n,)."""
        return self.outside_mmHg[0] + self.ees_mmHg_mL * (volume_mL - self.v0_mL)

    def end_diastolic_mmHg(self, volume_mL: Samples) -> Samples:
        """Pressure of the EDPVR at volumes of shape (n,)."""
        if self.e_min_mmHg_mL is not None:
            return self.outside_mmHg[1] + self.e_min_mmHg_mL * (volume_mL - self.v0_mL)
        return self.outside_mmHg[1] + self.a_mmHg * np.expm1(self.b_per_mL * (volume_mL - self.v0_mL))


def relations_of(
    settings: Mapping[str, object], slope_mmHg_mL: float | None, shown: Mapping[str, Samples], part: slice
) -> Relations | None:
    """What a patient's settings, by path, and the measured slope say of the loop in `part`; None where they are not known."""
    numbers = [settings.get(f"patient.lv_{name}") for name in ("v0_mL", "edpvr_a_mmHg", "edpvr_b_per_mL")]
    model = model_of(settings)
    if not slope_mmHg_mL or None in numbers or (model.has("plant.pericardial_mmHg") and "pericardial_mmHg" not in shown):
        return None
    v0, a, b = (float(str(number)) for number in numbers)
    outside = (0.0, 0.0)
    if "pericardial_mmHg" in shown:
        volume, around = shown["lvv_mL"][part], shown["pericardial_mmHg"][part]
        outside = float(around[int(volume.argmin())]), float(around[int(volume.argmax())])
    return Relations(float(slope_mmHg_mL), v0, a, b, outside, model.numbers.get("e_min_mmHg_mL"))


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop, shape (n,), from activation to activation, and how it is drawn. relations: None where they are not known."""

    label: str
    volume_mL: Samples
    pressure_mmHg: Samples
    color: str
    dashes: Any = "-"
    width: float = 1.4
    relations: Relations | None = None


def draw(axes: Axes, loops: Sequence[Loop], *, whole: bool) -> None:
    """Draws loops. `whole`: from V = 0, with ESPVR and EDPVR; else as large as they fit, the loops alone."""
    style.grid(axes)
    for at, loop in enumerate(loops):
        axes.plot(
            loop.volume_mL, loop.pressure_mmHg, color=loop.color, linestyle=loop.dashes, linewidth=loop.width,
            label=loop.label, zorder=3 if at else 2.5,
        )  # fmt: skip
        if whole and loop.relations is not None:
            end = loop.relations.end_systole(loop.volume_mL, loop.pressure_mmHg)
            axes.scatter(loop.volume_mL[end], loop.pressure_mmHg[end], s=10, color=loop.color, zorder=4)
    volumes = np.concatenate([loop.volume_mL for loop in loops])
    pressures = np.concatenate([loop.pressure_mmHg for loop in loops])
    axes.set_xlabel("LV volume, mL")
    if not whole:
        return
    right, top = 1.12 * float(volumes.max()), 1.22 * float(pressures.max())
    axes.set_xlim(0.0, right)
    axes.set_ylim(min(0.0, 1.1 * float(pressures.min())), top)
    lines = [loop for loop in loops if loop.relations is not None]
    _end_systolic(axes, lines, right, top)
    if lines and lines[0].relations is not None:
        _end_diastolic(axes, lines[0].relations, right, top)


def _end_systolic(axes: Axes, loops: Sequence[Loop], right: float, top: float) -> None:
    """The end-systolic line of the first loop, and of those whose slope differs from all that are drawn."""
    slopes: list[float] = []
    for loop in loops:
        found = loop.relations
        if found is None or len(slopes) == MOST_LINES:
            continue
        if any(abs(found.ees_mmHg_mL - slope) < LIKE_PCT / 100.0 * slope for slope in slopes):
            continue
        slopes.append(found.ees_mmHg_mL)
        reach = found.v0_mL + (0.97 * top - found.outside_mmHg[0]) / found.ees_mmHg_mL
        volume = np.array([found.v0_mL, min(reach, right)])
        pressure = found.end_systolic_mmHg(volume)
        axes.plot(volume, pressure, color=loop.color, linewidth=0.8, zorder=2)
        text = f"ESPVR {found.ees_mmHg_mL:.2g} mmHg/mL"
        # Written above the line and along it, clear of the loops, which lie below it.
        share = 0.35 + 0.22 * (len(slopes) - 1)
        axes.text(
            float(volume[0] + share * (volume[1] - volume[0])), float(pressure[0] + share * (pressure[1] - pressure[0])),
            text + "\n", color=loop.color, fontsize=7, ha="center", va="center", linespacing=1.1,
            rotation=float(np.degrees(np.arctan2(pressure[1] - pressure[0], volume[1] - volume[0]))),
            rotation_mode="anchor", transform_rotates_text=True,
        )  # fmt: skip


def _end_diastolic(axes: Axes, found: Relations, right: float, top: float) -> None:
    volume = np.linspace(found.v0_mL, right, 120)
    pressure = found.end_diastolic_mmHg(volume)
    shown = pressure < 0.9 * top
    if not shown.any():
        return
    axes.plot(volume[shown], pressure[shown], color=style.SOFT, linewidth=0.8, linestyle=(0, (4, 1.5)), zorder=2)
    axes.annotate(
        "EDPVR", (volume[shown][-1], pressure[shown][-1]), xytext=(3, 0), textcoords="offset points", color=style.SOFT,
        fontsize=7, va="center", annotation_clip=False,
    )  # fmt: skip
