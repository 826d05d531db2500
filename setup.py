"""Build of the compiled core. MOCKLOOP_BUILD=debug gives bounds checks, assertions and sanitizers, kept apart in build/debug."""

import os
import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).parent))
from cext.tables.build import CheckedBuild, extensions
from cext.tables.generate import generate

generate()
setup(
    ext_modules=extensions(debug=os.environ.get("MOCKLOOP_BUILD") == "debug"),
    cmdclass={"build_ext": CheckedBuild},
)
