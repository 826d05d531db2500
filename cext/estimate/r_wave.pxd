"""R-wave detection on one ECG lead: causal, O(1) a sample.

Band-pass around the QRS (second order, 17 Hz, Q 0.9), rectified (either polarity), compared with a threshold that follows
the size of accepted QRS complexes and decays when none comes. The peak is taken when the rectified signal has fallen to 70 %
of it; the R time is that peak less the filter's delay. Refractory 200 ms; within 360 ms of a beat a candidate must reach
60 % of the QRS size, or it is taken for a T wave (the rule of Pan and Tompkins 1985, IEEE Trans Biomed Eng 32:230).
"""

from libc.math cimport M_PI, cos, fabs, fmax, isfinite, sin

cdef enum:
    LEARN_MS = 1500        # size of the first complexes is learned this long before any trigger is given
    LEAST_SIZE_UV = 150    # no complex is taken for smaller than this: IEC 60601-2-27 asks for 0.5 mV, and for silence below 0.15 mV
    FILTER_DELAY_US = 1000 # R peak to peak of the rectified band-pass, measured on the rig's QRS (tests/core)

cdef struct RWave:
    double b0, a1, a2      # band-pass, direct form: y = b0*(x - x2) - a1*y1 - a2*y2
    double x1, x2, y1, y2
    double period_s
    double size            # typical rectified peak, mV
    double learn_s         # time left for learning
    double since_s         # since the last accepted R, s
    double peak            # of the candidate; 0: none
    double peak_age_s
    double mean_rr_s


cdef inline void r_wave_init(RWave* r, double period_s) noexcept nogil:
    cdef double w = 2.0 * M_PI * 17.0 * period_s
    cdef double alpha = sin(w) / (2.0 * 0.9)
    cdef double a0 = 1.0 + alpha
    r.b0 = alpha / a0
    r.a1 = -2.0 * cos(w) / a0
    r.a2 = (1.0 - alpha) / a0
    r.x1 = r.x2 = r.y1 = r.y2 = 0.0
    r.period_s = period_s
    r.size = 0.0
    r.learn_s = LEARN_MS * 1e-3
    r.since_s = 10.0
    r.peak = 0.0
    r.peak_age_s = 0.0
    r.mean_rr_s = 0.8


cdef inline double r_wave_step(RWave* r, double ecg_mV) noexcept nogil:
    """Takes one sample. Returns how long ago the R peak was, s, when a trigger is given; negative otherwise."""
    cdef double x, y, e, threshold, ago
    if not isfinite(ecg_mV):
        r_wave_init(r, r.period_s)      # lead off: start over, trigger nothing
        return -1.0
    if r.since_s > 9.0 and r.learn_s == LEARN_MS * 1e-3:
        r.x1 = r.x2 = ecg_mV            # no step at the first sample
    x = ecg_mV
    y = r.b0 * (x - r.x2) - r.a1 * r.y1 - r.a2 * r.y2
    if not isfinite(y):
        r_wave_init(r, r.period_s)      # too large to filter: start over as well
        return -1.0
    r.x2 = r.x1
    r.x1 = x
    r.y2 = r.y1
    r.y1 = y
    e = fabs(y)
    r.since_s += r.period_s
    if r.learn_s > 0.0:
        r.learn_s -= r.period_s
        r.size = fmax(r.size, e)
        return -1.0
    if r.since_s > 1.6 * r.mean_rr_s:   # beats are missing: smaller ones count, too
        r.size *= 1.0 - r.period_s / 1.5
    r.size = fmax(r.size, LEAST_SIZE_UV * 1e-3)
    threshold = 0.40 * r.size
    if r.since_s < 0.36:
        threshold = 0.60 * r.size
    if r.since_s < 0.20:
        return -1.0
    if r.peak == 0.0 and e < threshold:
        return -1.0
    if e > r.peak:
        r.peak = e
        r.peak_age_s = 0.0
    else:
        r.peak_age_s += r.period_s
    if e > 0.7 * r.peak:
        return -1.0
    ago = r.peak_age_s + FILTER_DELAY_US * 1e-6
    r.size += 0.15 * (r.peak - r.size) if r.peak < 2.0 * r.size else 0.15 * r.size
    if r.since_s < 3.0:
        r.mean_rr_s += 0.2 * (r.since_s - ago - r.mean_rr_s)
    r.since_s = ago
    r.peak = 0.0
    return ago

