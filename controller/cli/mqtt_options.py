"""What ``--mqtt`` and ``--mqtt-keys`` may say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from controller import exit_codes
from controller.cli.output import fail

if TYPE_CHECKING:
    from controller.telemetry.command_keys import CommandKey


def check_mqtt(mqtt: str, keys: Path | None) -> None:
    """Ends the command where the broker's address cannot be read, or `keys` cannot be used with it."""
    if mqtt not in ("embedded", "off"):
        from controller.telemetry.address import parse

        try:
            parse(mqtt)
        except ValueError as error:
            fail(exit_codes.USAGE, f"--mqtt: {error}")
    if keys is not None:
        if mqtt == "off":
            fail(exit_codes.USAGE, "--mqtt-keys: with --mqtt off nobody can command; give a broker")
        keys_of(keys)


def keys_of(path: Path) -> dict[str, CommandKey]:
    """The keys of a file, or the end of the command."""
    from controller.telemetry.command_keys import read_keys

    try:
        return read_keys(path)
    except ValueError as error:
        fail(exit_codes.USAGE, *(f"--mqtt-keys: {line}" for line in str(error).splitlines()))
    except OSError as error:
        fail(exit_codes.USAGE, f"--mqtt-keys: {path}: {error.strerror}")
