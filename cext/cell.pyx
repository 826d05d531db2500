"""A latest-value cell: one writer overwrites, many readers take the newest whole record, nobody waits."""

import numpy as np

from libc.stdint cimport uint64_t

from cext.atomics cimport Atomic64
from cext.ledger cimport slots_latest, slots_publish, slots_written


cdef class Cell:
    """Holds the newest of a series of records of one size.

    One thread writes at a time: the tick, or Python (where the GIL keeps writers apart). Any number of threads and
    processes read.

    Args:
        record_bytes: size of a record, a multiple of 8.
        fd: descriptor of a cell made elsewhere (stays the caller's), read only here; default: make the memory.

    Raises:
        ValueError: a size that is not allowed. OSError: not the memory of a cell, or of another record size.
    """

    def __cinit__(self, size_t record_bytes, int fd=-1):
        if record_bytes == 0 or record_bytes % 8:
            raise ValueError(f"cell: record_bytes = {record_bytes} is refused: allowed is a multiple of 8")
        self.record_bytes = record_bytes
        self.writable = fd < 0
        self.memory = Mapping(CELL_HEADER_BYTES + CELL_RECORDS * record_bytes, fd, writable=self.writable, name="mockloop-cell")
        cdef CellHeader* header = <CellHeader*> self.memory.address
        if self.writable:
            header.record_bytes = record_bytes
            header.magic = CELL_MAGIC
        elif header.magic != CELL_MAGIC or header.record_bytes != record_bytes:
            raise OSError(f"descriptor {fd} is not a cell of this version with records of {record_bytes} bytes")
        self.slots.ledger = &header.ledger
        self.slots.data = <Atomic64*> (<char*> self.memory.address + CELL_HEADER_BYTES)
        self.slots.words = record_bytes // 8
        self.slots.capacity = CELL_RECORDS

    @property
    def fd(self) -> int:
        return self.memory.fd

    @property
    def written(self) -> int:
        """Records written so far."""
        return slots_written(&self.slots)

    cdef void put(self, const void* record) noexcept nogil:
        """Publishes one 8-byte aligned record; only where `writable`."""
        slots_publish(&self.slots, record)

    cdef uint64_t get(self, void* record) noexcept nogil:
        """Copies the newest record and returns how many were written up to it.

        0: nothing written yet, or beaten 8 times by a writer that does nothing else. `record` is then undefined: read into
        a spare one.
        """
        return slots_latest(&self.slots, record)

    def write(self, record: np.ndarray) -> None:
        """Publishes one record: any array or NumPy scalar of `record_bytes` bytes.

        Raises:
            ValueError: another size, or this cell is read only.
        """
        data = np.require(record, requirements=["C", "A"])
        if not self.writable:
            raise ValueError("cell: attached by descriptor, hence read only")
        if data.nbytes != self.record_bytes:
            raise ValueError(f"cell: a record of {data.nbytes} bytes is refused: allowed are {self.record_bytes}")
        self.put(<const void*> <size_t> data.ctypes.data)

    def read(self, dtype) -> np.generic | np.ndarray | None:
        """A copy of the newest record as one item of `dtype` (of `record_bytes` bytes); None before the first."""
        record = np.empty((), dtype)
        if record.nbytes != self.record_bytes:
            raise ValueError(f"cell: a record has {self.record_bytes} bytes, this dtype {record.nbytes}")
        return record[()] if self.get(<void*> <size_t> record.ctypes.data) else None
