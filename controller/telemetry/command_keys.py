"""Who may command over MQTT: names with a secret each, from a file that only its owner may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from controller.config.private_file import private_lines

ROLES = ("operator", "stop")  # everything; STOP only
LEAST_SECRET = 32  # characters: HS256 is as strong as its key (RFC 7518, section 3.2)
LONGEST_NAME = 40
FORM = "allowed is 'operator NAME SECRET' or 'stop NAME SECRET'"


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key. `role`: operator or stop."""

    name: str
    role: str
    secret: str = field(repr=False)


def read_keys(path: Path) -> dict[str, CommandKey]:
    """Keys by name.

    Raises:
        ValueError: the file says something else, a secret is short, or others may read the file. OSError: it cannot be read.
    """
    found: dict[str, CommandKey] = {}
    problems = []
    for number, words in private_lines(path, "a key"):
        where = f"{path}:{number}"
        if len(words) != 3 or words[0] not in ROLES or len(words[1]) > LONGEST_NAME or not words[1].isprintable():
            problems.append(f"{where}: {FORM}, a name of at most {LONGEST_NAME} characters")
        elif words[1] in found:
            problems.append(f"{where}: {words[1]} has a key already")
        elif len(words[2]) < LEAST_SECRET:
            problems.append(
                f"{where}: the secret has {len(words[2])} characters, at least {LEAST_SECRET} are needed: openssl rand -hex 32"
            )
        else:
            found[words[1]] = CommandKey(words[1], words[0], words[2])
    if not found and not problems:
        problems.append(f"{path}: no key in it; {FORM} on a line")
    if problems:
        raise ValueError("\n".join(problems))
    return found
