"""Version of the software, and the identity of its build: same build and seed give the same bits."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def version() -> str:
    """Version of the installed distribution."""
    try:
        return installed("mockloop")
    except PackageNotFoundError:
        return "0+uninstalled"


@cache
def build_id() -> str:
    """Twelve hex digits over every compiled module and every table."""
    digest = hashlib.sha256()
    for folder in ("cext", "rigs"):
        for pattern in ("*.so", "*.toml"):
            for path in sorted((ROOT / folder).rglob(pattern)):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]
