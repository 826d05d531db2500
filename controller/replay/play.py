"""Plays a tape to the core of today and compares what goes out, tick by tick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cext.clock import StepClock
from cext.frame import FRAME_DTYPE
from cext.ring import RingReader
from cext.tables.load import settings
from controller.replay.tape import Asked, Tape, read_tape
from controller.session.assemble import make_loop
from rigs.scripted import ScriptedRig

CHUNK_TICKS = 200  # between two signs of life of a supervisor
REQUEST = {"trip_request": "trip"}


@dataclass(slots=True)
class Deviation:
    """A channel that did not come out as recorded: where first, both values there, and in how many ticks."""

    channel: str
    tick: int
    recorded: float
    replayed: float
    ticks: int = 0


@dataclass(slots=True)
class Played:
    """What a replay found. `deviations` is empty where every compared value of every tick was the same, bit for bit."""

    ticks: int
    period_s: float
    realtime: bool
    deviations: list[Deviation] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        rows = [
            {"channel": d.channel, "tick": d.tick, "t_s": round(d.tick * self.period_s, 6), "ticks": d.ticks,
             "recorded": _plain(d.recorded), "replayed": _plain(d.replayed)}
            for d in self.deviations
        ]  # fmt: skip
        return {"ticks": self.ticks, "equal": not rows, "realtime": self.realtime, "deviations": rows}


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def replay(folder: str | Path) -> Played:
    """Plays the recording of a run folder. Raises as `controller.replay.tape.read_tape`."""
    tape = read_tape(Path(folder))
    rig = ScriptedRig(tape.values, ages_s=tape.ages_s, qualities=tape.qualities, codes=tape.codes, log_size=0)
    loop = make_loop(tape.experiment, rig, StepClock(tape.experiment.bench.loop.period_us))
    reader = RingReader(loop.ring.fd)
    rig.open()
    found: dict[str, Deviation] = {}
    waiting = iter(tape.asked)
    due = next(waiting, None)
    try:
        while loop.tick < len(tape):
            while due is not None and due.tick <= loop.tick:
                _ask(loop, due)
                due = next(waiting, None)
            loop.commands.heartbeat()
            until = min(len(tape), loop.tick + CHUNK_TICKS, due.tick if due is not None else len(tape))
            loop.run(until)
            _compare(reader.read(1 << 15), tape, found)
    finally:
        reader.close()
        rig.close()
    order = sorted(found.values(), key=lambda deviation: (deviation.tick, deviation.channel))
    return Played(len(tape), tape.experiment.bench.loop.period_us * 1e-6, tape.realtime, order)


def _ask(loop: Any, asked: Asked) -> None:
    if asked.kind == "set":
        loop.set(asked.path, settings()[asked.path].encode(asked.value), asked.ramp_s)
    elif asked.kind == "request":
        loop.request(REQUEST.get(asked.path, asked.path))
    else:
        loop.commands.hold_stop(asked.value)


def _compare(frames: np.ndarray[Any, Any], tape: Tape, found: dict[str, Deviation]) -> None:
    assert frames.dtype == FRAME_DTYPE
    if not len(frames):
        return
    first = int(frames["time.tick"][0])
    for channel, column in tape.wanted.items():
        wanted = column[first : first + len(frames)]
        for at, wanted_one, got_one in _different(wanted, frames[channel]):
            deviation = found.setdefault(channel, Deviation(channel, first + at, wanted_one, got_one))
            deviation.ticks += 1


def _different(wanted: np.ndarray[Any, Any], got: np.ndarray[Any, Any]) -> Iterator[tuple[int, float, float]]:
    """Places where the two differ in the width that was recorded; NaN is equal to NaN."""
    if wanted.dtype.kind == "f":
        got = got.astype(wanted.dtype)
        differs = (wanted != got) & ~(np.isnan(wanted) & np.isnan(got))
    else:
        differs = wanted.astype(np.int64) != np.nan_to_num(got).astype(np.int64)
    for at in np.flatnonzero(differs):
        yield int(at), float(wanted[at]), float(got[at])
