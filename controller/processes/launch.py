"""Command lines of our own helper processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the folder that holds `controller`, `rigs` and `cext`


def python_module(module: str, *arguments: str) -> list[str]:
    """Command that runs `module` with this interpreter; the present folder is not searched for modules (-P)."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(**extra: str) -> dict[str, str]:
    """Environment in which a helper imports the same `controller` as we do, wherever it is started from."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, **extra}
