"""Rhythm: when atria and ventricles are activated, and when the R waves come.

One cycle starts with the sinus node at t_c:
    P wave t_c + 0.05 s,   ventricular onset t_c + 0.08 s + PR,   atrial onset = ventricular onset - PR (0.13 s),
    R peak = ventricular onset - electromechanical delay (30 ms).
RR of sinus = 60/HR + variability: half its variance follows the breath (respiratory arrhythmia), half is noise; together SDNN.
Atrial fibrillation: no atrial onset, RR = 60/HR*(1 + 0.2*normal), clipped to 0.35..1.6 s.
Premature ventricular beats (pvc): after one sinus beat in five (at random) a beat at 0.5 to 0.65 of the period, then a
compensatory pause: the next sinus beat comes two periods after the last one. Asystole, ventricular fibrillation: no activation.
Event times are exact (not multiples of the step), so the beat does not depend on the step.
[timing: textbook; Mynard & Smolich 2015 for the atrial lead of 0.13 s]
"""

from libc.stdint cimport uint64_t
from cext.plant.activation cimport ActivationTable, activation_at, activation_enter
from cext.plant.random cimport random_normal, random_uniform

cdef enum:
    RHYTHM_SINUS = 0
    RHYTHM_AF = 1
    RHYTHM_PVC = 2
    RHYTHM_ASYSTOLE = 3
    RHYTHM_VF = 4

ctypedef struct Rhythm:
    int kind
    double rr_s
    double sdnn_s
    double pr_s           # atrial to ventricular onset
    double delay_s        # R peak to ventricular onset
    double t_a            # T_max = t_a + t_b*RR
    double t_b

ctypedef struct RhythmState:
    double next_cycle_s
    double next_onset_s      # ventricular onsets to come; 1e300: none
    double after_onset_s
    double atrial_onset_s
    double next_atrial_s
    double onset_s           # the last ventricular onset
    double enter             # x at which the beat entered the rising limb
    double per_t_max
    double rr_s              # between the last two onsets
    double p_wave_s
    double r_peak_s          # the last R wave on the ECG, or the one coming
    double r_before_s        # the one before
    double e_v
    double e_a
    double premature         # 1: the R wave at r_peak_s is a premature beat's
    double period            # factor on the interval: reflex, drugs (regulation.pxd)
    long beats
    uint64_t random


cdef inline double rhythm_interval(const Rhythm* p, RhythmState* s, double breath) noexcept nogil:
    cdef double rr, usual = p.rr_s * s.period
    if p.kind == RHYTHM_AF:
        rr = usual * (1.0 + 0.2 * random_normal(&s.random))
        return 0.35 if rr < 0.35 else (1.6 if rr > 1.6 else rr)
    rr = usual + p.sdnn_s * (breath + 0.70710678 * random_normal(&s.random))
    return rr if rr > 0.5 * usual else 0.5 * usual


cdef inline void rhythm_cycle(const Rhythm* p, RhythmState* s, double breath) noexcept nogil:
    """The sinus node fires at next_cycle_s: lays out this beat and the time of the next."""
    cdef double start = s.next_cycle_s, onset
    if p.kind == RHYTHM_ASYSTOLE or p.kind == RHYTHM_VF:
        s.next_cycle_s = start + 0.1  # look again
        return
    onset = start + 0.08 + p.pr_s
    if s.next_onset_s > 1e299:
        s.next_onset_s = onset
    else:
        s.after_onset_s = onset  # at very short periods a beat is still on its way
    s.r_before_s = s.r_peak_s
    s.r_peak_s = onset - p.delay_s
    s.premature = 0.0
    if p.kind != RHYTHM_AF:
        s.next_atrial_s = onset - p.pr_s
        s.p_wave_s = start + 0.05
    s.next_cycle_s = start + rhythm_interval(p, s, breath)
    if p.kind == RHYTHM_PVC and random_uniform(&s.random) < 0.2 and s.after_onset_s > 1e299:
        s.after_onset_s = onset + p.rr_s * s.period * (0.5 + 0.15 * random_uniform(&s.random))
        s.next_cycle_s = start + 2.0 * p.rr_s * s.period


cdef inline void rhythm_step(const Rhythm* p, RhythmState* s, const ActivationTable* ventricle, const ActivationTable* atrium,
                             double t, double breath) noexcept nogil:
    """Activations e_v and e_a at time t (s)."""
    if t >= s.next_cycle_s:
        rhythm_cycle(p, s, breath)
    if t >= s.next_atrial_s:
        s.atrial_onset_s = s.next_atrial_s
        s.next_atrial_s = 1e300
    if t >= s.next_onset_s:
        s.enter = activation_enter(ventricle, s.e_v)
        s.rr_s = s.next_onset_s - s.onset_s
        if s.rr_s > 3.0:
            s.rr_s = 3.0  # the first beat after a pause
        s.onset_s = s.next_onset_s
        s.per_t_max = 1.0 / (p.t_a + p.t_b * s.rr_s)
        s.beats += 1
        s.next_onset_s = s.after_onset_s
        s.after_onset_s = 1e300
        if s.next_onset_s < 1e299 and s.next_onset_s - p.delay_s > s.r_peak_s + 0.1:
            s.r_before_s = s.r_peak_s
            s.r_peak_s = s.next_onset_s - p.delay_s
            s.premature = 1.0
    s.e_v = activation_at(ventricle, s.enter + (t - s.onset_s) * s.per_t_max)
    s.e_a = activation_at(atrium, t - s.atrial_onset_s)


cdef inline void rhythm_start(const Rhythm* p, RhythmState* s, uint64_t seed) noexcept nogil:
    """At time 0, just before a cycle; the beats before lie one period back."""
    s.next_cycle_s = 0.0
    s.next_onset_s = s.after_onset_s = s.next_atrial_s = 1e300
    s.onset_s = 0.08 + p.pr_s - p.rr_s
    s.atrial_onset_s = 0.08 - p.rr_s
    s.p_wave_s = 0.05 - p.rr_s
    s.r_peak_s = s.onset_s - p.delay_s
    s.r_before_s = s.r_peak_s - p.rr_s
    s.enter = 0.0
    s.rr_s = p.rr_s
    s.per_t_max = 1.0 / (p.t_a + p.t_b * p.rr_s)
    s.e_v = s.e_a = s.premature = 0.0
    s.period = 1.0
    s.beats = 0
    s.random = seed


cdef inline void rhythm_shift(RhythmState* s, double by_s) noexcept nogil:
    """Moves every event by `by_s`, for a clock that is set anew."""
    s.next_cycle_s += by_s
    s.next_onset_s += by_s
    s.after_onset_s += by_s
    s.next_atrial_s += by_s
    s.atrial_onset_s += by_s
    s.onset_s += by_s
    s.p_wave_s += by_s
    s.r_peak_s += by_s
    s.r_before_s += by_s
