"""The NI-DAQmx library as nidaqmx has loaded it: its handle, and whether it is the real one."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

STAND_IN = "mockloop_simdaq_abi"  # a function that only the stand-in has


@dataclass(frozen=True, slots=True)
class Driver:
    """`handle`: of dlopen. `name`: as it was loaded. `simulated`: it is the stand-in of rigs/simdaq."""

    handle: int
    name: str
    simulated: bool


def loaded() -> Driver:
    """Loads the library the way nidaqmx does, or takes the one that it has loaded.

    Raises OSError where there is none.
    """
    from nidaqmx._lib import lib_importer
    from nidaqmx.errors import Error

    try:
        library: ctypes.CDLL = lib_importer.cdll._library
    except Error as error:
        raise OSError(
            "there is no NI-DAQmx driver on this computer (libnidaqmx.so was not found): install it from NI, "
            "docs/hardware.md says how. Without hardware the bench simulated-wires runs on a stand-in"
        ) from error
    return Driver(library._handle, str(library._name), hasattr(library, STAND_IN))


def real() -> Driver:
    """The vendor's driver. Raises OSError where it is missing, or where the linker finds the stand-in in its place."""
    driver = loaded()
    if driver.simulated:
        raise OSError(
            f"{driver.name} is the SIMULATED stand-in, and this bench file is for real cards: take it out of LD_LIBRARY_PATH and "
            "the linker's configuration"
        )
    return driver
