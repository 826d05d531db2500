"""Arming check: every required input is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cext.tables.load import inputs
from controller.arming.check import Check

if TYPE_CHECKING:
    from controller.config.bench import Bench, Input
    from controller.session.session import Session

ABSENT, STALE, DRIVER, RANGE = 1, 2, 3, 4  # Frame.quality, cext/rig.pxd


def inputs_check(bench: Bench) -> Check:
    """The check for this bench's channels."""

    def good(session: Session) -> list[str]:
        bad = int(np.nan_to_num(session.latest["state.bad_inputs"]))
        found = []
        for i, signal in enumerate(inputs()):
            row = bench.inputs.get(signal.path.removeprefix("in."))
            if row is None or not row.required:
                continue
            quality = int(session.latest["quality"][i])
            if bad >> i & 1 or quality == ABSENT:
                found.append(f"{signal.path}: {_words(row, quality, float(session.latest['age_s'][i]), signal.unit)}")
        return found

    return good


def _words(row: Input, quality: int, age_s: float, unit: str) -> str:
    low, high = row.range
    if quality == ABSENT:
        return "the rig does not have this channel"
    if quality == DRIVER:
        return "its device reports a fault"
    if quality == STALE or not age_s * 1e3 <= row.max_age_ms:
        since = f"for {age_s * 1e3:.0f} ms" if age_s < 3600.0 else "yet"
        return f"no new value {since}, at most {row.max_age_ms:g} ms are allowed: look at its device and cable"
    return f"not finite, or outside {low:g} to {high:g} {unit}".rstrip() + ": look at sensor, amplifier and wiring"
