"""The fixture `rig`: a bench in the hands of a test, as ordinary synchronous calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from cext.frame import FRAME_DTYPE
from cext.tables.load import Value, settings
from cext.tables.metrics import metrics
from controller.config.effective import effective
from controller.config.errors import ConfigError
from controller.metrics import rhythm_of, steady, window
from controller.session.errors import NotArmed, SessionEnded
from controller.session.session import Session
from controller.testing.choice import Choice, as_word
from controller.testing.limits import Verdict, judge
from controller.testing.measured import Measured, known
from controller.testing.supervision import Supervision
from controller.testing.trace import KEPT_S, Trace

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.session.events import Event

T = TypeVar("T")
WINDOW_S = 10.0  # what is measured unless the test says otherwise
NO_BEAT_S = 30.0  # longer than this beyond the window nobody waits for a beat


class BenchRig:
    """A bench, opened at first use and made safe by `close`.

    On a simulated bench time passes only inside the calls below, the same ticks in every run; on a wired bench it passes by
    itself, and a thread keeps the supervisor's heartbeat and watches. Times are loop time in seconds.
    """

    def __init__(self, choice: Choice, patient: str | None = None, sets: Mapping[str, Value] | None = None) -> None:
        self.choice = choice
        self._patient = patient
        self._sets: dict[str, Value] = dict(sets or {})
        self._session: Session | None = None
        self._supervision: Supervision | None = None
        self._trace = Trace(self.period_s)
        self._measured: Measured | None = None  # until something changes
        self.verdicts: list[Verdict] = []

    # -- what it is

    @property
    def name(self) -> str:
        return self.choice.name

    @property
    def simulated(self) -> bool:
        return self.choice.simulated

    @property
    def offers(self) -> frozenset[str]:
        return frozenset(self.choice.bench.bench.offers)

    @property
    def period_s(self) -> float:
        return self.choice.bench.loop.period_us * 1e-6

    @property
    def experiment(self) -> Experiment:
        """Bench, patient and devices as prepared."""
        return self.choice.experiment(None, self._patient, self._sets)

    @property
    def is_open(self) -> bool:
        return self._session is not None

    @property
    def session(self) -> Session:
        """The session beneath, opened if need be. Its coroutines run in a thread of their own: use the methods here."""
        if self._session is None:
            self._open()
        assert self._session is not None
        return self._session

    def prepare(self, patient: str | None = None, set: Mapping[str, Value] | None = None) -> BenchRig:
        """Another patient, and settings in force before arming (such as the pump fitted); the bench is opened afresh.

        Raises:
            CannotRun: the bench has no patient model (the test is skipped). ConfigError: a wrong name or setting.
        """
        self.choice.experiment(None, patient, set)
        self.close()
        self._patient, self._sets = patient, dict(set or {})
        self._trace = Trace(self.period_s)
        self._measured = None
        return self

    def _open(self) -> None:
        session = self.choice.session(self.experiment)
        session.listen(self._trace.hear_event)
        session.on_slice(self._trace.hear_slice)

        def orphaned() -> None:
            session.trip("the test runner has gone")
            session.close()

        supervision = Supervision(session.advance if session.realtime else None, orphaned)
        self._session, self._supervision = session, supervision
        try:
            self._call(session.open())
            supervision.start_pump()
        except BaseException:
            self.close()
            raise

    def _call(self, operation: Coroutine[Any, Any, T]) -> T:
        assert self._supervision is not None
        return self._supervision.call(operation)

    def operate(self, operation: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        """Runs a coroutine on the session where it lives, and returns what it returns."""
        session = self.session
        self._measured = None
        return self._call(operation(session))

    # -- asking

    def set(self, path: str | Mapping[str, Value], value: Value | None = None, *, ramp_s: float = 0.0) -> None:
        """Asks for settings, in force from the next tick on or along a ramp of `ramp_s` seconds.

        ``rig.set("iabp.assist", "1:2")`` or ``rig.set({"iabp.enabled": True, "iabp.assist": "1:2"})``.

        Raises:
            ValueError: an unknown setting, a value that it does not take, or one that has no effect on this bench.
        """
        if isinstance(path, str) and value is None:
            raise ValueError(f"rig.set({path!r}): give the value too")
        values: dict[str, Value] = {path: value} if isinstance(path, str) and value is not None else dict(path)  # type: ignore[arg-type]
        try:
            effective(self.choice.bench, sets=[f"{key}={as_word(word)}" for key, word in values.items()])
        except ConfigError as error:
            raise ValueError(str(error)) from None
        fixed = [key for key in values if not settings()[key].live]
        if fixed:
            raise ValueError(f"{', '.join(fixed)} cannot change on an open bench; rig.prepare(set={{…}}) opens it afresh")

        async def ask(session: Session) -> None:
            session.set(values, ramp_s)

        self.operate(ask)

    def arm(self, override: Iterable[str] = ()) -> None:
        """IDLE to ARMED. Raises NotArmed with all reasons."""
        self.operate(lambda session: session.arm(override))

    def start(self, override: Iterable[str] = ()) -> None:
        """To RUNNING; arms first where that is needed. Raises NotArmed with all reasons."""
        if self.state != "ARMED":
            self.arm(override)
        self.operate(lambda session: session.start())

    def stop(self) -> None:
        """Ramps down: RUNNING to ARMED."""
        self.operate(lambda session: session.stop())

    def disarm(self) -> None:
        """ARMED to IDLE."""
        self.operate(lambda session: session.disarm())

    def reset(self) -> None:
        """A reset edge: SAFE to IDLE. Raises NotArmed with what still holds it."""
        self.operate(lambda session: session.reset())

    def trip(self, why: str = "demanded by the test") -> None:
        """Demands the immediate safe state, which the next tick takes."""

        async def demand(session: Session) -> None:
            session.trip(why)

        self.operate(demand)

    def hold_stop(self, held: bool = True) -> None:
        """Presses or releases STOP; while it is held nothing can be armed."""

        async def hold(session: Session) -> None:
            session.hold_stop(held)

        self.operate(hold)

    # -- time

    def advance(self, seconds: float) -> None:
        """Lets `seconds` of loop time pass. Raises ValueError below 0, SessionEnded if the core is in FAULT."""
        if not seconds >= 0.0:
            raise ValueError(f"rig.advance({seconds}): give seconds from 0 on")
        self.operate(lambda session: _advance(session, session.tick + round(seconds / session.period_s)))

    def until(self, met: Callable[[np.void], bool], limit_s: float = 10.0) -> float:
        """Lets time pass until a frame satisfies `met` (virtual time: looks at every tick). Returns the seconds that it took.

        Raises:
            AssertionError: not within `limit_s`.
        """

        async def look(session: Session) -> float:
            begin, limit = session.tick, session.tick + round(limit_s / session.period_s)
            while session.tick < limit:
                piece = await session.advance(None if session.realtime else session.tick + 1)
                for frame in piece.frames:
                    if frame["time.tick"] >= begin and met(frame):
                        return float(frame["time.tick"] - begin + 1) * session.period_s
            raise AssertionError(f"what was waited for did not come within {limit_s:g} s; the machine is in {session.state}")

        return self.operate(look)

    def until_steady(
        self, limit_s: float = 300.0, window_s: float = 4.0, within: Mapping[str, float] | None = None
    ) -> Measured:
        """Lets time pass until three successive windows of at least `window_s`, whole assist groups and breaths, agree.

        `within`: by how much they may differ, per metric in its unit. Returns the means over the three. Where the
        rate wanders windows are 25 s and longer, in fibrillation 60 beats.

        Raises:
            AssertionError: not steady after `limit_s`; says which metric differs and by how much.
        """

        async def settle(session: Session) -> Measured:
            begin_s, rhythm = session.t_s, rhythm_of(session.values(), "patient-model" in session.offers)
            agreement, seen = steady([], rhythm), 0
            while session.t_s - begin_s < limit_s:
                await session.advance()
                beats = self._trace.beats(begin_s)
                if len(beats) < seen + rhythm.group:
                    continue
                seen = len(beats)
                agreement = steady(beats, rhythm, least_s=window_s, within=within)
                if agreement.steady:
                    recent = [beat for beat in beats if beat.start_s >= session.t_s - 3.0 * max(window_s, rhythm.least_s)]
                    return Measured(window(recent, rhythm.group, rhythm.breath_s))
            raise AssertionError(f"{agreement}, after {limit_s:g} s")

        self._measured = self.operate(settle)
        return self._measured

    def metrics(self, seconds: float = WINDOW_S) -> Measured:
        """Lets `seconds` pass and returns the means over the beats in them: whole assist groups and breaths.

        Raises:
            AssertionError: no beat came.
        """

        async def measure(session: Session) -> Measured:
            begin_s, group = session.t_s, session.assist_group()
            await _advance(session, session.tick + round(seconds / session.period_s))
            while len(beats := self._trace.beats(begin_s)) < group:
                if session.t_s - begin_s > seconds + NO_BEAT_S:
                    raise AssertionError(f"{len(beats)} beats in {session.t_s - begin_s:g} s, an assist group has {group}")
                await session.advance()
            return Measured(window(beats, group, rhythm_of(session.values(), "patient-model" in session.offers).breath_s))

        self._measured = self.operate(measure)
        return self._measured

    # -- looking

    @property
    def state(self) -> str:
        """State of the machine in the last frame."""
        return self.session.state

    @property
    def latched(self) -> tuple[str, ...]:
        """Trips that await a reset."""
        return self.session.latched

    @property
    def t_s(self) -> float:
        return self.session.t_s

    @property
    def tick(self) -> int:
        return self.session.tick

    @property
    def events(self) -> list[Event]:
        """What was announced since the bench was opened, oldest first."""
        return self._trace.events()

    def value(self, path: str) -> Value:
        """A setting as last asked for. Raises KeyError."""
        return self.session.value(path)

    def frames(self, seconds: float = WINDOW_S) -> np.ndarray:
        """The frames of the last `seconds`, or as many as there are: FRAME_DTYPE, one row a tick, oldest first.

        Raises:
            ValueError: more than is kept.
        """
        if not 0.0 <= seconds <= KEPT_S:
            raise ValueError(f"rig.frames({seconds}): the last {KEPT_S:g} s are kept; run(…) records everything")
        return self._trace.frames(round(seconds / self.period_s))

    def signal(self, path: str, seconds: float | None = None) -> Any:
        """The last value of a signal, a float; with `seconds` an array of its last values, one a tick.

        Raises:
            KeyError: no such signal.
        """
        if path not in (FRAME_DTYPE.names or ()):
            raise KeyError(f"there is no signal {path}; see mockloop list signals")
        return float(self.session.latest[path]) if seconds is None else self.frames(seconds)[path]

    def about(self) -> dict[str, Any]:
        """What ran on what, for files that are kept."""
        from controller.version import build_id, version

        experiment, session = self.experiment, self.session
        return {
            "bench": self.name,
            "simulated": self.simulated,
            "seed": self.choice.seed,
            "patient": experiment.patient.name if experiment.patient else None,
            "software_version": version(),
            "build_id": build_id(),
            "state": session.state,
            "latched": list(session.latched),
            "settings": session.values(),
        }

    # -- limits

    def expect(
        self,
        metric: str,
        value: float | None = None,
        *,
        low: float | None = None,
        high: float | None = None,
        source: str,
        unit: str = "",
    ) -> bool:
        """Judges a metric of the last window, or `value` (then `metric` is any name), against limits; ends included.

        Without a window since the last change (setting, time, state) one of 10 s is measured first. A miss does not end the
        test: all misses fail it together at its end. Returns whether the limit is met.

        Raises:
            KeyError: no such metric. ValueError: no limits, contradictory ones, or no source.
        """
        judge(metric, 0.0, low=low, high=high, source=source)  # refuses nonsense before time passes
        reason, half = "", None
        if value is None:
            known(metric)
            measured = self._measured or self.metrics()
            value, reason = measured.window.values[metric], measured.window.reasons.get(metric, "")
            unit, half = metrics()[metric].unit, measured.half_width(metric)
        verdict = judge(
            metric, value, low=low, high=high, source=source, unit=unit, reason=reason, t_s=self.t_s, half_width=half
        )
        self.verdicts.append(verdict)
        return verdict.passed

    # -- leaving

    def close(self, orderly: bool = False) -> None:
        """Makes the bench safe and releases it; idempotent.

        `orderly`: ramps down and disarms first; otherwise, or where that does not lead to IDLE, trips.
        """
        session, supervision = self._session, self._supervision
        if session is None or supervision is None:
            return
        try:
            self._call(_make_safe(session, orderly))
        except SessionEnded:
            pass  # in FAULT the core has put the safe values out by itself
        finally:
            self._session, self._supervision = None, None
            supervision.close()
            session.close()


async def _advance(session: Session, until: int) -> None:
    while session.tick < until:
        await session.advance(until)


async def _make_safe(session: Session, orderly: bool) -> None:
    if orderly:
        try:
            await session.stop()
            await session.disarm()
        except NotArmed:
            pass  # not followed: the trip below
    if session.state not in ("IDLE", "SAFE", "FAULT"):
        session.trip("the test is over")
        await _advance(session, session.tick + 10)
