"""Build of the compiled core. MOCKLOOP_BUILD=debug gives bounds checks, assertions and sanitizers, kept apart in build/debug."""

import os
import subprocess
import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).parent))
from cext.tables.build import CheckedBuild, extensions
from cext.tables.generate import generate

generate()
if "bdist_wheel" in sys.argv:
    # Before setup(), which looks for packages and their data. Where it cannot be built the console says so.
    subprocess.run([sys.executable, "controller/console/web/front_end.py"], cwd=Path(__file__).parent, check=False)
setup(
    ext_modules=extensions(debug=os.environ.get("MOCKLOOP_BUILD") == "debug"),
    cmdclass={"build_ext": CheckedBuild},
)
