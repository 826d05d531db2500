"""Where patients, devices, drives, benches and protocols are found, by name or by file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from controller.config.errors import ConfigError, Problem
from controller.config.nearest import nearest

Kind = Literal["patient", "device", "pump_drive", "bench", "protocol", "fit", "pattern"]
FOLDERS: dict[Kind, str] = {
    "patient": "patients",
    "device": "devices",
    "pump_drive": "drives",
    "bench": "benches",
    "protocol": "protocols",
    "fit": "targets",
    "pattern": "patterns",
}


def shipped() -> Path:
    """The folder of the configurations that are installed with the package."""
    return Path(__file__).resolve().parents[2] / "configs"  # beside the packages, in a checkout as in a wheel


def available(kind: Kind) -> dict[str, Path]:
    """Every name of that kind and its file. A file in the current folder's configs/ goes before a shipped one."""
    found: dict[str, Path] = {}
    for root in (shipped(), Path("configs")):
        folder = root / FOLDERS[kind]
        if folder.is_dir():
            found.update((file.stem, file) for file in sorted(folder.glob("*.toml")))
    return dict(sorted(found.items()))


def find(kind: Kind, name_or_file: str | Path, *, beside: Path | None = None, where: str = "", key: str = "") -> Path:
    """The file that is meant by a name (``cardiogenic-shock``) or a path (anything with a separator or ``.toml``).

    Args:
        beside: a folder that relative paths are also looked for in (that of the file which names this one).
        where: place of the name, for the message (an option, or ``file:line:column``).
        key: key that holds the name, for the message.

    Raises:
        ConfigError: nothing of that name; the message lists what there is.
    """
    if isinstance(name_or_file, Path):
        name_or_file = str(name_or_file if name_or_file.suffix == ".toml" else name_or_file.absolute())  # a path is no name
    if name_or_file.endswith(".toml") or "/" in name_or_file or "\\" in name_or_file:
        path = Path(name_or_file).expanduser() if name_or_file.startswith("~") else Path(name_or_file)
        if beside is not None and not path.is_absolute() and (beside / path).is_file():
            return beside / path
        return path
    names = available(kind)
    if name_or_file in names:
        return names[name_or_file]
    what = f"there is no {kind.replace('_', ' ')} of this name"
    listed = ", ".join(names) or f"a file (no {FOLDERS[kind]} are installed)"
    shown = f'"{name_or_file}"' if key else name_or_file
    raise ConfigError([Problem(where or kind, key, shown, what, f"{listed}, or a file", nearest(name_or_file, names))])
