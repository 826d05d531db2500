"""What importing the configuration layer brings along: its cost is that of every command."""

from __future__ import annotations

import subprocess
import sys

from controller.config.find import shipped

SLOW = ("scipy", "matplotlib", "xarray", "pandas", "h5py", "tree_sitter", "numpy", "difflib", "asyncio")


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=shipped().parent, timeout=60
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_and_loading_a_right_file_brings_nothing_slow() -> None:
    found = loaded_after("from controller.config import *; load_bench('virtual'); plan(load_protocol('iabp-weaning')).text()")
    assert "pydantic" in found
    assert sorted(found & set(SLOW)) == []


def test_positions_are_looked_up_for_problems_only() -> None:
    found = loaded_after("from controller.config import *\ntry: load_patient('./pyproject.toml')\nexcept ConfigError: pass")
    assert "tree_sitter" not in found
