"""``python -m controller.telemetry.broker``: the embedded MQTT broker (3.1.1, no login) on the loopback interface.

A process of its own, so that the last will of the telemetry process finds a broker. Says ``{"port": n, "host": …}`` when it
listens, or ``{"error": {…}}`` and exit code 3 when it cannot; leaves at the end of stdin or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import logging
import os
import sys
import warnings

from controller.processes.parent_line import ParentLine
from controller.telemetry.address import PORT

LAST_WORDS_S = 0.2  # the "offline" that a leaving publisher has just sent still reaches its readers
LEAVE_S = 2.0
PATIENCE_S = 1.0  # for a parent that is slow to read
EXIT_CONFIGURATION = 3
LISTENER = "default"


async def serve(host: str, port: int) -> int:
    """Serves until told to leave. Returns the exit code."""
    from amqtt.adapters import StreamReaderAdapter
    from amqtt.broker import Broker

    from controller.telemetry.prompt_writer import PromptWriter

    line = ParentLine()
    broker = Broker(
        {
            "listeners": {LISTENER: {"type": "external"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await broker.external_connected(StreamReaderAdapter(reader), PromptWriter(writer), LISTENER)

    try:
        server = await asyncio.start_server(connected, host, port)
    except OSError as error:
        line.say({"error": _explain(error, host, port)}, PATIENCE_S)
        return EXIT_CONFIGURATION
    line.open()
    line.say({"port": server.sockets[0].getsockname()[1], "host": host}, PATIENCE_S)
    await line.leaving.wait()
    server.close()
    await asyncio.sleep(LAST_WORDS_S)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), LEAVE_S)
    return 0


def _explain(error: OSError, host: str, port: int) -> dict[str, str | int]:
    if error.errno == errno.EADDRINUSE:
        text = f"broker: port {port} on {host} is taken by another program: use port 0 (any free one) or that broker's address"
        return {"what": "port-taken", "text": text, "port": port}
    if error.errno == errno.EACCES:
        text = f"broker: port {port} on {host} is not allowed to this user: choose one from 1024, or 0"
        return {"what": "port-refused", "text": text, "port": port}
    return {"what": "cannot-listen", "text": f"broker: cannot listen on {host} port {port}: {error}", "port": port}


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"port {port} is refused: allowed is 1 to 65535, or 0 for any free one")
    return port


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="controller.telemetry.broker", description="Embedded MQTT broker.")
    parser.add_argument("--port", type=_port, default=PORT, help="0: any free one")
    parser.add_argument("--host", default="127.0.0.1", help="there is no login: other than loopback lets everybody in")
    parser.add_argument("--verbose", action="store_true", help="let amqtt write its log to stderr")
    given = parser.parse_args(arguments)
    if given.verbose:
        logging.basicConfig(level=logging.INFO)
    else:
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
    return asyncio.run(_serve(given.host, given.port))


async def _serve(host: str, port: int) -> int:
    code = await serve(host, port)
    sys.stdout.flush()
    os._exit(code)  # what tasks amqtt leaves behind is not waited for


if __name__ == "__main__":
    sys.exit(main())
