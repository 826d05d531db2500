"""Surface ECG: a sum of bell curves at the times that the rhythm gives (after McSharry et al. 2003, IEEE Trans Biomed Eng
50:289).

    u(t) = sum a_i * exp(-(t - m_i)^2 / (2 s_i^2)),  cut off at 4 s_i          mV, s

    P 0.12 at the P wave, s 0.020 | Q -0.12 at R - 0.024, s 0.008 | R 1.0, s 0.009 | S -0.22 at R + 0.024, s 0.009
    T 0.28 at R + 0.28*sqrt(RR), s 0.045*sqrt(RR).   A premature beat is wide (s x 2.2) and its T is turned round.
Atrial fibrillation has no P but f waves (0.04 mV, 6 Hz); ventricular fibrillation is two beating waves (5 and 6.3 Hz);
asystole 0.
"""

from libc.math cimport exp, sin, sqrt
from cext.plant.rhythm cimport RHYTHM_AF, RHYTHM_ASYSTOLE, RHYTHM_VF, Rhythm, RhythmState


cdef inline double bell(double t, double per_s) noexcept nogil:
    cdef double x = t * per_s
    return exp(-0.5 * x * x) if -4.0 < x < 4.0 else 0.0


cdef inline double ecg_mV(const Rhythm* p, const RhythmState* s, double t) noexcept nogil:
    cdef double r = t - s.r_peak_s, before = t - s.r_before_s, u = 0.0, width, root, wide, upright
    if p.kind == RHYTHM_ASYSTOLE:
        return 0.0
    if p.kind == RHYTHM_VF:
        return 0.35 * (sin(31.4159 * t) + 0.8 * sin(39.58 * t))
    wide = 1.0 / 2.2 if s.premature > 0.0 else 1.0
    upright = -1.0 if s.premature > 0.0 else 1.0
    if -0.1 < r < 0.1:
        u = bell(r, wide / 0.009) - 0.12 * bell(r + 0.024, wide / 0.008) - 0.22 * bell(r - 0.024, wide / 0.009)
    if r > 0.06 or before < 0.8:
        root = sqrt(s.rr_s)
        width = 1.0 / (0.045 * root)
        u += 0.28 * (upright * bell(r - 0.28 * root, width) + bell(before - 0.28 * root, width))
    if p.kind == RHYTHM_AF:
        return u + 0.04 * sin(37.7 * t)
    return u + 0.12 * bell(t - s.p_wave_s, 1.0 / 0.020)
