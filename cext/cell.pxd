"""Latest-value cell: set points down to the tick, live values up from it. Protocol in ledger.h, layout in cell.h."""

from libc.stdint cimport uint64_t

from cext.ledger cimport Ledger, Slots
from cext.mapping cimport Mapping

cdef extern from "cell.h" nogil:
    enum:
        CELL_RECORDS
        CELL_HEADER_BYTES
    const uint64_t CELL_MAGIC
    ctypedef struct CellHeader:
        uint64_t magic
        uint64_t record_bytes
        Ledger ledger


cdef class Cell:
    cdef Mapping memory
    cdef Slots slots
    cdef readonly bint writable
    cdef readonly size_t record_bytes
    cdef void put(self, const void* record) noexcept nogil
    cdef uint64_t get(self, void* record) noexcept nogil
