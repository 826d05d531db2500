"""What the core is told of a bench before it runs: constant while the loop is open."""

from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT

cdef struct InputSpec:
    bint present            # on this bench
    bint required
    double low              # range of the channel, engineering units; outside counts as bad
    double high
    double max_age_s
    double least_activity   # least change in 180 ms; 0: not checked
    double trip_low         # minus infinity, infinity: no limit of its own
    double trip_high
    bint pressure           # guard.pressure_high_mmHg applies

cdef struct OutputSpec:
    double low
    double high
    double rest             # INIT and IDLE: nothing energised
    double safe             # SAFE and FAULT: the device's fail-safe
    double standby          # ARMED
    double slew_per_s       # 0: unlimited

cdef struct CoreSpec:
    double period_s
    bint overrun_trips
    long long overrun_limit
    InputSpec inputs[INPUT_COUNT]
    OutputSpec outputs[OUTPUT_COUNT]
    double level_rpm[10]    # P-0 … P-9 of the left pump; NaN where the device has no such level
    double boost_rpm        # NaN where it has none
    double rpump_level_rpm[10]
    double rpump_high_rpm   # 0: no right pump
    double pump_low_rpm     # slowest and fastest speed of the left pump
    double pump_high_rpm


cdef class Spec:
    cdef CoreSpec c
