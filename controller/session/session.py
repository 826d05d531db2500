"""The running loop as the supervisor sees it. One interface for real time and virtual time."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cext.frame import FRAME_DTYPE
from cext.loop import Loop
from cext.ring import RingReader
from cext.states import names_of
from cext.tables.load import STATES, Value, conditions, settings
from controller.arming.check import Check, reasons_against
from controller.audit import AuditedBeat
from controller.audit.live import FAST_S, REAL_S, LiveAudit
from controller.metrics import BeatMetrics, Context, Gap, Meter, Source, assist_group
from controller.session.alarms import Alarms
from controller.session.asked import encoded
from controller.session.contraindication import contraindications
from controller.session.errors import NotArmed, SessionEnded
from controller.session.events import Event, Listener
from controller.session.loop_thread import LoopThread
from controller.session.offsets import unheeded
from controller.session.reading import Limits, reading
from controller.session.watches import balloon_watches
from controller.session.words import in_words, input_names, rig_words
from controller.session.zeroing import Zeroing

SLICE_TICKS = 100  # virtual time: the supervisor decides every 100 ticks, always the same ones
SLICE_S = 0.05  # real time
CLEAR_S, HEAL_S = 2.0, 0.2  # for devices to forget their faults, and for the guard to see it
STALL_S = 5.0  # virtual time: how long a lossless reader may keep the loop waiting


@dataclass(slots=True)
class Slice:
    """What a stretch of the loop brought. `frames`: FRAME_DTYPE, one row a tick, oldest first."""

    frames: np.ndarray
    state: str
    tripped: bool
    beats: list[BeatMetrics] = field(default_factory=list)
    audited: list[AuditedBeat] = field(default_factory=list)  # beats before, whose timing has been judged by now
    over: str = ""  # why nothing more will be measured: a record that has ended

    @property
    def first_tick(self) -> int:
        return int(self.frames["time.tick"][0]) if len(self.frames) else 0

    @property
    def last_tick(self) -> int:
        return int(self.frames["time.tick"][-1]) if len(self.frames) else 0


class Session:
    """Owns a loop and its rig from open to close.

    In virtual time `advance` itself runs the core, so that the same protocol takes the same decisions at the same ticks; in
    real time the loop runs in a thread of its own and `advance` looks at what the ring has brought.
    """

    def __init__(
        self,
        loop: Loop,
        metrics_from: Source,
        *,
        realtime: bool,
        offers: Iterable[str],
        simulated: bool,
        checks: Iterable[Check] = (),
        limits: Limits | None = None,
        gap: Gap | None = None,
    ) -> None:
        self._loop = loop
        self._thread = LoopThread(loop) if realtime else None
        self._reader = RingReader(loop.ring.fd)
        self.checks = tuple(checks)
        self._limits = limits or {}
        self.alarms = Alarms()
        self._listeners: list[Listener] = []
        self._beat_listeners: list[Callable[[dict[str, Any]], None]] = []
        self._slice_listeners: list[Callable[[Slice], None]] = []
        self._metrics_from = metrics_from
        self._gap = gap  # of the left pump's rotor
        self._asked: dict[str, Value] = {path: row.decode(loop.values()[path]) for path, row in settings().items()}
        self.realtime = realtime
        self.period_s = loop.clock.period_ns * 1e-9
        self._meter = Meter(self._context())
        self._audit = LiveAudit(self.period_s, REAL_S if realtime else FAST_S)
        self._state = STATES[0]
        self._conditions = 0
        self.watches = balloon_watches(self._asked)
        self.latest: np.void = np.zeros(1, FRAME_DTYPE)[0]
        self.offers = frozenset(offers)
        self.simulated = simulated
        self.devices: Mapping[str, Any] = {}  # that are fitted, as in Experiment.devices: what they refuse is refused live
        self.injected: list[dict[str, Any]] = []  # faults put in by hand
        self.override: frozenset[str] = frozenset()
        self.planned: Mapping[str, Mapping[str, Value]] = {}  # by step, in words: the settings that it puts in force
        self.frames_missed = 0  # of the supervisor's own view, not of the recording
        self._opened = False

    # -- what it is

    @property
    def loop(self) -> Loop:
        return self._loop

    @property
    def tick(self) -> int:
        return self._loop.tick

    @property
    def t_s(self) -> float:
        return self._loop.tick * self.period_s

    @property
    def state(self) -> str:
        """State in the last frame seen."""
        return self._state

    @property
    def latched(self) -> tuple[str, ...]:
        """Latched trips, in bit order."""
        return names_of(int(np.nan_to_num(self.latest["state.latched"])))

    def value(self, path: str) -> Value:
        """What was last asked for, in the words of the setting. Raises KeyError."""
        return self._asked[path]

    def values(self) -> dict[str, Value]:
        """Every setting as last asked for, by path."""
        return dict(self._asked)

    def assist_group(self) -> int:
        """Beats of an assist group: N of 1:N while the balloon is on, else 1."""
        return assist_group(self._asked)

    def _context(self) -> Context:
        return Context.from_settings(self._asked, self._metrics_from, self.period_s, self._gap)

    # -- listening

    def listen(self, listener: Listener) -> None:
        """`listener` is called with every event from now on; it must not raise and not block."""
        self._listeners.append(listener)

    def on_beat(self, hear: Callable[[dict[str, Any]], None]) -> None:
        """`hear` is called with the metrics of every beat as it ends (BeatMetrics.as_dict), and as ``audit`` the beats judged since."""
        self._beat_listeners.append(hear)

    def on_slice(self, hear: Callable[[Slice], None]) -> None:
        """`hear` is called with every slice, those that pass while the machine is asked to arm or stop included."""
        self._slice_listeners.append(hear)

    def event(self, kind: str, text: str, priority: str = "info", *, tick: int | None = None, **data: Any) -> Event:
        """Announces what happened, now or at `tick`."""
        at = self.tick if tick is None else tick
        made = Event(round(at * self.period_s, 6), at, time.time(), kind, text, priority, data)
        if kind == "alarm":
            data |= self.alarms.raised(data["condition"], priority, text, at, made.t_s, data.pop("reading", None)).as_data()
        for listener in self._listeners:
            listener(made)
        return made

    def _alarm_ends(self, condition: str, tick: int) -> None:
        if any(alarm.condition == condition and alarm.present for alarm in self.alarms.active):
            self.event("alarm-end", f"alarm {condition} has ended", tick=tick, condition=condition)
        self.alarms.ended(condition)

    def acknowledge(self, by: str, condition: str | None = None) -> None:
        """Somebody has seen an alarm, or all. Clears no trip. Raises KeyError (not active), ValueError (nobody's name)."""
        for alarm in self.alarms.acknowledge(by, condition):
            self.event("operator", f"alarm {alarm.condition} acknowledged by {by}", condition=alarm.condition, by=by)

    # -- asking

    def set(self, values: Mapping[str, Value], ramp_s: float = 0.0) -> None:
        """Asks for settings, in order and four a tick, or along linear ramps of `ramp_s` seconds.

        Raises:
            ValueError: a value that its setting does not take; nothing is changed then. CommandsFull: the tick stands still;
                those before it in order were asked for.
        """
        for path, number in encoded(values, self._asked, self._limits).items():
            self._loop.set(path, number, ramp_s)
            self._asked[path] = settings()[path].decode(number)
            if not settings()[path].internal:
                text = f"{path} = {self._asked[path]}" + (f" within {ramp_s:g} s" if ramp_s else "")
                self.event("setting", text, path=path, value=self._asked[path], ramp_s=ramp_s)
        for text in unheeded(self._asked, values):
            self.event("setting", text)
        self._meter.context = self._context()
        if self._state in ("ARMED", "RUNNING", "STOPPING"):
            self._undo_contraindicated()

    def zeroing(self, channels: Sequence[str]) -> Zeroing:
        """A zeroing of these inputs (names without ``in.``), to be fed with frames."""
        return Zeroing(self._loop, channels, self._limits, self.event)

    def _undo_contraindicated(self) -> None:
        # SAFETY: a combination that arises mid-run and was not overridden by name ends with the balloon deflated
        for name, why in contraindications(self._asked).items():
            if name not in self.override:
                self.event("alarm", f"{why}; the balloon is deflated", "high", condition=name)
                self.set({"iabp.enabled": False})

    def trip(self, why: str) -> None:
        """Demands the immediate safe state."""
        self.event("command", f"trip demanded: {why}", "high")
        self._loop.request("trip")

    def hold_stop(self, held: bool) -> None:
        """Presses or releases STOP; while it is held nothing can be armed."""
        self._loop.commands.hold_stop(held)

    async def arm(self, override: Iterable[str] = ()) -> None:
        """Arms, or raises NotArmed with all reasons together."""
        self.override = frozenset(override)
        await self.advance(self.tick + 1)  # the reasons are those of now: the last frame may be from before STOP was let go
        reasons = reasons_against(self.checks, self)
        if reasons:
            raise NotArmed(reasons)
        await self._request("arm", "ARMED")

    async def start(self) -> None:
        """ARMED to RUNNING. Raises NotArmed where the machine does not follow."""
        for text in unheeded(self._asked, self._asked):
            self.event("setting", text)
        await self._request("start", "RUNNING")

    async def stop(self) -> None:
        """Ramps down: RUNNING over STOPPING to ARMED."""
        limit_s = float(self.value("guard.stop_ramp_s")) + 1.0
        if self._state in ("RUNNING", "STOPPING"):
            await self._request("stop", "ARMED", limit_s)

    async def disarm(self) -> None:
        if self._state == "ARMED":
            await self._request("disarm", "IDLE")

    async def reset(self) -> None:
        """A person's reset: devices forget faults whose cause has gone, then an edge leads out of SAFE where every cause has.

        Starts nothing. Raises NotArmed with what still holds it.
        """
        rig = self._loop.rig
        if rig.complaints():
            rig.clear_faults()
            until = self.tick + round(CLEAR_S / self.period_s)
            while rig.complaints() and self.tick < until:
                await self.advance(min(until, self.tick + 10))
            until = self.tick + round(HEAL_S / self.period_s)
            while self.tick < until:
                await self.advance(until)
        await self._request("reset", "IDLE", 2.0)

    async def _request(self, name: str, wanted: str, limit_s: float = 1.0) -> None:
        self.event("command", f"{name} requested")
        self._loop.request(name)
        until = self.tick + round(limit_s / self.period_s)
        while self._state != wanted and self.tick < until:
            await self.advance(min(until, self.tick + 10))
        if self._state != wanted:
            held = [f"{c.name}: {c.description}" for i, c in enumerate(conditions()) if self._conditions >> i & 1 and c.trip]
            raise NotArmed(held or [f"{name} was not followed within {limit_s:g} s: the machine is in {self._state}"])

    # -- running

    async def open(self) -> None:
        """Opens the rig, starts the loop and waits for the self-test. Raises OSError (the rig), NotArmed (the self-test)."""
        self._loop.rig.open()
        self._opened = True
        if found := self._loop.rig.header():
            self.event("rig", f"bench opened: {in_words(found)}", **found)
        if self._thread:
            self._thread.start()
        until = self.tick + round(2.0 / self.period_s)
        while self._state != "IDLE" and self.tick < until:
            await self.advance(min(until, self.tick + 10))
        if self._state != "IDLE":
            bad = int(np.nan_to_num(self.latest["state.bad_inputs"]))
            raise NotArmed(
                [f"self-test failed in state {self._state}", *self.latched, *input_names(bad), *self._loop.rig.complaints()]
            )

    async def advance(self, until_tick: int | None = None) -> Slice:
        """One slice: at most SLICE_TICKS ticks in virtual time, about SLICE_S in real time, not beyond `until_tick`.

        Raises SessionEnded when the loop has ended or is in FAULT.
        """
        self._loop.commands.heartbeat()
        if self._thread:
            await self._wait(until_tick)
        else:
            await self._run(self.tick + SLICE_TICKS if until_tick is None else min(until_tick, self.tick + SLICE_TICKS))
        frames = self._reader.read(1 << 16)
        if self._reader.lost != self.frames_missed:
            self.frames_missed = self._reader.lost
            self.event("beat-gap", f"the supervisor missed frames, {self.frames_missed} in all; metrics skip the beat", "low")
        judged = self._audit.push(frames, bool(self._asked["iabp.enabled"]) or "patient-model" not in self.offers)
        found = Slice(frames, self._state, False, self._meter.push(frames), judged, self._loop.rig.ended())
        for beat in found.beats:
            told = beat.as_dict() | {"audit": self._audit.untold()}
            for hear in self._beat_listeners:
                hear(told)
        if len(frames):
            self.latest = frames[-1]
            self._announce(frames)
            found.state = self._state
            found.tripped = bool((frames["state.state"] >= STATES.index("SAFE")).any())
        for hear_slice in self._slice_listeners:
            hear_slice(found)
        if self._state == "FAULT":
            raise SessionEnded("the core is in FAULT: restart the process")
        return found

    async def _run(self, target: int) -> None:
        """Virtual time: runs the core up to `target`; gives helper processes time when the ring is full."""
        waited_s = 0.0
        while self._loop.run(target) < target:
            self._loop.commands.heartbeat()
            await asyncio.sleep(0.001)
            waited_s += 0.021  # Loop.run has waited 20 ms itself
            if waited_s > STALL_S:
                for reader in self._loop.ring.readers():
                    self._loop.ring.dismiss(reader.slot)
                    text = f"the {reader.name} kept the loop waiting for {STALL_S:g} s and is waited for no longer: frames may be lost"
                    self.event("process", text, "medium", name=reader.name)
        await asyncio.sleep(0)

    async def _wait(self, until_tick: int | None) -> None:
        """Real time: sleeps for a slice, or until `until_tick` is due."""
        assert self._thread is not None
        left_s = SLICE_S if until_tick is None else (until_tick - self.tick) * self.period_s
        await asyncio.sleep(min(max(left_s, 0.001), SLICE_S))
        if not self._thread.alive:
            raise SessionEnded("the loop's thread has ended")

    def _announce(self, frames: np.ndarray) -> None:
        """Events for every change of state and every trip in these frames."""
        state = frames["state.state"].astype(int)
        latched = frames["state.latched"].astype(np.int64)
        before_state = np.concatenate(([STATES.index(self._state)], state[:-1]))
        before_latched = np.concatenate(([self._conditions], latched[:-1]))
        for i in np.flatnonzero((state != before_state) | (latched != before_latched)):
            tick = int(frames["time.tick"][i])
            for number, condition in enumerate(conditions()):
                if int(latched[i]) & ~int(before_latched[i]) & (1 << number):
                    first = " (first)" if int(frames["state.first_trip"][i]) == number + 1 else ""
                    words = rig_words(self._loop.rig, frames[i]) if condition.name == "rig_error" else ""
                    if condition.name == "input_lost":  # a drive says better what is wrong than the age of its channel
                        words = "".join(f"; {complaint}" for complaint in self._loop.rig.complaints())
                    text = f"{condition.name}{first}: {condition.description}{words}"
                    found = reading(condition.name, frames[i], self._limits, self._asked)
                    text += f" ({found})" if found else ""
                    self.event("alarm", text, "high", tick=tick, condition=condition.name, reading=found)
                elif int(before_latched[i]) & ~int(latched[i]) & (1 << number):
                    self._alarm_ends(condition.name, tick)
            if state[i] != before_state[i]:
                text = f"{STATES[before_state[i]]} -> {STATES[state[i]]}"
                self.event("transition", text, "high" if STATES[state[i]] in ("SAFE", "FAULT") else "info", tick=tick)
        for notice in itertools.chain.from_iterable(watch.look(frames) for watch in self.watches):
            kind = "condition" if notice.priority == "info" else "alarm"
            self.event(kind, notice.text, notice.priority, tick=notice.tick, condition=notice.condition)
            if notice.ends:
                self._alarm_ends(notice.ends, notice.tick)
        self._state = STATES[state[-1]]
        self._conditions = int(latched[-1])

    def rights(self) -> list[dict[str, Any]]:
        """Real-time rights asked for and the system's answers; empty in virtual time."""
        return [right._asdict() for right in self._thread.rights] if self._thread else []

    def statistics(self) -> dict[str, Any]:
        """Ticks (loop time), missed periods (by which a clock on the wall is ahead), lateness and execution time of a tick in us."""
        return {
            "ticks": self._loop.tick,
            "loop_time_s": round(self.t_s, 6),
            "missed_periods": self._loop.missed,
            "missed_s": round(self._loop.missed * self.period_s, 6),
            "lateness_us": self._loop.lateness.summary_us() if self.realtime and self._loop.tick else None,
            "execution_us": self._loop.execution.summary_us() if self._loop.tick else None,
        }

    def close(self) -> None:
        """Ends the loop, makes safe and releases the rig. Idempotent."""
        if self._thread:
            self._thread.stop()
        if self._opened:
            self._loop.rig.close()
            self._opened = False
        self._reader.close()
