"""The web application: every address of the console in one place. What it answers comes from board, catalogue and lease."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteError
from starlette.requests import HTTPConnection

from controller.config.errors import ConfigError
from controller.console import catalogue
from controller.console.access import COOKIE, Access, TooManyTries
from controller.console.board import Board
from controller.console.commands import Asked, Command, Listed, Name, Short
from controller.console.lease import Lease, Refused
from controller.console.run_pages import stored_runs
from controller.console.viewers import Viewer, Viewers
from controller.version import version

STATIC = Path(__file__).parent / "static"
MOST_WRONG = 20  # messages of a viewer that make no sense before it is sent away
SEND_S = 30.0  # for one message; a viewer that takes nothing for so long is sent away
NOT_BUILT = (
    "The console's front end was not built with this installation: run 'make build' in a checkout (it needs Node 20.19 or "
    "newer, or pip and a network to install one), or install a wheel. Everything else of mockloop works without it; the "
    "interface for programs is at /api/.\n"
)


def known_query(request: HTTPConnection) -> None:
    """Refuses a query parameter that the address does not have: one that is misspelt must not be passed over in silence."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    allowed = {parameter.alias for parameter in dependant.query_params} if dependant is not None else set()
    unknown = [{"type": "extra", "loc": ("query", name), "msg": f"unknown parameter; there are {', '.join(sorted(allowed)) or 'none'}"}
               for name in dict.fromkeys(request.query_params) if name not in allowed]  # fmt: skip
    if unknown:
        raise RequestValidationError(unknown)


class Where(BaseModel):
    where: str
    text: str


class Refusal(BaseModel):
    """Every answer that is not 200 says why: in `detail`, or in `text` of a command, with one problem a line."""

    detail: str = ""
    text: str = ""
    problems: list[str | Where] = []


REFUSALS: dict[int | str, str] = {
    401: "a token is needed, or was wrong",
    403: "viewers look on",
    404: "there is none",
    409: "refused, with the reasons",
    413: "too large",
    422: "not understood",
    429: "too many wrong tokens",
    503: "the supervisor does not take it",
    504: "the supervisor did not answer in time",
}


class Token(Asked):
    token: Short


class Taking(Asked):
    by: Name
    force: bool = False


class Holding(Asked):
    lease: Short


class Stopping(Asked):
    by: Short = ""


def make_app(*, board: Board, viewers: Viewers, lease: Lease, access: Access, runs: Path, secure: bool) -> FastAPI:
    """The application. `runs`: folder of the run folders. `secure`: served over TLS."""
    app = FastAPI(
        title="mockloop console", version=version(), docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        dependencies=[Depends(known_query)],
        responses={status: {"description": what, "model": Refusal} for status, what in REFUSALS.items()},
    )  # fmt: skip

    def role(request: Request) -> str:
        found = access.role(request.headers.get("cookie", ""))
        if found is None:
            raise HTTPException(401, "log in first: POST /api/login with the token")
        return found

    def operator(found: str = Depends(role)) -> str:
        if found != "operator":
            raise HTTPException(403, "viewers look on: this needs the operator's token")
        return found

    Anybody, Operator = Depends(role), Depends(operator)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        found = [{"where": ".".join(map(str, e["loc"])), "text": e["msg"]} for e in error.errors()[:20]]
        return JSONResponse({"detail": "not understood", "problems": found}, 422)

    @app.exception_handler(StarletteError)
    async def answered(_: Request, error: StarletteError) -> JSONResponse:
        # A body that is no JSON at all is as little understood as one with a wrong key.
        unread = error.status_code == 400 and "parsing the body" in str(error.detail)
        return JSONResponse({"detail": error.detail}, 422 if unread else error.status_code, headers=error.headers)

    @app.exception_handler(ConfigError)
    async def invalid(_: Request, error: ConfigError) -> JSONResponse:
        return JSONResponse({"detail": "refused", "problems": [str(problem) for problem in error.problems]}, 409)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 409)

    @app.get("/api/hello")
    async def hello(request: Request) -> dict[str, Any]:
        return {"version": version(), "asks": access.asks, "role": access.role(request.headers.get("cookie", ""))}

    @app.post("/api/login")
    async def login(token: Token, response: Response) -> dict[str, Any]:
        try:
            value = access.login(token.token)
        except TooManyTries as error:
            raise HTTPException(429, str(error)) from None
        if access.asks and value is None:
            raise HTTPException(401, "this is not the token")
        if value is not None:
            response.set_cookie(COOKIE, value, httponly=True, samesite="strict", secure=secure, path="/", max_age=12 * 3600)
        return {"ok": True}

    @app.get("/api/status", dependencies=[Anybody])
    async def status() -> dict[str, Any]:
        return {"status": board.status, "values": board.values, "beat": board.beat, "lease": lease.by, "viewers": len(viewers)}

    @app.get("/api/events", dependencies=[Anybody])
    async def events(after: Annotated[float, Query(allow_inf_nan=False)] = 0.0) -> list[dict[str, Any]]:
        """Events later than `after`, in seconds since 1970 (`epoch_s` of the last event that is known)."""
        return [event for event in board.events if float(event.get("epoch_s") or math.inf) > after]

    @app.get("/api/alarms", dependencies=[Anybody])
    async def alarms() -> list[dict[str, Any]]:
        return board.alarms.rows()

    @app.get("/api/protocols", dependencies=[Anybody])
    def protocols() -> list[dict[str, Any]]:
        return catalogue.protocols()

    @app.get("/api/protocols/{name}/plan", dependencies=[Anybody])
    def plan(
        name: Listed, patient: Listed | None = None, sets: Annotated[list[Short] | None, Query(max_length=100)] = None
    ) -> Any:
        return catalogue.plan_of(name, str(board.status.get("bench_file") or "virtual"), patient, sets or [])

    @app.get("/api/patients", dependencies=[Anybody])
    def patients() -> list[dict[str, Any]]:
        return catalogue.patients()

    @app.get("/api/settings", dependencies=[Anybody])
    def settings() -> list[dict[str, Any]]:
        return catalogue.setting_rows()

    @app.get("/api/metrics", dependencies=[Anybody])
    def metrics() -> dict[str, Any]:
        return catalogue.metric_rows()

    @app.get("/api/faults", dependencies=[Anybody])
    def faults() -> dict[str, Any]:
        return catalogue.fault_words()

    app.include_router(stored_runs(runs), prefix="/api/runs", dependencies=[Anybody])

    @app.post("/api/stop", dependencies=[Anybody])
    async def stop(stopping: Stopping | None = None) -> dict[str, Any]:
        # A STOP is obeyed from whoever says it, without a name too
        if not board.stop((stopping.by if stopping else "") or "somebody"):
            raise HTTPException(503, "the supervisor does not answer: use the bench's emergency stop")
        return {"ok": True}

    @app.post("/api/lease", dependencies=[Operator])
    async def take(taking: Taking) -> dict[str, Any]:
        before = lease.by
        secret = lease.take(taking.by, force=taking.force)
        board.show_lease()
        board.told(f"{taking.by} is in control" + (f", taken over from {before}" if before else ""))
        return {"lease": secret}

    @app.post("/api/lease/keep", dependencies=[Operator])
    async def keep(holding: Holding) -> dict[str, Any]:
        return {"by": lease.keep(holding.lease)}

    @app.post("/api/lease/release", dependencies=[Operator])
    async def release(holding: Holding) -> dict[str, Any]:
        lease.give_back(holding.lease)
        board.show_lease()
        return {"ok": True}

    @app.post("/api/command", dependencies=[Operator])
    async def command(body: Command) -> JSONResponse:
        by = lease.holder(body.lease)
        try:
            reply = await board.ask(body.as_message(by))
        except (TimeoutError, ConnectionError) as error:
            return JSONResponse({"ok": False, "text": str(error) or "the supervisor did not answer in time"}, 504)
        return JSONResponse(reply, 200 if reply.get("ok") else 409)

    @app.websocket("/api/stream")
    async def stream(socket: WebSocket) -> None:
        found = access.role(socket.headers.get("cookie", ""))
        viewer = viewers.add(found) if found is not None else None
        if viewer is None:
            await socket.close(1008 if found is None else 1013)
            return
        try:
            await socket.accept()
            await _serve(socket, viewer, board)
        finally:
            viewers.remove(viewer)

    if (STATIC / "index.html").is_file():
        app.mount("/assets", StaticFiles(directory=STATIC / "assets"))

        @app.get("/", include_in_schema=False)
        async def page() -> FileResponse:
            return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})
    else:

        @app.get("/", include_in_schema=False)
        async def not_built() -> PlainTextResponse:
            return PlainTextResponse(NOT_BUILT, 503)

    return app


async def _serve(socket: WebSocket, viewer: Viewer, board: Board) -> None:
    """Sends to a viewer and hears it, until either ends."""
    board.greet(viewer)
    tasks = [asyncio.create_task(_send(socket, viewer)), asyncio.create_task(_hear(socket, viewer, board))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(socket: WebSocket, viewer: Viewer) -> None:
    while True:
        message = await viewer.next()
        sending = socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message)
        await asyncio.wait_for(sending, SEND_S)


async def _hear(socket: WebSocket, viewer: Viewer, board: Board) -> None:
    """A viewer says ``{"stop": true, "by": …}`` or ``{"samples": false}`` (it looks at no traces); nothing else."""
    wrong = 0
    while wrong < MOST_WRONG:
        try:
            message = await socket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return
        if message["type"] == "websocket.disconnect":
            return
        try:
            said = json.loads(message.get("text") or "")
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict) and said.get("stop") is True:
            board.stop(str(said.get("by") or "somebody")[:80])
        elif isinstance(said, dict) and isinstance(said.get("samples"), bool):
            viewer.samples_wanted = said["samples"]
        else:
            wrong += 1
