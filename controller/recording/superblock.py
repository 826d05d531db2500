"""The first 48 bytes of an HDF5 file, as far as a killed writer leaves them wrong.

A writer marks the file as open in the superblock; HDF5 then refuses to open it for anything but SWMR reading, and the end of
the file noted there may lie before blocks that were written. What h5clear does with an external tool is done here.
Source: HDF5 File Format Specification 3.0, II.A "Superblock" (version 2 and 3) and its checksum, lookup3 of Bob Jenkins
(public domain, 2006).
"""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# signature, version, bytes of an offset, bytes of a length, consistency flags, base, extension, end of file, root, checksum
_FORM = struct.Struct("<8sBBBBQQQQI")
_MASK = 0xFFFFFFFF


class SuperblockError(ValueError):
    """The file does not begin with a superblock that is understood and whole."""


@dataclass(frozen=True, slots=True)
class Superblock:
    """What a repair looks at. `flags`: bit 0 open for writing, bit 2 SWMR writing. `end`: bytes that belong to the file."""

    version: int
    flags: int
    end: int


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK


def checksum(data: bytes) -> int:
    """lookup3 ``hashlittle`` with initial value 0, as HDF5 puts it behind its metadata."""
    a: int
    b: int
    c: int
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    while len(data) > 12:
        x, y, z = struct.unpack_from("<III", data)
        a, b, c = (a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK
        for bits, which in ((4, 0), (6, 1), (8, 2), (16, 0), (19, 1), (4, 2)):
            if which == 0:
                a = ((a - c) & _MASK) ^ _rotated(c, bits)
                c = (c + b) & _MASK
            elif which == 1:
                b = ((b - a) & _MASK) ^ _rotated(a, bits)
                a = (a + c) & _MASK
            else:
                c = ((c - b) & _MASK) ^ _rotated(b, bits)
                b = (b + a) & _MASK
        data = data[12:]
    if not data:
        return c
    x, y, z = struct.unpack("<III", data.ljust(12, b"\0"))
    a, b, c = (a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK
    c = ((c ^ b) - _rotated(b, 14)) & _MASK
    a = ((a ^ c) - _rotated(c, 11)) & _MASK
    b = ((b ^ a) - _rotated(a, 25)) & _MASK
    c = ((c ^ b) - _rotated(b, 16)) & _MASK
    a = ((a ^ c) - _rotated(c, 4)) & _MASK
    b = ((b ^ a) - _rotated(a, 14)) & _MASK
    return ((c ^ b) - _rotated(b, 24)) & _MASK


def read_superblock(path: Path) -> Superblock:
    """The superblock. Raises SuperblockError if it is not version 3 with 8-byte offsets, or its checksum is wrong."""
    with path.open("rb") as file:
        block = file.read(_FORM.size)
    if len(block) < _FORM.size or not block.startswith(SIGNATURE):
        raise SuperblockError(f"{path} does not begin like HDF5")
    _, version, offset_bytes, length_bytes, flags, base, _, end, _, found = _FORM.unpack(block)
    if (version, offset_bytes, length_bytes, base) != (3, 8, 8, 0):
        raise SuperblockError(f"{path}: superblock version {version} with {offset_bytes}-byte offsets is not one we write")
    if checksum(block[:-4]) != found:
        raise SuperblockError(f"{path}: the superblock's checksum is {found:#010x}, its bytes say {checksum(block[:-4]):#010x}")
    return Superblock(version, flags, end)


def _released(block: bytes, end: int) -> bytes:
    """The superblock of a closed file of `end` bytes."""
    free = bytearray(block)
    struct.pack_into("<B", free, 11, 0)
    struct.pack_into("<Q", free, 28, end)
    struct.pack_into("<I", free, 44, checksum(bytes(free[:-4])))
    return bytes(free)


class Released(io.RawIOBase):
    """A file that a killed writer left, for reading as if `release` had mended it; the file itself stays as it is.

    Raises SuperblockError as `read_superblock`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        end = read_superblock(path).end
        self._file = path.open("rb", buffering=0)
        self._size = max(path.stat().st_size, end)
        self._start = _released(self._file.read(_FORM.size), self._size)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._at)]
        count = os.preadv(self._file.fileno(), [view], self._at)
        view[count:] = bytes(len(view) - count)  # reserved, never written
        head = self._start[self._at : self._at + len(view)]
        view[: len(head)] = head
        self._at += len(view)
        return len(view)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def release(path: Path) -> bool:
    """Takes the mark of a dead writer off the file, in place, and notes its true end. False if there was none.

    The caller makes sure that the writer is dead. Raises SuperblockError as `read_superblock`, OSError if it cannot write.
    """
    found = read_superblock(path)
    size = path.stat().st_size
    if found.flags == 0 and found.end <= size:
        return False
    with path.open("r+b") as file:
        block = file.read(_FORM.size)
        if size < found.end:
            file.truncate(found.end)  # reserved, never written: holes read as zeros
        file.seek(0)
        file.write(_released(block, max(size, found.end)))
        file.flush()
        os.fsync(file.fileno())
    return True
