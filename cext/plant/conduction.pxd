"""Atrial impulses and the AV node.

One cycle starts with an impulse in the atria at t_c:
    P wave t_c + 0.05 s,   atrial onset t_c + 0.08 s,   ventricular onset t_c + 0.08 s + PR where the node conducts.
RR of sinus = 60/HR + variability: half its variance follows the breath (respiratory arrhythmia), half is noise; together SDNN.
Reflex and drugs act on the sinus node and on the node's answer to fibrillation, never on a pacer, flutter or a ventricular focus.

    af          no P, no atrial onset; RR = 60/HR*(1 + 0.2*normal), clipped to 0.35..1.6 s
    flutter     atrial waves at n*HR, n the whole number that comes nearest to 300/min; each n-th is conducted; the atria contract weakly (0.4)
    pvc         after one beat in five (at random) a premature one, 0.5 to 0.65 of the interval later
    bigeminy, trigeminy   after each, after every second beat a premature one at 0.6: fixed coupling
    block-2     Mobitz II: constant PR, each n-th P wave is dropped
    wenckebach  Mobitz I: PR grows by 60, 30, 15 ms ..., the n-th P wave is dropped
    block-3, vt, paced v   no P wave is conducted: the ventricle has a clock of its own (ventricular_clock.pxd)
After a premature beat the next P wave finds the node refractory: the atria contract against shut valves, and the next beat comes two
intervals after the last one (compensatory pause).
[textbook electrocardiography; atrial lead of 0.13 s Mynard & Smolich 2015; strength of the fluttering atria a design value]
"""

from libc.math cimport pow
from cext.plant.heartbeat cimport *
from cext.plant.random cimport random_normal, random_uniform


cdef inline double atrial_interval(const Rhythm* p, RhythmState* s, double breath) noexcept nogil:
    cdef double rr, usual
    if p.kind == RHYTHM_FLUTTER:
        return p.rr_s / p.flutter_ratio
    if p.kind == RHYTHM_PACED and p.pacing != PACING_V:
        return p.rr_s
    usual = s.period * (p.atria_rr_s if p.kind == RHYTHM_PACED else p.rr_s)
    if p.kind == RHYTHM_AF:
        rr = usual * (1.0 + 0.2 * random_normal(&s.random))
        return 0.35 if rr < 0.35 else (1.6 if rr > 1.6 else rr)
    rr = usual + p.sdnn_s * (breath + 0.70710678 * random_normal(&s.random))
    return rr if rr > 0.5 * usual else 0.5 * usual


cdef inline double conduction_s(const Rhythm* p, RhythmState* s) noexcept nogil:
    """Atrial to ventricular onset of the present impulse; negative: not conducted."""
    if s.blocked:
        s.blocked = False
        return -1.0
    if p.kind == RHYTHM_BLOCK_3 or p.kind == RHYTHM_VT or (p.kind == RHYTHM_PACED and p.pacing != PACING_A):
        return -1.0
    if p.kind == RHYTHM_FLUTTER:
        s.conducted += 1
        if s.conducted < p.flutter_ratio:
            return -1.0
        s.conducted = 0
    elif p.kind == RHYTHM_BLOCK_2 or p.kind == RHYTHM_WENCKEBACH:
        s.conducted += 1
        if s.conducted >= p.block_every:
            s.conducted = 0
            return -1.0
        if p.kind == RHYTHM_WENCKEBACH:
            return p.pr_s + 0.12 * (1.0 - pow(0.5, s.conducted - 1))
    return p.pr_s


cdef inline bint premature_follows(const Rhythm* p, RhythmState* s) noexcept nogil:
    if p.kind == RHYTHM_PVC:
        return random_uniform(&s.random) < 0.2
    if p.kind == RHYTHM_TRIGEMINY:
        s.conducted = 0 if s.conducted == 1 else 1
        return s.conducted == 0
    return p.kind == RHYTHM_BIGEMINY


cdef inline bint atria_paced(const Rhythm* p, RhythmState* s, double start) noexcept nogil:
    """A pacer pulse in the atrium; where it does not capture, the sinus node beneath comes in its own time."""
    cdef double beneath
    if s.spontaneous:
        s.spontaneous = False
        return True
    s.spike_a_s = start
    if p.capture >= 1.0 or random_uniform(&s.random) < p.capture:
        return True
    beneath = s.last_p_s + p.atria_rr_s * s.period
    s.spontaneous = beneath < start + p.rr_s
    if s.spontaneous:
        s.next_cycle_s = beneath if beneath > start else start + 0.001
    return False


cdef inline void atrial_cycle(const Rhythm* p, RhythmState* s, double breath) noexcept nogil:
    """The impulse at next_cycle_s: lays out P wave, contraction and conducted beat, and the time of the next impulse."""
    cdef double start = s.next_cycle_s, pr, coupling
    cdef bint taken
    if p.kind == RHYTHM_ASYSTOLE or p.kind == RHYTHM_VF:
        s.next_cycle_s = start + 0.1  # look again
        return
    s.next_cycle_s = start + atrial_interval(p, s, breath)
    if p.kind == RHYTHM_AF:
        ventricle_takes(p, s, start + 0.08 + p.pr_s, CONDUCTED)
        return
    taken = not (p.kind == RHYTHM_PACED and p.pacing != PACING_V) or atria_paced(p, s, start)
    if p.kind == RHYTHM_PACED and p.pacing == PACING_AV:
        s.pulse_s = start + p.av_s
    if not taken:
        return
    s.last_p_s = start
    s.next_atrial_s = start + 0.08
    s.p_wave_s = start + 0.05
    pr = conduction_s(p, s)
    if pr < 0.0 or not ventricle_takes(p, s, start + 0.08 + pr, CONDUCTED):
        return
    if premature_follows(p, s):
        coupling = 0.5 + 0.15 * random_uniform(&s.random) if p.kind == RHYTHM_PVC else 0.6
        s.blocked = ventricle_takes(p, s, start + 0.08 + pr + p.rr_s * s.period * coupling, VENTRICULAR)
