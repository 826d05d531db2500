"""What the core is told of a bench before it runs: constant while the loop is open."""

from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT
from cext.generated.settings cimport PUMP_LEVEL_BY_SPEED

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
    double level_rpm[PUMP_LEVEL_BY_SPEED]  # the numbered levels, first in pump.level; NaN where the device has no such level
    double top_level_rpm    # fastest numbered level
    double boost_rpm        # NaN where it has none
    double boost_s          # longest boost and AUTO; infinity: no limit
    double auto_s
    bint differential       # placement signal: pressure across the pump, else at its outlet
    double rpump_level_rpm[PUMP_LEVEL_BY_SPEED]
    double rpump_high_rpm   # 0: no right pump
    double pump_low_rpm     # slowest and fastest speed of the left pump
    double pump_high_rpm


cdef class Spec:
    cdef CoreSpec c
