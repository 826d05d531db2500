"""R-wave detection on one ECG lead: causal, O(1) a sample.

Spikes out (spike.pxd), band of the QRS (qrs_band.pxd), rectified: either polarity triggers. A lobe above the threshold is
followed to its top; the R time is that top less the delay of the filters. A lobe of the unusual polarity waits HOLD_MS for one
of the usual polarity that is as large, so that a beat with two lobes is always timed at the same one.

Threshold, as a share of the size of accepted complexes: 60 % up to 360 ms after a beat (T wave: the rule of Pan and Tompkins
1985, IEEE Trans Biomed Eng 32:230), then falling to 28 % at three quarters of the interval expected, and further when beats are missing; never
under a multiple of the noise between beats. Refractory 200 ms.
"""

from libc.math cimport exp, fabs, fmax, fmin, isfinite

from cext.estimate.qrs_band cimport QrsBand, qrs_band_init, qrs_band_step
from cext.estimate.spike cimport Spike, spike_init, spike_step

cdef enum:
    LEARN_MS = 1500          # size of the first complexes is learned this long before any trigger is given
    DELAY_US = 11500         # R peak to top of the lobe: median 3 ms, mean 8.5 ms (tests/timing)
    REFRACTORY_MS = 200
    T_WAVE_MS = 360
    HOLD_MS = 45             # how far the lobes of one complex lie apart
    LEAST_uV = 40            # a smaller lobe is no QRS: 0.2 mV leaves 0.06 mV
    MOST_MV = 50             # a lead cannot show more: held there

cdef struct RWave:
    Spike spike
    QrsBand band
    double period_s
    double size              # typical top of a complex, mV
    double noise             # median of the rectified band between complexes, mV
    double polarity          # -1 .. 1: sign of the usual lobe
    double learn_s           # time left for learning
    double since_s           # since the last accepted R
    double mean_rr_s
    double top               # of the lobe followed; 0: none
    double top_sign
    double top_age_s
    double hold_s            # time left of waiting for the usual polarity; 0: not waiting
    double held_top
    double held_age_s
    double last_top          # of the last beat: an ectopic beat has a T wave of its size
    double taken             # lobe that the last beat was timed at
    double taken_sign
    double after             # greatest lobe of the other polarity in the same complex, after it
    double before            # and before it
    bint started
    bint candidate           # a lobe is above the threshold in this tick


cdef inline void r_wave_init(RWave* r, double period_s) noexcept nogil:
    spike_init(&r.spike, period_s, 0.0)
    qrs_band_init(&r.band, period_s, 0.0)
    r.period_s = period_s
    r.size = r.noise = r.polarity = 0.0
    r.learn_s = LEARN_MS * 1e-3
    r.since_s = 10.0
    r.mean_rr_s = 0.8
    r.top = r.top_sign = r.top_age_s = 0.0
    r.hold_s = r.held_top = r.held_age_s = 0.0
    r.taken = r.taken_sign = r.after = r.before = r.last_top = 0.0
    r.started = r.candidate = False


cdef inline double r_wave_threshold(const RWave* r) noexcept nogil:
    """In mV of the band, for the present time since the last beat."""
    cdef double share, expected = fmin(fmax(r.mean_rr_s, 0.36), 1.5), low_s = fmax(0.75 * expected, 0.42)
    if r.since_s < T_WAVE_MS * 1e-3:
        return fmax(0.60 * fmax(r.size, fmin(r.last_top, 3.0 * r.size)), LEAST_uV * 1e-3)
    elif r.since_s < low_s:
        share = 0.60 - 0.32 * (r.since_s - 0.36) / (low_s - 0.36)
    else:
        share = 0.28
        if r.since_s > 1.4 * expected:
            share *= exp(-(r.since_s - 1.4 * expected) / 1.5)
    return fmax(share * r.size, fmax(fmin(8.0 * r.noise, 0.6 * r.size), LEAST_uV * 1e-3))


cdef inline double _accept(RWave* r, double top, double sign, double age_s) noexcept nogil:
    cdef double ago = age_s + DELAY_US * 1e-6
    r.size += 0.125 * (fmin(top, 2.0 * r.size) - r.size) if r.size > LEAST_uV * 1e-3 else top
    r.taken = r.last_top = top
    r.taken_sign = sign
    r.after = 0.0
    r.before = r.held_top if r.hold_s > 0.0 and sign * r.polarity >= 0.0 else 0.0
    if r.since_s < 3.0:
        r.mean_rr_s += 0.2 * (r.since_s - ago - r.mean_rr_s)
    r.since_s = ago
    r.top = r.hold_s = 0.0
    return ago


cdef inline double r_wave_step(RWave* r, double ecg_mV) noexcept nogil:
    """Takes one sample. Returns how long ago the R peak was, s, when a trigger is given; negative otherwise."""
    cdef double y, e, sign
    r.candidate = False
    if not isfinite(ecg_mV):
        if r.started:
            r_wave_init(r, r.period_s)      # lead off: start over, trigger nothing
        return -1.0
    ecg_mV = fmin(fmax(ecg_mV, -MOST_MV), MOST_MV)
    if not r.started:
        spike_init(&r.spike, r.period_s, ecg_mV)   # no step at the first sample
        qrs_band_init(&r.band, r.period_s, ecg_mV)
        r.started = True
    y = qrs_band_step(&r.band, spike_step(&r.spike, ecg_mV))
    e = fabs(y)
    sign = 1.0 if y > 0.0 else -1.0
    r.since_s += r.period_s
    if r.learn_s > 0.0:
        r.learn_s -= r.period_s
        if e > r.size:
            r.size = e
        r.noise += (e - r.noise) * r.period_s / 0.5
        if r.learn_s <= 0.0:
            r.noise = fmin(0.5 * r.noise, 0.1 * r.size)
        return -1.0
    if r.since_s > 0.15:
        r.noise = fmax(r.noise * (1.0 + (r.period_s if e > r.noise else -r.period_s)), 1e-4)
    if r.since_s > 2.0 and r.size > LEAST_uV * 1e-3:
        r.size *= 1.0 - r.period_s / 2.0    # nothing found for long: the size is forgotten
    if r.taken > 0.0:
        # The usual polarity is that of the first lobe of a complex, unless a much larger one follows.
        r.last_top = fmax(r.last_top, e)
        if sign != r.taken_sign and r.since_s < 0.08:
            r.after = fmax(r.after, e)
        if r.since_s > 0.12:
            if r.before > 0.6 * r.taken or r.after > 2.0 * r.taken:
                r.polarity += 0.2 * (-r.taken_sign - r.polarity)
            else:
                r.polarity += 0.2 * (r.taken_sign - r.polarity)
            r.taken = 0.0
    if r.since_s < REFRACTORY_MS * 1e-3:
        return -1.0
    if r.top > 0.0:
        r.top_age_s += r.period_s
        if e > r.top and sign == r.top_sign:
            r.top = e
            r.top_age_s = 0.0
        r.candidate = True
        if e > 0.9 * r.top and sign == r.top_sign:
            return -1.0                     # still near its top
        if r.top_sign * r.polarity >= 0.0 or fabs(r.polarity) < 0.2:
            if r.hold_s > 0.0 and r.held_top > r.top:
                return _accept(r, r.held_top, -r.top_sign, r.held_age_s + r.period_s)
            return _accept(r, r.top, r.top_sign, r.top_age_s)
        if r.hold_s <= 0.0 or r.top > r.held_top:
            r.held_top = r.top
            r.held_age_s = r.top_age_s
            if r.hold_s <= 0.0:
                r.hold_s = HOLD_MS * 1e-3
        r.top = 0.0
    if r.hold_s > 0.0:
        r.hold_s -= r.period_s
        r.held_age_s += r.period_s
        r.candidate = True
        if r.hold_s <= 0.0:
            return _accept(r, r.held_top, -1.0 if r.polarity > 0.0 else 1.0, r.held_age_s)
    if e >= r_wave_threshold(r):
        r.top = e
        r.top_sign = sign
        r.top_age_s = 0.0
        r.candidate = True
    return -1.0


cdef inline bint r_wave_noisy(const RWave* r) noexcept nogil:
    """The noise between beats is so large that it would reach the threshold now and then: a trigger is not to be trusted."""
    return r.started and r.learn_s <= 0.0 and 8.0 * r.noise > 0.9 * r.size
