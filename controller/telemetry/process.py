"""``python -m controller.telemetry.process``: reads the history ring and publishes on MQTT. It may stall, die and come back;
the loop does not notice.

stdin: ``{"event": {…}}``, ``{"beat": {…}}`` and ``{"reply": {…}}`` lines; its end (or SIGTERM) ends the process after what is
queued has gone. stdout: ``{"connected", "published", "dropped", …}`` once a second and at every change, ``{"command": {…}}`` for a
command that passed its gate (with ``--keys`` only), at last ``{"closed": true, …}``.
Exit code 0; 2 wrong arguments; 3 an address, description, certificate or ring that cannot be used (with an "error" line).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cext.frame import FRAME_DTYPE
from cext.ring import RingReader
from controller.processes.json_lines import Message, encode
from controller.processes.parent_line import ParentLine
from controller.telemetry.address import URL_VARIABLE, Address, parse
from controller.telemetry.allowance import Allowance
from controller.telemetry.decimation import Decimation, FastText
from controller.telemetry.home_assistant import discovery
from controller.telemetry.lane import Lane
from controller.telemetry.meta import read, selected
from controller.telemetry.publisher import Publisher
from controller.telemetry.topics import Topics

if TYPE_CHECKING:
    from controller.telemetry.command_gate import CommandGate

RATES_HZ = (1.0, 50.0)
BEATS, EVENTS, REPLIES = 256, 1024, 64  # messages that wait for a broker
STATUS_S = 1.0
LEAVE_S = 4.0
PATIENCE_S = 0.5  # for a parent that is slow to read the last line
BACKLOG_S = 1.0  # of loop time that is caught up with after a pause; beyond it (fast mode) the newest interval is what counts
EXIT_CONFIGURATION = 3


class Telemetry:
    """One run of the process. `document` is the description as read from the meta file; without a `gate` nobody can command."""

    def __init__(
        self,
        ring_fd: int,
        address: Address,
        bench: str,
        document: dict[str, Any],
        rate_hz: float,
        gate: CommandGate | None = None,
    ) -> None:
        period_s = document.get("period_us", 1000) * 1e-6
        ticks = max(1, round(1.0 / (rate_hz * period_s)))
        signals = selected(document)
        topics = Topics(bench)
        self._address = address
        self._identity = f"mockloop-{secrets.token_hex(6)}"  # for life, and in every message: two runs may share the topics
        self._interval_s = ticks * period_s
        self._ring_fd = ring_fd
        self._reader = RingReader(ring_fd)
        self._backlog_frames = max(2 * ticks, round(BACKLOG_S / period_s))
        self._allowance = Allowance(1.0 / self._interval_s, max(1, math.ceil(BACKLOG_S / self._interval_s)))
        self._decimation = Decimation(signals, FRAME_DTYPE, ticks)
        self._text = FastText(signals, self._identity)
        self._epoch_s: float | None = document.get("epoch_s")
        self._line = ParentLine(self._hear)
        self._fast = Lane("fast", topics.fast, 0, max(1, math.ceil(BACKLOG_S / self._interval_s)))
        self._beat = Lane("beat", topics.beat, 0, BEATS)
        self._event = Lane("event", topics.event, 1, EVENTS)
        self._reply = Lane("reply", topics.reply, 1, REPLIES)
        self._lanes = (self._fast, self._beat, self._event, self._reply)
        self._gate = gate
        meta = {**document, "rate_hz": 1.0 / self._interval_s, "publisher": self._identity}
        retained = {topics.meta: encode(meta).rstrip()}
        if address.discovery:
            title = f"mockloop {bench}" + " (SIMULATED)" * bool(document.get("SIMULATED"))
            topic, found = discovery(bench, title, str(document.get("software", {}).get("version", "")))
            retained[topic] = encode(found).rstrip()
        self._publisher = Publisher(
            address, self._identity, topics, retained, self._lanes, self._say, self._command if gate else None
        )

    async def run(self) -> None:
        self._line.open()
        publishing = asyncio.create_task(self._publisher.run())
        said_s = -STATUS_S
        while not (self._line.leaving.is_set() or publishing.done()):
            self._read()
            if time.monotonic() - said_s >= STATUS_S:
                said_s = time.monotonic()
                self._say()
            await asyncio.sleep(self._interval_s)
        self._read()
        self._publisher.leave()
        await asyncio.wait([publishing], timeout=LEAVE_S)
        if publishing.done():
            publishing.result()  # an error that it does not know of ends the process, and its parent starts it again
        waiting = sum(len(lane) for lane in self._lanes)
        self._line.say({"closed": True, **self._status(), "unsent": waiting}, PATIENCE_S)

    def _read(self) -> None:
        written = self._reader.written
        if written - self._reader.position > self._backlog_frames:  # far behind: go on from the newest whole interval
            self._reader.close()
            self._reader = RingReader(self._ring_fd, start=written - 2 * self._decimation.ticks)
            self._decimation.jump()
        frames = self._reader.read(self._backlog_frames)
        samples = self._decimation.take(frames, self._allowance.at(time.monotonic()))
        self._allowance.spend(len(samples))
        for sample in samples:
            if self._epoch_s is None:
                self._epoch_s = time.time() - sample.t_s
            self._fast.put(self._text.write(sample, self._epoch_s, self._dropped))

    def _hear(self, message: Message) -> None:
        known = False
        for lane in (self._event, self._beat, self._reply):
            if isinstance(message.get(lane.name), dict):
                known = True
                lane.put(encode({**message[lane.name], "publisher": self._identity}).rstrip())
        if not known:
            self._line.rejected += 1

    def _command(self, payload: bytes, retained: bool) -> None:
        assert self._gate is not None
        command, refusal = self._gate.judge(payload, retained=retained)
        if command is not None and not self._line.say({"command": command}):
            refusal = {
                "id": command["id"],
                "ok": False,
                "text": "the supervisor does not take commands at the moment",
                "problems": [],
            }
        if refusal is not None:
            self._hear({"reply": refusal})

    @property
    def _dropped(self) -> int:
        return sum(lane.dropped for lane in self._lanes)

    def _status(self) -> Message:
        return {
            "connected": self._publisher.connected,
            "published": sum(lane.published for lane in self._lanes),
            "dropped": self._dropped,
            "skipped": self._decimation.skipped,
            "rejected": self._line.rejected,
            "connections": self._publisher.connections,
            "broker": self._address.shown,
            "error": self._publisher.error,
            "shared_with": self._publisher.shared_with,
            **({"commands_refused": self._gate.refused} if self._gate else {}),
            **{lane.name: {"published": lane.published, "dropped": lane.dropped} for lane in self._lanes},
        }

    def _say(self) -> None:
        self._line.say(self._status())


def _rate(text: str) -> float:
    value = float(text)
    if not RATES_HZ[0] <= value <= RATES_HZ[1]:
        raise argparse.ArgumentTypeError(f"rate {text} Hz is refused: allowed is {RATES_HZ[0]:g} to {RATES_HZ[1]:g} Hz")
    return value


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="controller.telemetry.process", description="Publishes a loop's signals on MQTT.")
    parser.add_argument("--ring-fd", type=int, required=True, help="inherited descriptor of the history ring")
    parser.add_argument("--url", help=f"mqtt[s]://[user:password@]host[:port][?version=5]; default: ${URL_VARIABLE}")
    parser.add_argument("--bench", required=True, help="name of the bench, a topic level")
    parser.add_argument("--meta", type=Path, required=True, help="JSON file made by controller.telemetry.meta")
    parser.add_argument("--rate-hz", type=_rate, default=50.0, help="of the fast topic")
    parser.add_argument("--keys", type=Path, help="keys of those who may command; without it the command topic is not heard")
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what there is to say goes into the status lines
    try:
        url = given.url or os.environ.get(URL_VARIABLE)
        if not url:
            raise ValueError(f"no broker address: give --url or ${URL_VARIABLE}")
        gate = _gate(given.bench, given.keys) if given.keys else None
        asyncio.run(_run(Telemetry(given.ring_fd, parse(url), given.bench, read(given.meta), given.rate_hz, gate)))
    except (ValueError, OSError) as error:
        sys.stdout.buffer.write(encode({"error": {"what": "configuration", "text": f"telemetry: {error}"}}))
        sys.stdout.flush()
        return EXIT_CONFIGURATION
    return 0


def _gate(bench: str, keys: Path) -> CommandGate:
    from controller.telemetry.command_gate import CommandGate
    from controller.telemetry.command_keys import read_keys

    return CommandGate(bench, read_keys(keys))


async def _run(telemetry: Telemetry) -> None:
    await telemetry.run()
    # A connection attempt or a name look-up sits in a thread that cannot be called off and would hold us for its whole time.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
