"""Runs a project of its own that uses the plugin, as a device developer's would, in a process of its own."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Project:
    """A folder with test files; `pytest` runs them and returns the finished process."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def argv(self, *options):
        installed = bool(entry_points(group="pytest11", name="mockloop"))
        plugin = () if installed else ("-p", "controller.testing.plugin")
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *plugin, *options]

    def environment(self):
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        return {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}

    def pytest(self, *options):
        how = {"capture_output": True, "text": True, "timeout": 120, "check": False}
        return subprocess.run(self.argv(*options), cwd=self.folder, env=self.environment(), **how)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    return Project(folder)
