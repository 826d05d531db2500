"""The functions of the NI-DAQmx C API that the tick calls, as pointers. No header of the vendor is needed to build this: the
signatures are those of the public documentation. A task is what nidaqmx.Task holds as its handle."""

from libc.stdint cimport int32_t, uint8_t, uint32_t

ctypedef int32_t (*ReadAnalogF64)(void*, int32_t, double, uint32_t, double*, uint32_t, int32_t*, uint32_t*) noexcept nogil
ctypedef int32_t (*WriteAnalogF64)(void*, int32_t, uint32_t, double, uint32_t, const double*, int32_t*, uint32_t*) noexcept nogil
ctypedef int32_t (*ReadDigitalLines)(
    void*, int32_t, double, uint32_t, uint8_t*, uint32_t, int32_t*, int32_t*, uint32_t*
) noexcept nogil
ctypedef int32_t (*WriteDigitalLines)(
    void*, int32_t, uint32_t, double, uint32_t, const uint8_t*, int32_t*, uint32_t*
) noexcept nogil
ctypedef int32_t (*ReadCounterScalarU32)(void*, double, uint32_t*, uint32_t*) noexcept nogil
ctypedef int32_t (*GetReadAvailSampPerChan)(void*, uint32_t*) noexcept nogil
ctypedef int32_t (*WaitForNextSampleClock)(void*, double, uint32_t*) noexcept nogil
ctypedef int32_t (*ControlWatchdogTask)(void*, int32_t) noexcept nogil
ctypedef int32_t (*GetExtendedErrorInfo)(char*, uint32_t) noexcept nogil

cdef struct Calls:
    ReadAnalogF64 read_analog
    WriteAnalogF64 write_analog
    ReadDigitalLines read_digital
    WriteDigitalLines write_digital
    ReadCounterScalarU32 read_counter
    GetReadAvailSampPerChan available
    WaitForNextSampleClock wait
    ControlWatchdogTask watchdog
    GetExtendedErrorInfo error_info

# Which call failed, for the message.
cdef enum Call:
    CALL_NONE = 0
    CALL_READ_ANALOG
    CALL_READ_DIGITAL
    CALL_READ_COUNTER
    CALL_AVAILABLE
    CALL_WRITE_ANALOG
    CALL_WRITE_DIGITAL
    CALL_WAIT
    CALL_WATCHDOG
