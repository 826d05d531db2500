"""``python -m controller.console.process``: the web console. It holds no device handle; it may stall, die and come back, the
loop does not notice.

stdin: JSON lines of the supervisor (`Board.hear`). stdout: ``{"port", "url"}`` when it listens, ``{"command": {…}}`` and
``{"note": …}`` for the supervisor. The rings of the sessions come as descriptors over the inherited socket ``--mailbox-fd``.
Exit code 0; 2 wrong arguments; 3 an address, certificate or token file that cannot be used (with an "error" line).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.console.listening import Listening, refuse_open_door
from controller.processes.json_lines import encode
from controller.processes.parent_line import ParentLine

EXIT_CONFIGURATION = 3
LARGEST_MESSAGE = 4096  # bytes of a WebSocket message that a viewer sends
MOST_CONNECTIONS = 400
LEASE_S = 0.5


async def serve(listening: Listening, mailbox: socket.socket, runs: Path) -> None:
    """Until the supervisor leaves. Raises OSError (the port), ValueError (tokens, certificate)."""
    import uvicorn

    from controller.console.access import Access, read_tokens
    from controller.console.admission import Admission
    from controller.console.app import make_app
    from controller.console.board import Board
    from controller.console.lease import Lease
    from controller.console.stream import Stream, newest_descriptor
    from controller.console.viewers import Viewers

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:  # the parent line has them
            yield

    access = Access(read_tokens(listening.token_file) if listening.token_file else None)
    viewers, lease = Viewers(), Lease()
    stream = Stream(viewers)
    line = ParentLine(lambda message: board.hear(message))
    board = Board(viewers, lease, line.say)
    app = make_app(board=board, viewers=viewers, lease=lease, access=access, runs=runs, secure=listening.secure)
    door: Any = Admission(app, listening.names())
    config = uvicorn.Config(
        door, log_level="critical", access_log=False, lifespan="off", ws="websockets-sansio", http="h11",
        ws_max_size=LARGEST_MESSAGE, ws_per_message_deflate=False, ws_ping_interval=10.0, ws_ping_timeout=20.0,
        limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=10, h11_max_incomplete_event_size=16384, server_header=False,
        ssl_certfile=listening.certificate, ssl_keyfile=listening.key, timeout_graceful_shutdown=1, proxy_headers=False,
    )  # fmt: skip
    config.load()
    listener = socket.create_server((listening.host, listening.port), family=listening.family(), backlog=256)
    server = Server(config)

    def rings() -> None:
        fd = newest_descriptor(mailbox)
        if fd is not None:
            stream.take(fd)

    async def leases() -> None:
        while True:
            board.show_lease()
            await asyncio.sleep(LEASE_S)

    line.open()
    asyncio.get_running_loop().add_reader(mailbox.fileno(), rings)
    tasks = [asyncio.create_task(stream.run()), asyncio.create_task(leases()), asyncio.create_task(server.serve([listener]))]
    port = listener.getsockname()[1]
    line.say({"port": port, "url": listening.url(port)}, 1.0)
    leaving = asyncio.create_task(line.leaving.wait())
    await asyncio.wait([leaving, *tasks], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    for task in tasks:
        if task.done():
            task.result()  # an error ends the process, and its parent starts it again
    await asyncio.wait(tasks[2:], timeout=2.0)
    line.say({"closed": True}, 0.5)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="controller.console.process", description="The web console of a running loop.")
    parser.add_argument("--mailbox-fd", type=int, required=True, help="inherited socket on which rings arrive")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the run folders")
    Listening.arguments(parser)
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what there is to say goes to the supervisor
    try:
        listening = Listening.of(given)
        refuse_open_door(listening)
        with socket.socket(fileno=given.mailbox_fd) as mailbox:
            asyncio.run(serve(listening, mailbox, given.runs))
    except (ValueError, OSError) as error:
        what = "port-taken" if isinstance(error, OSError) and error.errno == 98 else "configuration"
        sys.stdout.buffer.write(encode({"error": {"what": what, "text": f"console: {error}"}}))
        sys.stdout.flush()
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
