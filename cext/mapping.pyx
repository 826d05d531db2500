"""Shared memory without a name: a memfd, handed to other processes by descriptor, gone when the last of them has left."""

import fcntl
import os

from libc.errno cimport errno
from posix.mman cimport MAP_FAILED, MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap
from posix.unistd cimport close


cdef class Mapping:
    """`size` bytes of shared memory, mapped as long as this object lives.

    Args:
        size: bytes to map.
        fd: an inherited descriptor, which stays the caller's; -1 makes a new, zeroed memfd, closed with the object.
        writable: map for writing too.
        name: shown in /proc/<pid>/maps.

    A new memfd is sealed against resizing (a shrunk file kills its readers with SIGBUS) and populated (no page fault in the
    tick).

    Raises:
        OSError: the memory or the mapping was refused.
    """

    def __cinit__(self, size_t size, int fd=-1, bint writable=True, str name="mockloop"):
        self.address = NULL
        self.fd = -1
        self.size = size
        self.owns_fd = fd < 0
        if self.owns_fd:
            fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.fd = fd
        if self.owns_fd:
            os.ftruncate(fd, size)
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        elif os.fstat(fd).st_size < size:
            raise OSError(f"descriptor {fd} holds {os.fstat(fd).st_size} bytes, {size} are needed: not the memory meant here")
        cdef int protection = PROT_READ | (PROT_WRITE if writable else 0)
        cdef void* address = mmap(NULL, size, protection, MAP_SHARED | (MAP_POPULATE if self.owns_fd else 0), fd, 0)
        if address == MAP_FAILED:
            raise OSError(errno, f"mapping {size} bytes of shared memory '{name}' was refused")
        self.address = address

    def __dealloc__(self):
        if self.address != NULL:
            munmap(self.address, self.size)
        if self.owns_fd and self.fd >= 0:
            close(self.fd)
