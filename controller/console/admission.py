"""The door: who may speak to the console at all. Host, Origin, size of bodies; and what every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1 << 16  # bytes
SAFE_METHODS = ("GET", "HEAD")
# Svelte's transitions and our own bars set styles through the CSSOM, which a policy without 'unsafe-inline' allows.
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "img-src 'self' data:; connect-src 'self'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Admission:
    """ASGI middleware around `app`.

    A page of another origin can neither read nor act (no CORS headers; Origin and Sec-Fetch-Site are checked on everything
    that changes something, and on the WebSocket), and a name that an attacker's DNS points here is refused by its Host.

    Args:
        names: host names by which the console may be addressed, beside every IP address as a number and ``localhost``.
    """

    def __init__(self, app: App, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = {name.lower() for name in names} | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in own)]
            await send(message)

        await self._app(scope, _limited(receive), answer)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in headers and name in (b"host", b"origin", b"content-length"):
                return 400, f"{name.decode()} is given twice"
            headers[name] = value
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if not self._known(host):
            return 421, f"this console is not called {host[:100]!r}: use its address as a number, or start it with --name"
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes:
            origin = headers.get(b"origin")
            if origin is not None and not _same(origin.decode("latin-1").lower(), host, scope["scheme"]):
                return 403, "a page of another origin may not do this"
            if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
                return 403, "a page of another site may not do this"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > LARGEST_BODY:
            return 413, f"the body is larger than {LARGEST_BODY} bytes"
        return None

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if host and "@" not in host and name not in self._names:
                ipaddress.ip_address(name)
        except ValueError:
            return False
        return bool(name) and "@" not in host


def _same(origin: str, host: str, scheme: str) -> bool:
    secure = scheme in ("https", "wss")
    return origin == f"{'https' if secure else 'http'}://{host}"


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413, f"the body is larger than {LARGEST_BODY} bytes")
        return message

    return limited


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": text[:100]})
        return
    body = text.encode("utf-8", "replace")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
