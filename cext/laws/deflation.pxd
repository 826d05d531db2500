"""When the balloon is let empty: before the next R wave (predictive) or on it.

    T1  trigger to the opening of the valve: what is left of the pre-ejection time when R is known
    T2  deflation command to balloon empty (measured beat by beat, emptying.pxd; else the setting)
T2 fits into T1, or the rhythm is irregular, or the trigger is `afib`: deflation on R. Else predictive:
    latest command = next R - margin + opening - T2,     margin: 2.5 mean deviations of the interval, or the last
    surprise; with a P wave that never failed the announced R, and one deviation after the expected one at the latest
and earlier when the P wave announces an R wave that comes before that. Manual: the offset from the expected LV activation.
"""

from libc.math cimport fmax, fmin

from cext.estimate.beats cimport Beats, beats_irregular
from cext.estimate.emptying cimport emptying_s
from cext.estimate.interval cimport interval_next_s
from cext.estimate.opening cimport opening_earliest_s
from cext.estimate.p_wave cimport p_wave_sure
from cext.estimate.source cimport SOURCE_ECG, SOURCE_PRESSURE
from cext.generated.settings cimport IABP_TIMING_MANUAL, IABP_TRIGGER_AFIB, Settings

cdef enum:
    ACTIVATION_AFTER_R_MS = 30   # electromechanical delay, physiology: about 30 ms after the R peak
    GUARD_MS = 7                 # the balloon is empty this long before the opening at the latest
    SEEN_LATE_MS = 40            # a P wave is known this long after its top
    FIRST_SAMPLE_MS = 10         # the QRS passes the threshold this long before the trigger is given, and vents
    UNEVEN_PCT = 4           # mean deviation of the interval from which a balloon that waits for R is filled briefly
    LONGEST_SHARE_PCT = 150      # on R: never held longer than this part of the interval expected

cdef struct Deflation:
    double latest_s        # command, s after the R peak of the beat that it ends
    double next_s          # interval expected when it was planned
    double lead_s          # command before an announced R peak by this
    bint on_r
    bint brief             # filled for iabp.filling_ms only: R comes unforeseen, and less gas leaves sooner
    bint announced         # the P wave is heeded
    bint manual
    bint reaches_over      # manual: deliberately after the next R peak


cdef inline void deflation_init(Deflation* d) noexcept nogil:
    d.latest_s = d.lead_s = 0.0
    d.next_s = 0.8
    d.on_r = d.announced = d.manual = d.reaches_over = d.brief = False


cdef inline void deflation_plan(Deflation* d, const Settings* s, const Beats* b) noexcept nogil:
    cdef double opens_s = opening_earliest_s(&b.opening, interval_next_s(&b.interval))
    cdef double t1 = opens_s - fmax(b.given_late_s - FIRST_SAMPLE_MS * 1e-3, 0.0)
    cdef double t2 = emptying_s(&b.emptying, s.iabp_emptying_ms * 1e-3) + GUARD_MS * 1e-3
    cdef double margin
    d.next_s = interval_next_s(&b.interval)
    d.manual = <int>s.iabp_timing == IABP_TIMING_MANUAL
    d.on_r = d.announced = d.reaches_over = d.brief = False
    if d.manual:
        d.latest_s = d.next_s + (ACTIVATION_AFTER_R_MS + s.iabp_deflation_offset_ms - s.iabp_deflation_delay_ms) * 1e-3
        d.reaches_over = d.latest_s > d.next_s
        return
    d.lead_s = t2 - opens_s
    d.on_r = b.source.used != SOURCE_PRESSURE and (
        t2 <= t1 or beats_irregular(b) or <int>s.iabp_trigger == IABP_TRIGGER_AFIB
    )
    d.brief = d.on_r and (b.interval.spread_s > 0.01 * UNEVEN_PCT * b.interval.level_s or <int>s.iabp_trigger == IABP_TRIGGER_AFIB)
    if d.on_r:
        d.latest_s = 0.01 * LONGEST_SHARE_PCT * d.next_s
        return
    d.announced = b.source.used == SOURCE_ECG
    margin = fmax(2.5 * b.interval.deviation_s, b.interval.early_s)
    if d.announced and p_wave_sure(&b.p_wave) and d.lead_s < b.p_wave.distance_s - SEEN_LATE_MS * 1e-3:
        margin = -b.interval.deviation_s      # the P wave gives the time, and an early beat announces itself
    d.latest_s = d.next_s - fmin(margin, 0.3 * d.next_s) - d.lead_s


cdef inline bint deflation_due(const Deflation* d, const Settings* s, const Beats* b) noexcept nogil:
    """In this tick, for an inflation at work."""
    if b.since_r_s >= d.latest_s:
        return True
    if d.manual:
        return False
    if b.source.used == SOURCE_ECG and b.r_wave.candidate and b.since_r_s > 0.2:
        return True            # SAFETY: a beat has come early
    return d.announced and b.to_r_s <= d.lead_s
