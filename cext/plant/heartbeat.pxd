"""Parameters and state of the rhythm, and the ventricle's own clock: which impulse it takes, and when it contracts.

A ventricular beat is an R peak and an onset of contraction `delay_s` later (electromechanical delay, 30 ms), both known ahead of time,
so that the ECG can draw the whole complex. The last four are kept: the T wave of one may overlap what comes next.
The ventricle takes no impulse whose R peak would follow the last one within 200 ms (refractory).
What starts in the ventricle itself (ectopic focus, pacer tip) has its R peak 80 ms after the start: half of a wide complex. It spreads
from cell to cell, 60 ms longer than through the bundles: late regions contract while early ones relax. The sum is weaker (0.85) and
lasts longer (T_max + 40 ms). [peak isovolumic pressure falls as the QRS widens, by 10 to 30 %: Burkhoff, Oikawa & Sagawa 1986, Am J
Physiol 251:H428; both numbers are design values within that]
"""

from libc.math cimport sqrt
from libc.stdint cimport uint64_t

cdef enum:  # the choices of patient.rhythm
    RHYTHM_SINUS = 0
    RHYTHM_AF = 1
    RHYTHM_PVC = 2
    RHYTHM_ASYSTOLE = 3
    RHYTHM_VF = 4
    RHYTHM_PACED = 5
    RHYTHM_BIGEMINY = 6
    RHYTHM_TRIGEMINY = 7
    RHYTHM_VT = 8
    RHYTHM_BLOCK_2 = 9
    RHYTHM_WENCKEBACH = 10
    RHYTHM_BLOCK_3 = 11
    RHYTHM_FLUTTER = 12

cdef enum:  # the choices of patient.pacing
    PACING_V = 0
    PACING_A = 1
    PACING_AV = 2

cdef enum:
    CONDUCTED = 0            # came through the AV node
    VENTRICULAR = 1          # premature, tachycardia, escape
    STIMULATED = 2           # by a pacer pulse
    BEATS_KEPT = 4
    START_TO_R_MS = 80

ctypedef struct Rhythm:
    int kind
    int pacing
    double rr_s
    double sdnn_s
    double pr_s           # atrial to ventricular onset
    double delay_s        # R peak to ventricular onset
    double t_a            # T_max = t_a + t_b*RR
    double t_b
    double vt_rr_s
    double escape_rr_s
    double atria_rr_s     # sinus node beneath a ventricular pacer
    double av_s           # atrial to ventricular pulse of the pacer
    double capture        # share of the pulses that the heart answers
    int block_every       # second-degree block: every n-th P wave is not conducted
    int flutter_ratio     # atrial waves to one ventricular beat

ctypedef struct Heartbeat:
    double r_s            # R peak
    double onset_s
    int origin
    double root           # of the RR interval before it, for the QT

ctypedef struct RhythmState:
    double next_cycle_s      # the atria's (in fibrillation the ventricle's) next impulse
    double next_atrial_s     # onset of contraction to come; 1e300: none
    double atrial_onset_s
    double p_wave_s
    double last_p_s          # impulse of the last P wave
    Heartbeat beat[BEATS_KEPT]
    long last                # number of the last beat laid out
    long due                 # of the next to contract
    double fire_s            # when the ventricle last began to depolarise
    double pulse_s           # next ventricular pulse of the pacer; 1e300: none
    double spike_a_s         # the last pulses
    double spike_v_s
    bint spontaneous         # the next atrial impulse is not the pacer's
    bint blocked             # the node does not conduct the next impulse
    int conducted            # P waves since the last that was not conducted; in flutter since the last that was
    double onset_s           # the last ventricular onset
    double strength          # of this beat, factor on the activation
    double enter             # x at which the beat entered the rising limb
    double per_t_max
    double rr_s              # between the last two onsets
    double e_v
    double e_a
    double period            # factor on the sinus interval: reflex, drugs (regulation.pxd)
    long beats
    uint64_t random


cdef inline double beat_strength(int origin) noexcept nogil:
    return 1.0 if origin == CONDUCTED else 0.85


cdef inline double beat_longer_s(int origin) noexcept nogil:
    return 0.0 if origin == CONDUCTED else 0.04


cdef inline double start_to_onset(const Rhythm* p) noexcept nogil:
    """Onset of contraction after the start in the ventricle, s."""
    return 1e-3 * START_TO_R_MS + p.delay_s


cdef inline bint ventricle_takes(const Rhythm* p, RhythmState* s, double onset_s, int origin) noexcept nogil:
    """Lays out a beat that contracts at `onset_s`; False where the ventricle is still refractory."""
    cdef double r = onset_s - p.delay_s, rr = r - s.beat[s.last & (BEATS_KEPT - 1)].r_s
    cdef Heartbeat* beat
    if rr < 0.2 or s.last + 1 - s.due >= BEATS_KEPT:
        return False
    s.last += 1
    beat = &s.beat[s.last & (BEATS_KEPT - 1)]
    beat.r_s = r
    beat.onset_s = onset_s
    beat.origin = origin
    beat.root = sqrt(0.35 if rr < 0.35 else (1.4 if rr > 1.4 else rr))
    return True


cdef inline void heartbeat_start(const Rhythm* p, RhythmState* s) noexcept nogil:
    """The beats before time 0, one interval apart."""
    cdef int i
    for i in range(BEATS_KEPT):
        s.beat[i].onset_s = 0.08 + p.pr_s - (BEATS_KEPT - i) * p.rr_s
        s.beat[i].r_s = s.beat[i].onset_s - p.delay_s
        s.beat[i].origin = CONDUCTED
        s.beat[i].root = sqrt(p.rr_s)
    s.last = BEATS_KEPT - 1
    s.due = BEATS_KEPT
    s.onset_s = s.beat[s.last].onset_s
    s.fire_s = s.onset_s - start_to_onset(p)
