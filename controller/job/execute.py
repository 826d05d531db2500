"""One run from a checked set-up to a run folder with recording, summary and report."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.audit.file import AuditFile
from controller.config.plan import plan
from controller.faults import Schedule
from controller.job.alarm_key import AlarmKey
from controller.job.describe import header, identity, meta
from controller.job.folder import check_space, make_folder, write_json
from controller.job.recorder import RecorderHelper
from controller.job.remote import Remote
from controller.job.request import Request
from controller.job.telemetry import TelemetryHelpers
from controller.runs.alarm_history import alarm_history
from controller.runs.events import merged, read_events_file
from controller.session.assemble import assemble
from controller.session.errors import NotArmed
from controller.session.events import EventFile
from controller.session.session import Session

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.console.seat import Seat
    from controller.job.show import Screen
    from controller.protocol.operator import Operator
    from controller.protocol.progress import Standing
    from controller.protocol.result import ProtocolResult


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind. `recording` says why the recording is not whole, None where it is; `report` where it lies."""

    folder: Path
    result: ProtocolResult
    summary: dict[str, Any]
    recording: str | None
    telemetry: str
    report: Path | None = None

    def reported(self, report: Path, seconds: float) -> Outcome:
        """The same with its report; the time that it took is added to summary.json."""
        self.summary["wall"]["report_s"] = seconds
        write_json(self.folder / "summary.json", self.summary)
        return replace(self, report=report)


class Run:
    """A run in progress. `abort` and `session` are for those who watch it (signals, a console)."""

    def __init__(self, experiment: Experiment, request: Request, screen: Screen, console: Seat | None = None) -> None:
        if experiment.protocol is None:
            raise ValueError("a run needs a protocol, this experiment has none")
        self.experiment = experiment
        self.protocol = experiment.protocol
        self.request = request
        self.plan = plan(self.protocol, experiment.settings.values_by_path)
        self._screen = screen
        self._console = console

    async def execute(self) -> Outcome:
        """Runs the protocol and writes the folder; a bench that does not come to IDLE, or cannot be armed, is INCOMPLETE.

        Raises:
            ValueError: faults that this bench cannot have.
            FileExistsError, NoSpace, OSError: no folder, no space, no rig. HelperError: no recorder.
        """
        request, bench = self.request, self.experiment.bench
        if request.policy == "full":
            check_space(request.out or Path.cwd(), self.plan.longest_s or self.plan.expected_s, bench.loop.period_us * 1e-6)
        session = assemble(
            self.experiment, seed=request.seed, realtime=not request.fast, lossless=request.fast,
            faulty=bool(request.faults) or (self._console is not None and bench.bench.simulated),
        )  # fmt: skip
        if request.faults:
            Schedule(session, request.faults)
        folder = make_folder(request.out, self.protocol.protocol.name)
        t0 = time.time()
        self._write_config(folder, t0)
        events = EventFile(folder / "events.jsonl")
        judged = AuditFile(folder / "audit.jsonl")
        session.on_slice(lambda found: judged.add(found.audited))
        recorder = RecorderHelper(session, folder, request.policy, lossless=request.fast)
        telemetry = TelemetryHelpers(
            session, request.mqtt, bench.bench.name, folder / "config" / "meta.json", request.mqtt_keys
        )
        for listener in (events, recorder.event, telemetry.event, self._screen.event):
            session.listen(listener)
        self._screen.say(f"run folder   {folder}")
        try:
            await asyncio.gather(recorder.start(), telemetry.start())
            first_tick_s = time.time()
            if telemetry.shown:
                self._screen.say(f"telemetry    {telemetry.shown}  mockloop/v1/{bench.bench.name}/#")
            result = await self._protocol(session, recorder, telemetry)
        finally:
            telemetry.commanded = None
            if self._console:
                self._console.closed()
            unreleased = self._release(session)
            rights = session.rights()
            statistics = session.statistics()
            await recorder.close({"rights": rights, **statistics})
            closed_s = time.time()
            await telemetry.close()
            events.close()
            judged.close()
        summary = self._summary(folder, result, t0, rights, statistics, recorder)
        summary["telemetry"] = telemetry.summary()
        summary["wall"] = {"first_tick_epoch_s": first_tick_s, "closed_epoch_s": closed_s}
        write_json(folder / "summary.json", summary)
        if unreleased is not None:
            raise unreleased
        return Outcome(folder, result, summary, recorder.complaint, telemetry.shown)

    def _release(self, session: Session) -> OSError | None:
        """Closes the session. A bench that could not be left safe is an alarm at once, and an error once the data are kept."""
        try:
            session.close()
        except OSError as error:
            session.event("fault", f"closing the bench: {error}", "high")
            return error
        return None

    async def _protocol(self, session: Session, recorder: RecorderHelper, telemetry: TelemetryHelpers) -> ProtocolResult:
        from controller.protocol.engine import ProtocolRun

        def beat(found: dict[str, Any]) -> None:
            recorder.beat(found)
            telemetry.beat(found)

        session.on_beat(beat)
        session.planned = {f"step {step.number} ({step.label})": step.settings for step in self.plan.steps}
        console = self._console
        key = AlarmKey(session, self._screen.fd, self.request.notes.operator, self._screen.say)
        remote = Remote(session, telemetry.reply) if self.request.mqtt_keys and not console else None
        asked: Operator = console or (remote.beside(self._screen.operator) if remote else self._screen.operator)
        operator = key.beside(asked)
        run = ProtocolRun(self.protocol, session, plan=self.plan, operator=operator, progress=self._progress)
        if console:
            console.opened(session, self.experiment, recorder.folder, self.plan)
        try:
            await session.open()
        except NotArmed as error:
            return run.refused(error)
        if console:
            console.began(run)
            console.desk.elsewhere["mqtt"] = telemetry.reply
        if remote:
            remote.run = run
        if self.request.mqtt_keys:
            telemetry.commanded = remote or (console.desk if console else None)

        def leave() -> None:
            run.interrupt()
            if console:
                console.leaving.set()  # also where the protocol has ended meanwhile, and so cannot be interrupted any more

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, RuntimeError):  # outside the main thread the caller is told, not we
                loop.add_signal_handler(number, leave)
        if console and console.leaving.is_set():  # said while the bench was being opened
            run.interrupt()
        try:
            if key.begin():
                self._screen.say("keys         a acknowledges alarms, Ctrl-C ends")
            result = await run.run()
        finally:
            key.end()
            if not console:  # which has its own to the end: its summary and report are still to be written
                for number in (signal.SIGINT, signal.SIGTERM):
                    with suppress(NotImplementedError, RuntimeError):
                        loop.remove_signal_handler(number)
        if console:
            await console.over(session, result.verdict)
        return result

    def _progress(self, at: Standing) -> None:
        self._screen.progress(at)
        if self._console:
            self._console.progress(at)

    def _write_config(self, folder: Path, t0: float) -> None:
        config = folder / "config"
        config.mkdir()
        for name, text in self.experiment.texts.items():
            (config / name).write_text(text, encoding="utf-8")
        write_json(config / "header.json", header(self.experiment, self.request, t0))
        write_json(config / "meta.json", meta(self.experiment, self.request, t0, folder))
        write_json(config / "settings.json", {"settings": self.experiment.settings.as_json()})

    def _summary(
        self, folder: Path, result: ProtocolResult, t0: float, rights: list[dict[str, Any]], statistics: dict[str, Any],
        recorder: RecorderHelper,
    ) -> dict[str, Any]:  # fmt: skip
        closed: dict[str, Any] = recorder.closed or {}
        recording: dict[str, Any] = {
            "complete": recorder.complaint is None and bool(closed),
            "problem": recorder.complaint,
            **{key: closed[key] for key in ("recorded", "lost", "content_sha256") if key in closed},
        }
        alarms = alarm_history(merged(read_events_file(folder / "events.jsonl")))
        about = identity(self.experiment, self.request, t0)
        return {**result.as_dict(), **about, "alarms": alarms, "recording": recording, "rights": rights, **statistics}
