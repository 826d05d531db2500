"""The stand-in's shared segment and its door functions: driver/segment.h."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

cdef extern from "../rigs/simdaq/driver/segment.h" nogil:
    enum:
        SIM_DEVICES
        SIM_AI
        SIM_AO
        SIM_PORTS
        SIM_PORT_LINES
        SIM_COUNTERS
    const uint64_t SIM_MAGIC
    ctypedef struct SimDevice:
        char name[32]
        int64_t card
        double ai_V[32]
        double ao_V[4]
        uint8_t line[3][32]
        uint64_t edges[4]
    ctypedef struct SimSegment:
        uint64_t magic
        uint64_t calls
        uint64_t fail_at
        uint64_t fail_count
        int64_t fail_code
        int64_t latency_ns
        int64_t real_pace
        int64_t now_ns
        SimDevice device[4]

ctypedef void (*SimStep)(void*, int64_t) noexcept nogil
ctypedef SimSegment* (*SimSegmentOf)() noexcept nogil
ctypedef int32_t (*SimInstall)(const char*, const char*) noexcept nogil
ctypedef void (*SimReset)() noexcept nogil
ctypedef void (*SimAttach)(SimStep, void*, int64_t) noexcept nogil
ctypedef void (*SimPassed)(int64_t) noexcept nogil
