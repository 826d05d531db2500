"""The two helper processes of telemetry, ready to be started by the supervisor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from controller.processes.helper import Change, Helper
from controller.processes.json_lines import Message
from controller.processes.launch import environment, python_module
from controller.telemetry.address import PORT, URL_VARIABLE


def broker(port: int = PORT, host: str = "127.0.0.1", *, on_change: Callable[[Change], None] | None = None) -> Helper:
    """The embedded broker. `expect("port")` after `start` tells the port, which a restart keeps.

    A port that is taken ends in HelperError from `expect`, with `Helper.error["what"] == "port-taken"`.
    """
    known = {"port": port}

    def remember(message: Message) -> None:
        known["port"] = int(message.get("port", known["port"]))

    def command() -> list[str]:
        return python_module("controller.telemetry.broker", "--port", str(known["port"]), "--host", host)

    return Helper("broker", command, on_line=remember, on_change=on_change, environment=environment())


def telemetry(
    ring_fd: int,
    url: str,
    bench: str,
    meta_file: Path,
    *,
    rate_hz: float = 50.0,
    keys: Path | None = None,
    on_line: Callable[[Message], None] | None = None,
    on_change: Callable[[Change], None] | None = None,
) -> Helper:
    """The publisher; `keys` of those who may command. The address travels in the environment, since everybody may read a command line.

    Its lines: ``{"connected", "published", "dropped", "error", …}`` once a second and at every change.
    """
    arguments = ["--ring-fd", str(ring_fd), "--bench", bench, "--meta", os.fspath(meta_file), "--rate-hz", f"{rate_hz:g}"]
    arguments += ["--keys", os.fspath(keys)] if keys is not None else []
    return Helper(
        "telemetry",
        python_module("controller.telemetry.process", *arguments),
        pass_fds=[ring_fd],
        on_line=on_line,
        on_change=on_change,
        environment=environment(**{URL_VARIABLE: url}),
    )
