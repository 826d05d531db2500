"""The command line. `main` is the entry point of ``mockloop``."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Runs the command; exits with the codes of `controller.exit_codes`."""
    import controller

    ours = Path(__file__).parents[1]
    found = Path(str(controller.__file__)).parent
    if found != ours:  # another package of that name lies before ours on the path
        sys.exit(f"mockloop: the module 'controller' is {found}, not {ours}: take the other one off PYTHONPATH")
    from controller.cli.app import app

    app()
