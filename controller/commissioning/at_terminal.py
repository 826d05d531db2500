"""`mockloop io` at a terminal: the table lives, a key does, and an output is energised only while its key is held."""

from __future__ import annotations

import asyncio
import time

from controller.commissioning.dead_man import DeadMan
from controller.commissioning.hands import Hands
from controller.commissioning.keys import raw, read_keys
from controller.commissioning.panel import Panel
from controller.commissioning.points import Mark, PointList
from controller.commissioning.procedure import speak_to_nobody
from controller.session.errors import NotArmed

PICTURES_PER_S = 8.0
FINDINGS: dict[str, Mark] = {"enter": "ok", "x": "wrong", "u": "open"}


class TerminalLost(Exception):
    """The terminal has gone while a person was at it."""


class AtTerminal:
    """One session of a person at `fd`. `work` ends with ``q``, and by TerminalLost."""

    def __init__(self, hands: Hands, points: PointList, fd: int) -> None:
        self._hands, self._fd = hands, fd
        self._panel = Panel(hands, points)
        self._points = points
        self._dead_man = DeadMan()
        self._ended = self._lost = False
        self._asked = ""  # arm or reset, done by the loop below

    async def work(self) -> None:
        try:
            await self._live()
        except OSError:  # nothing can be shown any more
            self._lost = True
        if self._lost:
            self._hands.release()
            speak_to_nobody()
            raise TerminalLost("the terminal is gone: everything was let go of")

    async def _live(self) -> None:
        from rich.console import Console
        from rich.live import Live

        loop = asyncio.get_running_loop()
        with (
            raw(self._fd),
            Live(console=Console(highlight=False), screen=True, auto_refresh=False, vertical_overflow="crop") as live,
        ):
            loop.add_reader(self._fd, self._read)
            try:
                next_s = 0.0
                while not self._ended:
                    piece = await self._hands.session.advance()
                    self._points.saw(piece.frames) if len(piece.frames) else None
                    await self._do_asked()
                    now_s = time.monotonic()
                    if self._panel.held and not self._dead_man.held(now_s):
                        self._let_go("let go: everything is safe")
                    if now_s >= next_s:
                        next_s = now_s + 1.0 / PICTURES_PER_S
                        live.update(self._panel.table(), refresh=True)
            finally:
                self._hands.release()
                loop.remove_reader(self._fd)

    def _read(self) -> None:
        keys = read_keys(self._fd)
        if keys is None:
            self._hands.release()  # SAFETY: a terminal that is gone holds nothing
            self._lost = self._ended = True
            return
        for key in keys:
            self._key(key)

    def _key(self, key: str) -> None:
        panel = self._panel
        if key == " ":
            self._hold()
            return
        if panel.held:
            self._let_go("let go by another key: everything is safe")  # SAFETY: any other key lets go
        if key == "q":
            self._ended = True
        elif key in ("up", "down", "k", "j"):
            panel.move(-1 if key in ("up", "k") else 1)
        elif key in ("left", "right", "-", "+"):
            panel.change(-1 if key in ("left", "-") else 1)
        elif key in FINDINGS:
            point = self._points.found(panel.chosen, FINDINGS[key])
            panel.say = f"{point.channel}: {point.mark}"
            if key != "u":
                panel.move(1)
        elif key in ("a", "r"):
            self._asked = {"a": "arm", "r": "reset"}[key]

    def _hold(self) -> None:
        panel, session = self._panel, self._hands.session
        if panel.output is None:
            panel.say = f"{panel.chosen} is an input: choose an output"
        elif session.state != "RUNNING":
            panel.say = f"the machine is in {session.state}: nothing can be energised; a arms"
        else:
            good_s = self._dead_man.sign(time.monotonic())
            self._hands.hold({panel.output: panel.wanted[panel.chosen]}, round(good_s / session.period_s))
            panel.held = True
            panel.say = f"{panel.output} is held at {panel.wanted[panel.chosen]:g}; let go of space: everything is safe"

    def _let_go(self, say: str) -> None:
        self._hands.release()
        self._dead_man.let_go()
        self._panel.held, self._panel.say = False, say

    async def _do_asked(self) -> None:
        asked, self._asked = self._asked, ""
        if not asked:
            return
        try:
            if asked == "arm":
                await self._hands.arm()
                self._panel.say = "armed: outputs stand at their safe values; hold space to energise the chosen one"
            else:
                await self._hands.session.reset()
                self._panel.say = "reset: a arms"
        except NotArmed as refused:
            self._panel.say = "; ".join(refused.reasons)
