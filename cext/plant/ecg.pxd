"""Surface ECG, as a lead II: a sum of bell curves at the times that the rhythm gives (after McSharry et al. 2003, IEEE Trans Biomed
Eng 50:289).

    u(t) = sum a_i * exp(-(t - m_i)^2 / (2 s_i^2)),  cut off at 4 s_i          mV, s

    P 0.12 at the P wave, s 0.020 | Q -0.12 at R - 0.024, s 0.008 | R 1.0, s 0.009 | S -0.22 at R + 0.024, s 0.009
    T 0.28 at R + 0.28*sqrt(RR), s 0.045*sqrt(RR)
What starts in the ventricle: R 1.2, s 0.024, S -0.35 at R + 0.065, s 0.022, T turned round. Bundle-branch block: left, a notch before R (0.75 at R - 0.050,
both s 0.017), no Q and S, T turned round; right, S -0.45 at R + 0.05, s 0.020.
Atrial fibrillation has no P but f waves (0.04 mV, 6 Hz), flutter a saw tooth at the rate of the atria; ventricular fibrillation is
two beating waves (5 and 6.3 Hz); asystole 0. A pacer pulse is a rectangle; a sample shows the mean since the one before, as a front end
that samples without loss does.
"""

from libc.math cimport exp, sin
from cext.plant.heartbeat cimport (
    BEATS_KEPT, CONDUCTED, RHYTHM_AF, RHYTHM_ASYSTOLE, RHYTHM_FLUTTER, RHYTHM_VF, Heartbeat, Rhythm, RhythmState,
)

cdef enum:  # the choices of patient.ecg_bundle_block
    BUNDLE_LEFT = 1
    BUNDLE_RIGHT = 2

ctypedef struct Ecg:
    double gain          # negative: inverted
    double t_mV
    int bundle
    double spike_mV
    double spike_s
    double sample_s


cdef inline void ecg_set(Ecg* p, double gain, bint inverted, double t_scale, int bundle, double spike_mV, double spike_s,
                         double sample_s) noexcept nogil:
    p.gain = -gain if inverted else gain
    p.t_mV = 0.28 * t_scale
    p.bundle = bundle
    p.spike_mV = spike_mV
    p.spike_s = spike_s
    p.sample_s = sample_s


cdef inline double bell(double t, double per_s) noexcept nogil:
    cdef double x = t * per_s
    return exp(-0.5 * x * x) if -4.0 < x < 4.0 else 0.0


cdef inline double ecg_qrs(const Ecg* p, int origin, double r) noexcept nogil:
    """`r`: time since the R peak."""
    if origin != CONDUCTED:
        return 1.2 * bell(r, 1.0 / 0.024) - 0.35 * bell(r - 0.065, 1.0 / 0.022)
    if p.bundle == BUNDLE_LEFT:
        return bell(r, 1.0 / 0.017) + 0.75 * bell(r + 0.050, 1.0 / 0.017)
    if p.bundle == BUNDLE_RIGHT:
        return bell(r, 1.0 / 0.009) - 0.12 * bell(r + 0.024, 1.0 / 0.008) - 0.45 * bell(r - 0.05, 1.0 / 0.020)
    return bell(r, 1.0 / 0.009) - 0.12 * bell(r + 0.024, 1.0 / 0.008) - 0.22 * bell(r - 0.024, 1.0 / 0.009)


cdef inline double ecg_complex(const Ecg* p, const Heartbeat* beat, double t) noexcept nogil:
    """QRS and T of one beat."""
    cdef double r = t - beat.r_s, u = 0.0
    if -0.14 < r < 0.16:
        u = ecg_qrs(p, beat.origin, r)
    if 0.0 < r < 0.8:
        if beat.origin == CONDUCTED and p.bundle != BUNDLE_LEFT:
            u += p.t_mV * bell(r - 0.28 * beat.root, 1.0 / (0.045 * beat.root))
        else:
            u -= p.t_mV * bell(r - 0.02 - 0.30 * beat.root, 1.0 / (0.045 * beat.root))
    return u


cdef inline double ecg_spike(const Ecg* p, double since) noexcept nogil:
    """Mean over the last sample of a pulse that began `since` ago."""
    cdef double begins = since if since < p.sample_s else p.sample_s, ends = since - p.spike_s
    if begins <= 0.0 or ends >= p.sample_s:
        return 0.0
    return p.spike_mV * (begins - (ends if ends > 0.0 else 0.0)) / p.sample_s


cdef inline double ecg_mV(const Ecg* p, const Rhythm* rhythm, const RhythmState* s, double t) noexcept nogil:
    cdef double u = 0.0, turn
    cdef int i
    if rhythm.kind == RHYTHM_VF:
        return p.gain * 0.35 * (sin(31.4159 * t) + 0.8 * sin(39.58 * t))
    for i in range(BEATS_KEPT):
        u += ecg_complex(p, &s.beat[i], t)
    if rhythm.kind == RHYTHM_AF:
        u += 0.04 * sin(37.7 * t)
    elif rhythm.kind == RHYTHM_FLUTTER:
        turn = 6.283185307179586 * (t - s.last_p_s) * rhythm.flutter_ratio / rhythm.rr_s
        u -= 0.16 * sin(turn) + 0.06 * sin(2.0 * turn)
    elif rhythm.kind != RHYTHM_ASYSTOLE or t - s.p_wave_s < 0.2:
        u += 0.12 * bell(t - s.p_wave_s, 1.0 / 0.020)
    return p.gain * u + ecg_spike(p, t - s.spike_a_s) + ecg_spike(p, t - s.spike_v_s)
