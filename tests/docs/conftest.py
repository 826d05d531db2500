"""Runs what a page says as its reader would: its files in an empty folder, its commands in a shell, with the installed package."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)


class Page:
    """A page of the docs, played from above to below in `folder`: files are written, commands run, their output held to what it says.

    In a block ``console`` a line with ``$`` is a command, ``# exit code N`` behind it how it ends; other lines must be in its
    output, in that order, ``…`` for anything.
    """

    def __init__(self, name, folder):
        self.text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        self.folder = folder
        self.commands = 0
        commands = folder.parent / "bin"
        commands.mkdir()
        for word, module in (("mockloop", "mockloop"), ("pytest", "pytest"), ("python", "")):
            shim = commands / word
            how = '-c "from controller.cli import main; main()"' if module == "mockloop" else f"-m {module}" if module else ""
            shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" {how} "$@"\n')
            shim.chmod(0o755)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self.environment = {
            **os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": path, "COLUMNS": "200",
            "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:xdist",
        }  # fmt: skip

    def play(self):
        for kind, title, body in BLOCK.findall(self.text):
            if title:
                (self.folder / title).write_text(body, encoding="utf-8")
            elif kind == "console":
                self._console(body)

    def _console(self, body):
        lines = body.splitlines()
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command, _, ending = lines[start][2:].partition("  # exit code ")
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            said = done.stdout + done.stderr
            wanted = [part for line in lines[start + 1 : end] for part in line.split("…") if part.strip()]
            assert done.returncode == int(ending or 0), f"{command}\n{said}"
            at = 0
            for part in wanted:
                found = said.find(part, at)
                assert found >= 0, f"{command}\nwanted, in this order: {wanted}\nsaid:\n{said}"
                at = found + len(part)
            self.commands += 1


@pytest.fixture
def page(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return lambda name: Page(name, folder)
