"""Who is in control. One lease at a time, kept by a heartbeat; STOP needs none."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

LASTS_S = 8.0  # without a heartbeat; browsers send one every 2 s


class Refused(Exception):
    """The lease is not to be had, or is not held: the text says why."""


class Lease:
    """The one lease. `wall_s`: a monotonic clock."""

    def __init__(self, wall_s: Callable[[], float] = time.monotonic) -> None:
        self._wall_s = wall_s
        self._secret = ""
        self._by = ""
        self._until_s = 0.0

    @property
    def by(self) -> str:
        """Who holds it; empty: nobody."""
        return self._by if self._wall_s() < self._until_s else ""

    def take(self, by: str, *, force: bool = False) -> str:
        """Gives the lease to `by` and returns its secret. Raises Refused while somebody else holds it (`force`: takes it)."""
        if self.by and not force:
            raise Refused(f"{self.by} is in control: wait until it is given back, or take it over")
        self._by, self._secret = by, secrets.token_urlsafe(24)
        self._until_s = self._wall_s() + LASTS_S
        return self._secret

    def keep(self, secret: str) -> str:
        """The heartbeat: holds the lease for `LASTS_S` more. Returns the holder. Raises Refused."""
        by = self.holder(secret)
        self._until_s = self._wall_s() + LASTS_S
        return by

    def holder(self, secret: str) -> str:
        """Who holds the lease of this secret. Raises Refused where it is not, or no longer, the one in force."""
        if not secret or not self.by or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            now = f"{self.by} is in control" if self.by else "nobody is in control"
            raise Refused(f"you are not in control ({now}): take control first")
        return self.by

    def give_back(self, secret: str) -> None:
        self.holder(secret)
        self._until_s = 0.0
