"""One fault, as it is asked for: ``in.aop_mmHg:stuck,from=20,for=5``."""

from __future__ import annotations

import math
from dataclasses import dataclass

DOES = {  # rigs/fault.pxd
    "off": "no value and a driver error; an actuator gets its unpowered 0",
    "stuck": "the value at its onset, for ever fresh",
    "garbage": "anything that a broken converter may give",
    "wrong": "value × gain + offset",
    "slow": "a first-order lag; amount is its time constant",
    "delayed": "late by amount",
    "intermittent": "off for amount, on for amount, and so on",
}
KINDS = tuple(DOES)
CALLS, CALL_KINDS = ("read", "write"), ("off", "intermittent")  # of the device; as rigs.faulty has them
KEYS = {"from": "begin_s", "for": "duration_s", "gain": "gain", "offset": "offset", "amount": "amount_s"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault on a channel (``in.…``, ``out.…``), on the calls ``read`` and ``write``, or on every channel of a device.

    From loop time `begin_s` for `duration_s`. `gain` and `offset` belong to wrong, `amount_s` to slow (time constant), delayed
    (delay) and intermittent (length of each gap).
    """

    where: str
    kind: str
    begin_s: float = 0.0
    duration_s: float = math.inf
    gain: float = 1.0
    offset: float = 0.0
    amount_s: float = 0.05

    def __str__(self) -> str:
        until = "" if math.isinf(self.duration_s) else f" for {self.duration_s:g} s"
        return f"{self.where} {self.kind} from {self.begin_s:g} s{until}"

    def works_at(self, t_s: float) -> bool:
        return self.begin_s <= t_s < self.begin_s + self.duration_s


def parse(text: str) -> Fault:
    """A fault as typed: ``WHERE:KIND[,from=S][,for=S][,gain=X][,offset=X][,amount=S]``. Raises ValueError with all that is wrong."""
    where, colon, rest = text.partition(":")
    kind, *given = rest.split(",")
    found = [] if colon and where else ["WHERE:KIND is missing"]
    if colon and kind not in KINDS:
        found.append(f"kind {kind!r} is unknown; there are {', '.join(KINDS)}")
    values: dict[str, float] = {}
    for item in given:
        key, _, number = item.partition("=")
        if key not in KEYS:
            found.append(f"{key!r} is unknown; there are {', '.join(KEYS)}")
            continue
        try:
            values[KEYS[key]] = float(number)
        except ValueError:
            found.append(f"{key} = {number!r} is no number")
    found += [f"{name} = {value:g} is refused: a finite number" for name, value in values.items() if not math.isfinite(value)]
    for key in ("begin_s", "duration_s", "amount_s"):
        lowest = 0.0 if key == "begin_s" else math.ulp(0.0)
        if key in values and values[key] < lowest:
            found.append(f"{key} = {values[key]:g} is refused: {'0 or more' if key == 'begin_s' else 'above 0'}")
    if found:
        raise ValueError(f"fault {text!r}: " + "; ".join(found))
    return Fault(where, kind, **values)
