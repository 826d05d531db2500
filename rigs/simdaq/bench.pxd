from libc.stdint cimport int64_t, uint64_t

from cext.clock cimport Clock
from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport Rig
from rigs.simdaq.segment cimport SimAttach, SimDevice, SimInstall, SimPassed, SimReset, SimSegment

cdef struct Wire:            # one channel on one terminal
    int slot                 # index in the signal table
    SimDevice* device
    int port                 # digital
    int index
    double gain              # units per V or per Hz
    double offset
    double rail_V            # analog inputs: what an absent value looks like
    bint invert
    double part              # counter: share of an edge that is due

cdef enum:
    MOST_SHAFTS = 8
    SHAFT_SPEED = 0          # words of a shaft (rigs/simdrive/shaft.py)
    SHAFT_RUNNING = 1
    SHAFT_CURRENT = 2
    SHAFT_FLOW = 3

cdef struct ShaftWire:       # a simulated drive that turns a pump of the plant
    double* word
    int speed                # outputs, by index in the signal table
    int enable
    int current              # inputs; -1: the drive does not measure it
    int flow


cdef class SimulatedBench:
    cdef SimSegment* segment
    cdef SimReset reset
    cdef SimInstall install
    cdef SimAttach attach
    cdef SimPassed passed
    cdef readonly Rig plant
    cdef readonly object wiring
    cdef Frame frame
    cdef int64_t period_ns
    cdef Wire ai[INPUT_COUNT]
    cdef Wire di[INPUT_COUNT]
    cdef Wire counter[4]
    cdef Wire ao[OUTPUT_COUNT]
    cdef Wire do[OUTPUT_COUNT]
    cdef int ai_count
    cdef int di_count
    cdef int counter_count
    cdef int ao_count
    cdef int do_count
    cdef ShaftWire shafts[MOST_SHAFTS]
    cdef int shaft_count
    cdef readonly list turned
    cdef object _shaft(self, drive)
    cdef object _wire(self, Wire* wire, row, double gain, double offset)
    cdef SimDevice* _device(self, name) except NULL
    cdef void step(self, int64_t periods) noexcept nogil
    cdef void lay_inputs(self) noexcept nogil
    cdef void take_outputs(self) noexcept nogil


cdef class BenchClock(Clock):
    cdef readonly Clock inner
    cdef SimulatedBench bench
