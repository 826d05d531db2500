"""PEP 517 backend: setuptools, and a Node from pip only where the front end has to be built and the machine has none."""

from __future__ import annotations

import shutil
from typing import Any

from front_end import NODE, is_built
from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    wanted: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    return wanted if is_built() or shutil.which("npm") else [*wanted, NODE]
