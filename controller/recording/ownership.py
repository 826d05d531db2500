"""Who writes a segment: a lock on the file that its recorder holds as long as it lives.

An open-file-description lock (fcntl(2)): the kernel drops it at the recorder's death, however that came; it does not meet
the flock(2) locks of HDF5, and closing another descriptor of the file does not lose it.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

_FORM = "hhqqi4x"  # struct flock: type, whence, start, length (0: all), process


def own(fd: int) -> None:
    """Marks the file as ours until `fd` is closed. Raises BlockingIOError if another process owns it."""
    fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack(_FORM, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))


def writer_lives(path: Path) -> bool:
    """Whether a recorder on this machine has the file open for writing. Raises OSError if it cannot be opened."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        asked = struct.pack(_FORM, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        kind: int = struct.unpack(_FORM, fcntl.fcntl(fd, fcntl.F_OFD_GETLK, asked))[0]
        return kind != fcntl.F_UNLCK
    finally:
        os.close(fd)
