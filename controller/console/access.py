"""Who may look and who may act: tokens, and the cookie that stands for one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from controller.config.private_file import private_lines

COOKIE = "mockloop"
ROLES = ("viewer", "operator")
LEAST_TOKEN = 20  # characters
MOST_SESSIONS = 256
TRIES, WITHIN_S = 10, 60.0  # wrong tokens before the door stays shut for a while


class TooManyTries(Exception):
    """Somebody guesses."""


def read_tokens(path: Path) -> dict[str, str]:
    """Tokens by role from a file with lines ``operator TOKEN`` and ``viewer TOKEN``.

    Raises:
        ValueError: the file says something else, a token is short, or others may read the file. OSError: it cannot be read.
    """
    found: dict[str, str] = {}
    for number, words in private_lines(path, "a token"):
        if len(words) != 2 or words[0] not in ROLES or words[0] in found:
            raise ValueError(f"{path}:{number}: allowed is one line 'operator TOKEN' and one 'viewer TOKEN'")
        if len(words[1]) < LEAST_TOKEN:
            raise ValueError(f"{path}:{number}: the token has {len(words[1])} characters, at least {LEAST_TOKEN} are needed")
        found[words[0]] = words[1]
    if "operator" not in found:
        raise ValueError(f"{path}: no line 'operator TOKEN'")
    return found


class Access:
    """Maps cookies to roles. Without tokens (loopback only) everybody is an operator."""

    def __init__(self, tokens: Mapping[str, str] | None = None) -> None:
        self._tokens = {role: _digest(token) for role, token in tokens.items()} if tokens else None
        self._sessions: OrderedDict[str, str] = OrderedDict()
        self._wrong: deque[float] = deque(maxlen=TRIES)

    @property
    def asks(self) -> bool:
        """Whether a token is needed at all."""
        return self._tokens is not None

    def login(self, token: str) -> str | None:
        """The cookie's value for a right token, None for a wrong one. Raises TooManyTries."""
        if self._tokens is None:
            return None
        now_s = time.monotonic()
        if len(self._wrong) == TRIES and now_s - self._wrong[0] < WITHIN_S:
            raise TooManyTries(f"{TRIES} wrong tokens within {WITHIN_S:g} s: wait a minute")
        digest = _digest(token)
        role = ""
        for name, right in self._tokens.items():
            if hmac.compare_digest(digest, right):
                role = name
        if not role:
            self._wrong.append(now_s)
            return None
        value = secrets.token_urlsafe(32)
        self._sessions[_digest(value)] = role
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return value

    def role(self, cookies: str) -> str | None:
        """The role that a Cookie header stands for; None: nobody that we know."""
        if self._tokens is None:
            return "operator"
        try:
            morsel = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return None
        return self._sessions.get(_digest(morsel.value)) if morsel is not None else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
