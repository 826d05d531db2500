"""Pacer pulses to triggers: ventricular, atrial, or the ventricular one of a pair.

pacer-v: every pulse is a beat. pacer-av: a pulse 80 to 300 ms after another is the ventricular one of the pair. pacer-a: the beat
follows the pulse by the conduction time that the setting gives. Pulses within 250 ms of a beat start none.
"""

cdef struct Pacer:
    double period_s
    double since_pulse_s
    double since_beat_s
    double wait_s            # pacer-a: until the R wave; negative: none awaited


cdef inline void pacer_init(Pacer* p, double period_s) noexcept nogil:
    p.period_s = period_s
    p.since_pulse_s = p.since_beat_s = 10.0
    p.wait_s = -1.0


cdef inline double pacer_step(Pacer* p, bint pulse, double pulse_ago_s, bint atrial, bint pair, double conduction_s) noexcept nogil:
    """One tick. Returns how long ago the beat began (the pulse, or the R wave that follows an atrial one); negative: none."""
    cdef double ago = -1.0
    p.since_pulse_s += p.period_s
    p.since_beat_s += p.period_s
    if pulse:
        if p.since_beat_s > 0.25:
            if atrial:
                if p.wait_s < 0.0:
                    p.wait_s = conduction_s - pulse_ago_s
            elif not pair or 0.08 < p.since_pulse_s - pulse_ago_s < 0.30:
                ago = pulse_ago_s
        p.since_pulse_s = pulse_ago_s
    if p.wait_s >= 0.0:
        p.wait_s -= p.period_s
        if p.wait_s < 0.0:
            ago = 0.0
    if not atrial:
        p.wait_s = -1.0
    if ago >= 0.0:
        p.since_beat_s = ago
    return ago
