from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from cext.clock cimport Clock
from rigs.nidaq.calls cimport Call, Calls

cdef enum:
    MOST_ANALOG = 64
    MOST_DIGITAL = 64
    MOST_COUNTERS = 4
    ERROR_BYTES = 2048
    BURST = 64               # scans taken out of the card's buffer at once, when it has run full


cdef class Lines:
    cdef Calls call
    cdef void* ai
    cdef void* di
    cdef void* ao
    cdef void* do
    cdef void* counter[MOST_COUNTERS]
    cdef void* watchdog_line
    cdef void* watchdog_card
    cdef readonly int ai_count
    cdef readonly int di_count
    cdef readonly int ao_count
    cdef readonly int do_count
    cdef readonly int counter_count
    cdef double timeout_s
    cdef double ai_V[MOST_ANALOG * BURST]     # the scan in use first
    cdef double ao_V[MOST_ANALOG]
    cdef uint8_t di_level[MOST_DIGITAL]
    cdef uint8_t do_level[MOST_DIGITAL]
    cdef uint32_t edges[MOST_COUNTERS]
    cdef int kept_scans                        # buffered: how many scans lie between the card and the tick; 0: not buffered
    cdef bint flowing                          # buffered: `kept_scans` were there once
    cdef bint sampled                          # buffered: there is a scan in ai_V
    cdef readonly int64_t dropped_scans
    cdef int64_t waited_scans                  # buffered: ticks since the last new scan
    cdef uint32_t left_scans                   # buffered: scans left in the card's buffer
    cdef bint failing
    cdef Call failed_call
    cdef int32_t failed_code
    cdef char failed_text[ERROR_BYTES]
    cdef int note(self, int32_t code, Call call) noexcept nogil
    cdef int read_analog(self) noexcept nogil
    cdef int read_buffered(self) noexcept nogil
    cdef int take(self, uint32_t scans) noexcept nogil
    cdef int read_digital(self) noexcept nogil
    cdef int read_counters(self) noexcept nogil
    cdef int read_all(self) noexcept nogil
    cdef int write_all(self) noexcept nogil
    cdef int feed_card(self) noexcept nogil
    cdef int revive_card(self) noexcept nogil
    cdef int feed_line(self, bint level) noexcept nogil


cdef class SampleClock(Clock):
    cdef Lines lines
    cdef bint real                  # the card's clock runs in real time
    cdef int32_t code               # of the last wait; the rig's next read hands it on
