"""One configuration file as read: bytes to text to tables, and the position of whatever is wrong in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.config.errors import ConfigError, Fault, Loc, Problem, key_text, value_text
from controller.config.nearest import nearest

if TYPE_CHECKING:
    from controller.config.positions import Positions

LARGEST_BYTES = 4_000_000
DEEPEST = 64  # a configuration needs 7; what follows may then recurse
_BOM = b"\xef\xbb\xbf"  # editors on Windows put it in front; TOML has no use for it
_TOMLLIB_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z")


@dataclass
class Source:
    """A file's name, text and tables. Made by `read` or `parse`."""

    name: str
    text: str
    tables: dict[str, Any]
    path: Path | None = None
    _positions: Positions | None = field(default=None, repr=False)

    @property
    def positions(self) -> Positions:
        """Places of all keys and values; found when first asked for."""
        if self._positions is None:
            from controller.config.positions import Positions

            self._positions = Positions(self.text)
        return self._positions

    def where(self, loc: Loc) -> str:
        """``file:line:column`` of the value at `loc`, or of the nearest part around it."""
        place = self.positions.of(self.spelled(loc))
        return self.name if place is None else f"{self.name}:{place.value[0]}:{place.value[1]}"

    def spelled(self, loc: Loc) -> Loc:
        """`loc` as the file spells it: ``"pump.level"`` may be written as one key or as ``pump.level``, a table in a table."""
        here: Any = self.tables
        found: Loc = ()
        for part in loc:
            parts: Loc = (part,)
            if isinstance(part, str) and "." in part and isinstance(here, dict) and part not in here:
                parts = tuple(part.split("."))
            for step in parts:
                here = here[step] if _holds(here, step) else None
            found = (*found, *parts)
        return found

    def holds(self, loc: Loc) -> bool:
        """Whether the file has something at `loc`."""
        return self.value(loc) is not None  # TOML has no null

    def value(self, loc: Loc) -> object:
        """What the file has at `loc`; None if it has nothing there."""
        here: Any = self.tables
        for part in self.spelled(loc):
            if not _holds(here, part):
                return None
            here = here[part]
        return here

    def problem(self, fault: Fault, at: Loc = ()) -> Problem:
        """`fault`, found below `at`, as a problem with its place, key and value."""
        loc = self.spelled((*at, *fault.loc))
        value = self.value(loc)
        shown = "" if fault.missing or value is None or isinstance(value, dict) else value_text(value)
        where = self.where(loc[:-1] if fault.missing else loc)
        return Problem(where, key_text(loc), shown, fault.what, fault.allowed, fault.hint)


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(value, list) and 0 <= part < len(value)
    return isinstance(value, dict) and part in value


def read(path: Path, name: str = "") -> Source:
    """The file at `path`, parsed. `name` is what messages call it (the path as given, if empty).

    Raises:
        ConfigError: it cannot be read, is too large, is not UTF-8, or is not TOML.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise ConfigError([_unreadable(path, name, error)]) from None
    source = parse(data, name)
    source.path = path
    return source


def parse(data: bytes, name: str) -> Source:
    """TOML bytes as a `Source`. A byte order mark in front is allowed.

    Raises:
        ConfigError: too large, not UTF-8, or not TOML (syntax, or keys given twice).
    """
    if len(data) > LARGEST_BYTES:
        size = f"larger than {LARGEST_BYTES / 1e6:g} MB"
        raise ConfigError([Problem(name, "", "", f"the file is {size}", "a configuration file of people's size")])
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError([_not_utf8(data, name, error.start)]) from None
    too_deep = Problem(name, "", "", f"lists or tables lie in each other more than {DEEPEST} deep")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ConfigError([too_deep]) from None
    except ValueError as error:  # TOMLDecodeError, and what int() says to a number of thousands of digits
        raise ConfigError(_syntax(name, text, str(error))) from None
    if _depth(tables) > DEEPEST:
        raise ConfigError([too_deep])
    return Source(name, text, tables)


def _depth(tables: dict[str, Any]) -> int:
    depth = 0
    level: list[Any] = [tables]
    while level and depth <= DEEPEST:
        depth += 1
        inner = [value for table in level for value in (table.values() if isinstance(table, dict) else table)]
        level = [value for value in inner if isinstance(value, (dict, list))]
    return depth


def _unreadable(path: Path, name: str, error: OSError | ValueError) -> Problem:
    if isinstance(error, FileNotFoundError):
        folder = path.parent
        known = [p.name for p in folder.glob("*.toml")] if folder.is_dir() else []
        gone = "no such file" if folder.is_dir() else f"no such file: there is no folder {folder}"
        return Problem(name, "", "", gone, hint=nearest(path.name, known))
    if isinstance(error, IsADirectoryError):
        return Problem(name, "", "", "is a folder, not a file")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return Problem(name, "", "", f"cannot be read: {reason}")


def _not_utf8(data: bytes, name: str, offset: int) -> Problem:
    before = data[:offset].rpartition(b"\n")[2]
    line, column = data.count(b"\n", 0, offset) + 1, len(before.decode(errors="replace")) + 1
    return Problem(
        f"{name}:{line}:{column}",
        "",
        "",
        f"byte 0x{data[offset]:02x} is not UTF-8 text",
        "UTF-8, the encoding of every TOML file (save it again as UTF-8)",
    )


def _syntax(name: str, text: str, message: str) -> list[Problem]:
    """The problems of a text that tomllib refuses: all keys given twice if that is what is wrong, else the first error."""
    if any(word in message for word in ("overwrite", "twice", "declare", "uplicate")) and (problems := _repeats(name, text)):
        return problems
    found = _TOMLLIB_PLACE.search(message)
    what = _TOMLLIB_PLACE.sub("", message)
    if found is None:
        return [Problem(name, "", "", f"not valid TOML: {_plain(what, '')}")]
    lines = text.replace("\r\n", "\n").split("\n")
    if found[1] is None:
        line, column = len(lines), len(lines[-1]) + 1
    else:
        line, column = int(found[1]), int(found[2])
    shown = lines[line - 1].strip() if line <= len(lines) else ""
    return [Problem(f"{name}:{line}:{column}", "", "", f"not valid TOML: {_plain(what, shown)}")]


def _repeats(name: str, text: str) -> list[Problem]:
    from controller.config.positions import Positions

    return [
        Problem(f"{name}:{r.again[0]}:{r.again[1]}", key_text(r.loc), "", f"is given twice, first in line {r.first[0]}")
        for r in Positions(text).repeats
    ]


def _plain(what: str, line: str) -> str:
    """tomllib's words, with what helps a person who does not know them."""
    if "integer string conversion" in what:
        return "a whole number has thousands of digits"
    text = f"{what[:1].lower()}{what[1:]}"
    if what.startswith("Invalid value"):
        text += ": text goes in quotes, numbers have a digit on both sides of the point, true and false are lower case"
    elif what.startswith("Expected '=' after a key"):
        text += ": a line is key = value, [table] or # comment"
    elif what.startswith("Expected newline or end of document"):
        text += ": one key = value a line"
    elif "{" in line and what.startswith(("Invalid initial character for a key", "Unclosed inline table")):
        text += ": an inline table { … } stays on one line and has no comma at its end; a list [ … ] may run on"
    return f"{text} (in: {value_text(line)})" if line else text
