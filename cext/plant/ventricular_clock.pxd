"""What starts in the ventricle by itself: tachycardia, escape, pacer.

    vt        every 60/vt_bpm after the last start
    block-3   escape: 60/escape_bpm after the last start
    paced v   on demand: a pulse 60/HR after the last pulse or spontaneous beat;   av: a pulse `av_s` after the atrial one
A pulse that does not capture leaves its spike on the ECG and no beat; the escape comes in its own time and resets the pacer.
Event times are exact, not multiples of the step.
"""

from cext.plant.heartbeat cimport *
from cext.plant.random cimport random_uniform


cdef inline bint ventricle_fires(const Rhythm* p, RhythmState* s, double t, double interval_s) noexcept nogil:
    """The focus with this interval, if it is due."""
    cdef double due = s.fire_s + interval_s
    if t < due:
        return False
    if due < t - 0.1:
        due = t  # after a standstill
    s.fire_s = due
    ventricle_takes(p, s, due + start_to_onset(p), VENTRICULAR)
    return True


cdef inline void pacer_pulse(const Rhythm* p, RhythmState* s, double t) noexcept nogil:
    cdef double pulse
    if p.pacing == PACING_V and s.pulse_s > t + p.rr_s:  # just switched on
        s.pulse_s = s.fire_s + p.rr_s if s.fire_s + p.rr_s > t else t
    if t >= s.pulse_s:
        pulse = s.pulse_s
        s.spike_v_s = pulse
        s.pulse_s = pulse + p.rr_s if p.pacing == PACING_V else 1e300
        if p.capture >= 1.0 or random_uniform(&s.random) < p.capture:
            if ventricle_takes(p, s, pulse + start_to_onset(p), STIMULATED):
                s.fire_s = pulse
    if ventricle_fires(p, s, t, p.escape_rr_s):
        s.pulse_s = s.fire_s + p.rr_s if p.pacing == PACING_V else 1e300


cdef inline void ventricular_clock(const Rhythm* p, RhythmState* s, double t) noexcept nogil:
    if p.kind == RHYTHM_VT:
        ventricle_fires(p, s, t, p.vt_rr_s)
    elif p.kind == RHYTHM_BLOCK_3:
        ventricle_fires(p, s, t, p.escape_rr_s)
    elif p.kind == RHYTHM_PACED and p.pacing != PACING_A:
        pacer_pulse(p, s, t)
    else:
        s.pulse_s = 1e300
