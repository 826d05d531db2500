"""How the Cython modules are compiled, and what the generated C must not contain.

The tick holds no GIL. Cython's performance hints, and the names below in the C of a module, show where it would take it;
either fails the build.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from setuptools import Extension
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parents[2]
# An int function without noexcept, called without the GIL, takes it exactly when it fails.
FORBIDDEN = r"__Pyx_ErrOccurredWithGIL|__Pyx_WriteUnraisable|= __Pyx_PyGILState_Ensure\("
STAND_IN = Path("rigs") / "simdaq"
FLAGS = [
    "-std=gnu11",
    "-O3",
    "-ffp-contract=off",
    "-Werror=incompatible-pointer-types",
    "-Werror=pointer-sign",
    "-Wno-unused-function",
]
DEBUG_FLAGS = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=undefined", "-fno-sanitize-recover=undefined", "-UNDEBUG"]
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": True,
    "freethreading_compatible": False,
}


def _sources() -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in ("cext", "rigs") for path in (ROOT / folder).rglob("*.pyx"))


def _depends(source: Path, tree: Any) -> list[str]:
    """Every file whose change must rebuild the module: what it cimports, the headers of all that, and the flags in this file.

    The tables act through the generated files, which are written anew only where their text changes.
    """
    found = {Path(file) for file in tree.all_dependencies(str(source))}
    headers = {path.name: path for folder in ("cext", "rigs") for path in (ROOT / folder).rglob("*.h")}
    left = list(found)
    while left:
        named = re.findall(r'(?:cdef extern from|#include) "([^"]+)"', left.pop().read_text(encoding="utf-8"))
        new = {headers[name] for name in named if name in headers} - found
        found |= new
        left += new
    return sorted(os.path.relpath(path, ROOT) for path in (*found, Path(__file__).resolve()))


def extensions(debug: bool) -> list[Extension]:
    """One extension a .pyx, translated into build/<kind>/cython.

    Raises:
        SystemExit: Cython gave a performance hint, or the C names what would take the GIL.
    """
    from Cython.Build import cythonize
    from Cython.Build.Dependencies import create_dependency_tree

    translate: Any = cythonize
    dependencies: Any = create_dependency_tree
    tree = dependencies()

    kind = "debug" if debug else "release"
    flags = FLAGS + (DEBUG_FLAGS if debug else [])
    if os.environ.get("MOCKLOOP_NATIVE") == "1":
        flags = [*flags, "-march=native"]
    made: list[Extension] = [
        Extension(
            ".".join(path.with_suffix("").parts),
            [str(path)],
            include_dirs=["cext/generated", "cext"],
            extra_compile_args=flags,
            extra_link_args=["-fsanitize=undefined"] if debug else [],
            depends=_depends(path, tree),
        )
        for path in _sources()
    ]
    directives = DIRECTIVES | ({"boundscheck": True, "wraparound": False, "initializedcheck": True} if debug else {})
    build_dir = Path("build") / kind / "cython"
    with tempfile.TemporaryFile() as capture:
        stderr = os.dup(2)
        os.dup2(capture.fileno(), 2)
        try:
            made = translate(made, build_dir=str(build_dir), compiler_directives=directives, nthreads=0, quiet=True)
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            capture.seek(0)
            said = capture.read().decode(errors="replace")
            sys.stderr.write(said)
    bad = [str(p) for p in build_dir.rglob("*.c") if re.search(FORBIDDEN, p.read_text())]
    if "performance hint" in said or bad:
        for path in build_dir.rglob("*.c"):
            path.unlink()  # so that the next build looks again
        raise SystemExit(f"build refused: a path of the tick takes the GIL (performance hint above, or {FORBIDDEN} in {bad})")
    return made


class CheckedBuild(build_ext):  # type: ignore[misc]  # setuptools has no types
    """build_ext in parallel, with the debug build's objects in a folder of their own, and the stand-in driver beside them."""

    parallel: Any

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()
        kind = "debug" if os.environ.get("MOCKLOOP_BUILD") == "debug" else "release"
        self.build_temp = str(Path("build") / kind / "temp")

    def _stand_in(self) -> Path:
        """The stand-in's library: a file of the package that nothing links against (rigs/simdaq)."""
        return (Path() if self.inplace else Path(self.build_lib)) / STAND_IN / "libnidaqmx.so.1"

    def run(self) -> None:
        super().run()
        sources = sorted(map(str, (STAND_IN / "driver").glob("*.c")))
        newest = max(path.stat().st_mtime for path in (STAND_IN / "driver").iterdir())
        target = self._stand_in()
        if target.exists() and target.stat().st_mtime > newest and not self.force:
            return
        # One call, apart from the objects of the extensions: other flags, and no Python in it.
        flags = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"]
        target.parent.mkdir(parents=True, exist_ok=True)
        compiler = os.environ.get("CC", "cc").split()
        self.spawn([*compiler, *flags, *sources, "-lm", "-Wl,-soname,libnidaqmx.so.1", "-o", str(target)])

    def get_outputs(self) -> list[str]:
        return [*super().get_outputs(), str(self._stand_in())]
