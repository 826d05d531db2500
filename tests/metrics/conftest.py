"""Synthetic beats: frames built signal by signal, and a whole textbook heart whose every number is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cext.tables.load import signals

DTYPE = np.dtype([(s.path, "f8") for s in signals()])
Frames = np.ndarray
Make = Callable[..., Frames]


def _frames(n: int, start_s: float = 0.0, beat: float = 1.0, **values: Any) -> Frames:
    """n frames at 1 kHz; keywords are signal paths with __ for the dot; what is not given is NaN (not measured)."""
    made = np.zeros(n, DTYPE)
    for name in DTYPE.names or ():
        made[name] = np.nan
    made["time.t_s"] = start_s + np.arange(n) * 1e-3
    made["time.tick"] = np.round(made["time.t_s"] * 1000)
    made["plant.beat"] = made["beat.count"] = beat
    for name, value in values.items():
        made[name.replace("__", ".", 1)] = value
    return made


@pytest.fixture
def make_frames() -> Make:
    return _frames


def _heart(durations_s: list[float], inflate: dict[int, tuple[float, float]] | None = None, fill_mL: float = 40.0) -> Frames:
    """Beats one after the other: valve open 60–300 ms after activation, aortic pressure 80 + a bit per beat.

    inflate: for a beat by its index, (start, end) in s after its activation (the end may lie in the next beat) of a
    rectangular balloon pulse of `fill_mL`.
    """
    parts, start = [], 0.0
    for index, duration in enumerate(durations_s):
        n = round(duration * 1000)
        t = np.arange(n) * 1e-3
        ejecting = (t >= 0.0595) & (t < 0.2995)
        flow = np.where(ejecting, 400.0 * np.sin(np.pi * np.clip((t - 0.0595) / 0.24, 0, 1)), 0.0)
        parts.append(
            _frames(
                n,
                start,
                beat=index + 1,
                plant__aop_mmHg=80.0 + index + np.where(ejecting, 30.0, 0.0),
                plant__lvp_mmHg=8.0 + np.where(t < 0.35, 100.0 * np.sin(np.pi * np.clip(t / 0.35, 0, 1)), 0.0),
                plant__activation=np.where(t < 0.5, np.sin(np.pi * np.clip(t / 0.5, 0, 1)), 0.0),
                plant__av_opening=ejecting.astype(float),
                plant__av_flow_mL_s=flow,
                plant__mv_flow_mL_s=np.where(t > 0.4, 150.0, 0.0),
                plant__lvv_mL=120.0 - np.cumsum(flow) * 1e-3 + np.where(t > 0.4, 150.0 * (t - 0.4), 0.0),
                plant__lap_mmHg=9.0,
                plant__cvp_mmHg=4.0,
                plant__rvp_mmHg=5.0 + 15.0 * (t < 0.3),
                plant__pap_mmHg=12.0 + 8.0 * (t < 0.3),
                plant__pericardial_mmHg=-3.0,
                plant__coronary_flow_mL_s=3.0 + (t > 0.3),
                plant__limb_flow_mL_s=20.0,
                plant__pump_flow_mL_s=0.0,
                plant__suction=0.0,
                plant__balloon_mL=0.0,
                iabp__phase=1.0,
            )
        )
        start += n * 1e-3
    made = np.concatenate(parts)
    begin = np.concatenate(([0.0], np.cumsum(durations_s)))
    for index, (on, off) in (inflate or {}).items():
        t = made["time.t_s"] - begin[index] + 2e-4  # samples lie on the grid: compare between them
        made["plant.balloon_mL"][(t >= on) & (t < off)] = fill_mL
        made["iabp.phase"][(t >= on) & (t < off)] = 2.0
    return made


@pytest.fixture
def heart() -> Callable[..., Frames]:
    return _heart
