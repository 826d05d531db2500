"""Loads the stand-in driver into this process, for nidaqmx to run on unmodified. Only where a bench file asks for it by name.

The library carries NI's file name and soname. Two ways lead to it:
- the dynamic linker's own configuration (`install` puts the two names into a folder; LD_LIBRARY_PATH or ldconfig names it):
  nidaqmx then finds it as it would find the real driver, and nothing of nidaqmx is touched;
- otherwise `load` answers the one question that nidaqmx asks ("where is libnidaqmx?") with the path of the file in this package.
"""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

from rigs.nidaq.driver import STAND_IN, Driver, loaded

LIBRARY = Path(__file__).parent / "libnidaqmx.so.1"


def install(folder: Path) -> None:
    """Puts the stand-in into `folder` under the names by which a linker looks for the driver: libnidaqmx.so and .so.1."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(LIBRARY, folder / LIBRARY.name)
    link = folder / "libnidaqmx.so"
    link.unlink(missing_ok=True)
    link.symlink_to(LIBRARY.name)


def load() -> Driver:
    """The stand-in, loaded and in use by nidaqmx.

    Raises OSError: the file is missing (build the package), or the real driver is in use in this process.
    """
    import nidaqmx._lib as importing

    if importing.lib_importer._cdll is None:
        find_library = importing.find_library
        found = find_library("nidaqmx")
        if found is None or not _is_stand_in(found):
            if not LIBRARY.exists():
                raise OSError(f"the stand-in driver {LIBRARY} is missing: build the package (make build)")
            importing.find_library = lambda _name: str(LIBRARY)
        try:
            importing.lib_importer.cdll  # noqa: B018  (loads)
        finally:
            importing.find_library = find_library
    driver = loaded()
    if not driver.simulated:
        raise OSError(
            f"this process uses the real NI-DAQmx driver ({driver.name}), and the bench is a simulated one: "
            "it never touches real cards; run it in a process of its own"
        )
    return driver


def _is_stand_in(library: str) -> bool:
    """Whether the linker's own libnidaqmx is the stand-in. Asked once, before nidaqmx loads anything."""
    try:
        return hasattr(ctypes.CDLL(library), STAND_IN)
    except OSError:
        return False
