"""What is wrong with a configuration, and where: `Problem`, and `ConfigError`, which carries all of them at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

Loc = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_LONGEST_VALUE = 80  # characters of a value that a message repeats


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `str()` is the line shown to people, what a terminal might obey escaped.

    Attributes:
        where: ``file:line:column`` (1-based, columns in characters), a file, or the option it came from (``--set``).
        key: dotted key, ``""`` if the file as a whole is meant.
        value: the value as TOML would show it, ``""`` if there is none to show.
        what: what is wrong.
        allowed: what may be given instead, ``""`` if that says nothing.
        hint: a name that was probably meant, ``""`` if none is near.
    """

    where: str
    key: str
    value: str
    what: str
    allowed: str = ""
    hint: str = ""

    def __str__(self) -> str:
        subject = " = ".join(part for part in (self.key, self.value) if part)
        text = ": ".join(part for part in (self.where, subject, self.what) if part)
        if self.allowed:
            text += f"; allowed is {self.allowed}"
        text += f"; did you mean {self.hint}?" if self.hint else ""
        return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)

    def as_json(self) -> dict[str, str]:
        """The same as a flat dict of strings, for ``mockloop check --json``."""
        return {
            "where": self.where,
            "key": self.key,
            "value": self.value,
            "what": self.what,
            "allowed": self.allowed,
            "hint": self.hint,
            "text": str(self),
        }


class ConfigError(Exception):
    """A configuration cannot be used. `problems` holds everything that is wrong with it; `str()` is one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem as a model's own check sees it: at `loc` below the part that is checked, position not yet known.

    `missing` says that the key at the end of `loc` is not in the file, so that the enclosing table is pointed at.
    `absent_from`: the list or table in which something was looked for and not found.
    """

    loc: Loc
    what: str
    allowed: str = ""
    hint: str = ""
    missing: bool = False
    absent_from: Loc | None = None


def key_text(loc: Loc) -> str:
    """A path in the manner of TOML: ``step[2].set."pump.level"`` (list items counted from 1, as people do)."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + (part if _BARE.match(part) else json.dumps(part, ensure_ascii=False))
    return text


def value_text(value: object) -> str:
    """A value as TOML would show it, on one line, control characters escaped, shortened where it is long."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = json.dumps(value[: _LONGEST_VALUE + 1], ensure_ascii=False)
    elif isinstance(value, int) and value.bit_length() > 256:
        text = "an enormous whole number"
    elif isinstance(value, (int, float)):
        text = repr(value)
    elif isinstance(value, (datetime, date, time)):
        text = value.isoformat()
    elif isinstance(value, Path):
        text = str(value)
    elif isinstance(value, dict):
        text = "{ … }" if value else "{}"
    elif isinstance(value, (list, tuple)):
        plain = all(isinstance(item, (int, float, str, bool)) for item in value[:8])
        text = f"[{', '.join(value_text(item) for item in value[:8])}{', …' if len(value) > 8 else ''}]" if plain else "[ … ]"
    else:
        text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
