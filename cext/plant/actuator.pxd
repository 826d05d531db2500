"""An actuator of the bench between the controller's output and the plant: delay line, first-order lag, limits.

    command -> range -> delay -> y' = (u - y)/tau -> plant             exact for a piecewise constant command
[solenoid 3/2 valves 8-20 ms, proportional valves 4-5 ms, gas line 1 ms/m in helium: ISO 6358 practice, see the bench files]
"""

cdef enum:
    ACTUATOR_LINE = 256

ctypedef struct Actuator:
    int delay_steps
    double delay_part
    double follow           # 1 - exp(-dt/tau); 1 without lag
    double low
    double high

ctypedef struct ActuatorState:
    double y
    unsigned int at
    double line[ACTUATOR_LINE]


cdef inline double actuator_step(const Actuator* p, ActuatorState* s, double command) noexcept nogil:
    cdef double u = command
    if not (u >= p.low):  # no number counts as the lowest
        u = p.low
    elif u > p.high:
        u = p.high
    s.at = (s.at + 1) & (ACTUATOR_LINE - 1)
    s.line[s.at] = u
    if p.delay_steps > 0 or p.delay_part > 0.0:
        u = s.line[(s.at - p.delay_steps) & (ACTUATOR_LINE - 1)]
        if p.delay_part > 0.0:
            u += p.delay_part * (s.line[(s.at - p.delay_steps - 1) & (ACTUATOR_LINE - 1)] - u)
    s.y += p.follow * (u - s.y)
    return s.y


cdef inline void actuator_start(const Actuator* p, ActuatorState* s, double value) noexcept nogil:
    """Settled at `value`."""
    cdef int i
    for i in range(ACTUATOR_LINE):
        s.line[i] = value
    s.y = value
    s.at = 0
