"""Sends one signed command and waits for its answer."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

import aiomqtt
import jwt

from controller.telemetry.topics import Topics

if TYPE_CHECKING:
    from controller.telemetry.address import Address
    from controller.telemetry.command_keys import CommandKey


class NoAnswer(Exception):
    """The broker is not there, or nobody answers at the bench."""


def signed(bench: str, key: CommandKey, wish: dict[str, Any], number: str, epoch_s: float) -> str:
    """The token (RFC 7519) that asks bench `bench` for `wish`."""
    return jwt.encode(
        {"aud": bench, "iat": epoch_s, "jti": number, "command": wish}, key.secret, algorithm="HS256", headers={"kid": key.name}
    )


async def send(address: Address, bench: str, key: CommandKey, wish: dict[str, Any], wait_s: float) -> dict[str, Any]:
    """The answer, ``{"id", "ok", "text", "problems"}``.

    Raises:
        NoAnswer: with what to look at. ValueError: the bench's name. OSError: certificates.
    """
    topics, number = Topics(bench), secrets.token_hex(8)
    try:
        async with asyncio.timeout(wait_s), aiomqtt.Client(
            address.host, address.port, username=address.user, password=address.password, tls_context=address.tls_context(),
            protocol=aiomqtt.ProtocolVersion.V5 if address.version == "5" else aiomqtt.ProtocolVersion.V311,
        ) as client:  # fmt: skip
            await client.subscribe(topics.reply, qos=1)
            await client.publish(topics.command, signed(bench, key, wish, number, time.time()), qos=1)
            async for message in client.messages:
                found = _answer(message.payload)
                if found.get("id") == number:
                    return found
    except aiomqtt.MqttError as error:
        raise NoAnswer(f"broker {address.shown}: {error}") from None
    except TimeoutError:
        pass
    raise NoAnswer(
        f"no answer from bench {bench} on {address.shown} within {wait_s:g} s: is a run there, was it started with --mqtt-keys, "
        "and may this login publish on its command topic?"
    )


def _answer(payload: object) -> dict[str, Any]:
    try:
        found = json.loads(payload) if isinstance(payload, (bytes, str)) else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
