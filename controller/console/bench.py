"""``mockloop console``: a bench that waits idle, and runs protocols when people ask for them, over and over."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.arming.check import reasons_against
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.console.desk import Desk
from controller.console.seat import Seat, reset
from controller.job.execute import Run
from controller.job.request import Notes, Request
from controller.job.show import Screen
from controller.processes.helper import HelperError
from controller.processes.json_lines import Message
from controller.processes.launch import environment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed, SessionEnded
from controller.session.events import EventFile

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.session.session import Session

Wish = tuple[Message, Request]
ENERGISED = ("ARMED", "RUNNING", "STOPPING")
LOOK_S = 0.5  # how often the reasons against arming are gathered


@dataclass(frozen=True, slots=True)
class Setting:
    """What the console was started with. `sets` hold for the idle bench and for every run."""

    bench: str | None
    patient: str | None
    sets: tuple[str, ...]
    mqtt: str
    policy: str
    seed: int
    runs: Path
    mqtt_keys: Path | None = None


class ConsoleBench:
    """One bench with its console, until somebody ends the program."""

    def __init__(self, setting: Setting, desk: Desk) -> None:
        self._setting, self._desk = setting, desk
        self._leaving = asyncio.Event()
        self._wishes: asyncio.Queue[Message] = asyncio.Queue(8)
        self._waits = False  # whether the idle bench takes wishes
        self._seat: Seat | None = None
        self._screen = Screen()

    async def serve(self) -> None:
        """Until SIGINT or SIGTERM. Raises ConfigError, OSError, SessionEnded, HelperError from the first opening."""
        self._setting.runs.mkdir(parents=True, exist_ok=True)
        log = EventFile(self._setting.runs / "console-events.jsonl")
        self._listen_to_signals()
        self._desk.later = self._later
        try:
            while not self._leaving.is_set():
                request = await self._idle(log)
                if request is not None:
                    await self._run(request)
                    self._listen_to_signals()
        finally:
            self._screen.close()
            log.close()

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._leave)

    def _leave(self) -> None:
        self._leaving.set()
        if self._seat is not None:
            self._seat.leaving.set()

    def _later(self, command: Message) -> bool:
        if not self._waits or self._wishes.full():
            return False
        self._wishes.put_nowait(command)
        return True

    # -- idle

    async def _idle(self, log: EventFile) -> Request | None:
        """The bench at rest, and driven by hand, until a protocol is to run (its request) or the program ends (None)."""
        setting = self._setting
        experiment = load_experiment(None, bench=setting.bench, patient=setting.patient, sets=setting.sets)
        session = assemble(experiment, seed=setting.seed, realtime=True, faulty=experiment.bench.bench.simulated)
        session.listen(log)
        session.listen(self._screen.event)
        self._waits = True  # what is asked while it opens waits for it
        self._desk.attach(
            session, phase="idle", bench=experiment.bench.bench.name, title=experiment.bench.bench.title, bench_file=setting.bench,
            patient=experiment.patient.patient.name if experiment.patient else None,
        )  # fmt: skip
        try:
            try:
                await session.open()
            except NotArmed as error:  # shown, and looked at until it is mended
                session.event("alarm", str(error), "medium", condition="self_test")
            looked_s = 0.0
            while not self._leaving.is_set():
                if self._wishes.empty():
                    await session.advance()
                    if session.t_s - looked_s >= LOOK_S:
                        looked_s = session.t_s
                        self._desk.arming([] if session.state in ENERGISED else reasons_against(session.checks, session))
                    continue
                command = self._wishes.get_nowait()
                if (request := await self._obey(command, session)) is not None:
                    return request
            return None
        finally:
            self._refuse_the_rest()
            await self._rest(session)
            self._desk.detach()
            session.close()

    def _refuse_the_rest(self) -> None:
        """Answers what was asked for after a protocol was: nobody would look at it before the run has ended."""
        self._waits = False
        while not self._wishes.empty():
            command = self._wishes.get_nowait()
            self._desk.reply(command, {"ok": False, "text": f"{command['name']}: a protocol begins", "problems": []})

    async def _rest(self, session: Session) -> None:
        with suppress(NotArmed, SessionEnded):
            await session.stop()
            await session.disarm()

    async def _obey(self, command: Message, session: Session) -> Request | None:
        name = command["name"]
        if name == "start_run":
            return self._wanted(command, session)
        if name == "reset":
            await reset(self._desk, session, command)
            return None
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "arm": session.arm, "start": session.start, "disarm": lambda: self._down(session),
        }  # fmt: skip
        answer: dict[str, Any] = {"ok": True, "text": name}
        try:
            session.event("operator", f"{name} asked for by {command.get('by')}", "info", by=command.get("by"))
            if name == "start" and session.state not in ("ARMED", "RUNNING"):
                raise NotArmed([f"the bench is {session.state}: arm it first", *reasons_against(session.checks, session)])
            await acts[name]()
        except NotArmed as error:
            answer = {"ok": False, "text": f"{name} was refused", "problems": list(error.reasons)}
        self._desk.reply(command, answer)
        return None

    async def _down(self, session: Session) -> None:
        await session.stop()
        await session.disarm()

    def _wanted(self, command: Message, session: Session) -> Request | None:
        """The request of a checked protocol; None, answered with the reasons, where it cannot run."""
        setting, sets = self._setting, (*self._setting.sets, *command.get("sets", []))
        problems: list[str] = []
        if session.state in ENERGISED:
            problems.append(f"the bench is {session.state}: disarm it first")
        if session.state == "SAFE":
            problems.append("the bench tripped: reset it first")
        if self._desk.stop_held:
            problems.append("STOP is pressed: release it first")
        if command.get("fast") and not session.simulated:
            problems.append("the bench is hardware: virtual time is for simulated benches only")
        request = Request(
            command["protocol"], setting.bench, command.get("patient") or setting.patient, bool(command.get("fast")), setting.seed,
            self._folder(command["protocol"]), sets, setting.mqtt, setting.policy,
            Notes(command.get("operator") or command.get("by", ""), command.get("dut", ""), command.get("fluid", ""), None,
                  command.get("note", "")), mqtt_keys=setting.mqtt_keys,
        )  # fmt: skip
        try:
            self._experiment = load_experiment(request.protocol, bench=request.bench, patient=request.patient, sets=sets)
        except ConfigError as error:
            problems += map(str, error.problems)
        self._desk.reply(command, {"ok": not problems, "text": "; ".join(problems) or "started", "problems": problems})
        return None if problems else request

    def _folder(self, protocol: str) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder, count = self._setting.runs / f"{stamp}-{protocol}", 1
        while folder.exists():
            count += 1
            folder = self._setting.runs / f"{stamp}-{protocol}-{count}"
        return folder

    # -- a run

    async def _run(self, request: Request) -> None:
        experiment: Experiment = self._experiment
        self._seat = Seat(self._desk, holds=True)
        self._desk.tell(phase="opening", protocol=request.protocol)
        screen = Screen()
        ended: dict[str, Any] = {"run": request.out.name if request.out else "", "protocol": request.protocol, "problems": []}
        try:
            outcome = await Run(experiment, request, screen, console=self._seat).execute()
        except (ConfigError, ValueError, OSError, SessionEnded, HelperError, LookupError, ImportError) as error:
            ended |= {"verdict": "did not run", "problems": [str(error)]}
        else:
            ended |= {
                "verdict": outcome.summary["verdict"],
                "problems": [line for line in (outcome.summary["reason"], *outcome.summary["tripped"]) if line],
            }
            ended["fault"] = outcome.result.cause == "fault"
            if outcome.result.cause == "interrupt":  # the program was told to end, not only this run
                self._leaving.set()
            self._desk.tell(phase="reporting", last_run=ended | {"report": False})
            ended["report"] = await _report(outcome.folder)
        finally:
            screen.close()
            self._leaving_too()
        self._screen.say(f"verdict      {ended['verdict']}  {ended['run']}")
        self._desk.tell(last_run=ended)
        if ended.get("fault"):
            # SAFETY: a bench that could not be made safe is not opened again before a person has looked at it
            raise SessionEnded(f"{'; '.join(ended['problems'])}. Look at the bench, then start the console again")

    def _leaving_too(self) -> None:
        if self._seat is not None and self._seat.leaving.is_set():
            self._leaving.set()
        self._seat = None


async def _report(folder: Path) -> bool:
    """Writes the report in a process of its own, so that drawing does not hold up the supervisor."""
    code = "from controller.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", code, "report", str(folder), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=environment(), process_group=0,
    )  # fmt: skip
    return await process.wait() == 0
