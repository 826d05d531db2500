"""The gate for commands over MQTT: who signed it, how old it is, whether it was there before, whether it is too many.

A command is a JSON Web Token (RFC 7519) signed with HS256: header ``kid`` names the key, claims are ``aud`` (the bench), ``iat``
(seconds since 1970), ``jti`` (a number used once) and ``command``. What passes is checked for its sense by the supervisor.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import jwt

from controller.processes.json_lines import Message
from controller.telemetry.allowance import Allowance
from controller.telemetry.command_keys import CommandKey
from controller.telemetry.wishes import STOP, Claims, claims

LARGEST_BYTES = 8192
OLDEST_S, OLDEST_STOP_S = 10.0, 60.0  # a stop that comes late still makes the bench safe
AHEAD_S = 2.0  # of a clock that is ahead of ours
RATE_HZ, BURST = 5.0, 10  # commands of one key
STRANGERS_HZ, STRANGERS = 1.0, 5  # answers to what nobody signed
REMEMBERED = 4096


class Refused(Exception):
    """The message is not obeyed: the text says why. `number`: its ``jti``, once its signature was right."""

    def __init__(self, text: str, number: str | None = None) -> None:
        self.number = number
        super().__init__(text)


class CommandGate:
    """Judges messages of the command topic. `epoch_s`, `monotonic_s`: clocks."""

    def __init__(
        self,
        bench: str,
        keys: Mapping[str, CommandKey],
        *,
        epoch_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused = 0
        self._bench = bench
        self._keys = keys
        self._epoch_s, self._monotonic_s = epoch_s, monotonic_s
        self._begun_s = epoch_s()
        self._allowances = {name: Allowance(RATE_HZ, BURST) for name in keys}
        self._strangers = Allowance(STRANGERS_HZ, STRANGERS)
        self._seen: OrderedDict[str, float] = OrderedDict()

    def judge(self, payload: bytes, *, retained: bool) -> tuple[Message | None, Message | None]:
        """The command for the supervisor, or the answer that refuses it; neither where strangers send too much."""
        try:
            key, found = self._signed(payload, retained)
            return self._timely(key, found), None
        except Refused as refused:
            self.refused += 1
            if refused.number is None and not self._spend(self._strangers):
                return None, None
            return None, {"id": refused.number, "ok": False, "text": "refused", "problems": str(refused).splitlines()}

    def _signed(self, payload: bytes, retained: bool) -> tuple[CommandKey, Claims]:
        # SAFETY: a retained command would be obeyed again at every new connection
        if retained:
            raise Refused(
                "the command is retained: a broker gives it to every newcomer, so it is not obeyed; publish it without retain"
            )
        if len(payload) > LARGEST_BYTES:
            raise Refused(f"the message has {len(payload)} bytes, at most {LARGEST_BYTES} are read")
        try:
            name = jwt.get_unverified_header(payload).get("kid")
            key = self._keys.get(name) if isinstance(name, str) else None
            if key is None:
                raise Refused(f"no key is called {str(name)[:40]!r}" if name else "the token names no key (header kid)")
            # SAFETY: only this algorithm, or a token could choose "none"; only this bench, or one of another could be sent here
            found = jwt.decode(
                payload, key.secret, algorithms=["HS256"], audience=self._bench,
                options={"require": ["aud", "iat", "jti"], "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise Refused(f"not a token signed for bench {self._bench}: {error}") from None
        except (ValueError, RecursionError, UnicodeError):
            raise Refused("not a signed token") from None
        number = found.get("jti")
        try:
            return key, claims(found)
        except ValueError as error:
            raise Refused(str(error), str(number)[:64]) from None

    def _timely(self, key: CommandKey, found: Claims) -> Message:
        number, wish = found.jti, found.command
        stop = wish.name == STOP
        if key.role == STOP and not stop:
            raise Refused(f"key {key.name} may press STOP only, not {wish.name}", number)
        now_s = self._epoch_s()
        age_s, oldest_s = now_s - found.iat, OLDEST_STOP_S if stop else OLDEST_S
        # SAFETY: a command that waited somewhere is about a state that has gone
        if not -AHEAD_S <= age_s <= oldest_s:
            raise Refused(f"sent {age_s:.1f} s ago by its clock and ours: allowed is {-AHEAD_S:g} to {oldest_s:g} s", number)
        if found.iat < self._begun_s and not stop:
            raise Refused("sent before this run listened: what was obeyed before is not known here, send it again", number)
        if f"{key.name} {number}" in self._seen:
            raise Refused("came already: each command needs a jti of its own", number)
        if not stop and not self._spend(self._allowances[key.name]):
            raise Refused(f"too many: {RATE_HZ:g} commands/s for each key, {BURST} at once; it was not obeyed", number)
        self._remember(f"{key.name} {number}", now_s)
        return {"id": number, "via": "mqtt", "by": f"{key.name} over MQTT", **wish.model_dump(mode="json")}

    def _spend(self, allowance: Allowance) -> bool:
        if allowance.at(self._monotonic_s()) < 1:
            return False
        allowance.spend(1)
        return True

    def _remember(self, number: str, now_s: float) -> None:
        self._seen[number] = now_s
        while self._seen and (
            len(self._seen) > REMEMBERED or now_s - next(iter(self._seen.values())) > OLDEST_STOP_S + AHEAD_S
        ):
            self._seen.popitem(last=False)
