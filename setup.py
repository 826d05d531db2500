"""Build of the compiled core. MOCKLOOP_BUILD=debug gives bounds checks, assertions and sanitizers, kept apart in build/debug."""

import os
import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).parent))
from cext.tables.generate import generate  # noqa: E402
from cext.tables.build import CheckedBuild, extensions  # noqa: E402

generate()
setup(
    ext_modules=extensions(debug=os.environ.get("MOCKLOOP_BUILD") == "debug"),
    cmdclass={"build_ext": CheckedBuild},
)
