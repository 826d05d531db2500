"""Beats as the controller sees them: trigger by the source in use, intervals, predicted closure. Fills the beat.* signals.

Time runs from the R peak. A beat that the pressure gives has its R peak where the foot says: the usual distance from R to foot is
learned while both are seen (85 ms before that).
"""

from libc.math cimport NAN, fmax, fmin, isfinite

from cext.estimate.closure cimport Closure, closure_after_r_s, closure_beyond, closure_init, closure_learn
from cext.estimate.emptying cimport Emptying, emptying_init, emptying_s, emptying_step
from cext.estimate.interval cimport Interval, interval_add, interval_init, interval_irregular, interval_next_s
from cext.estimate.notch cimport Notch, notch_beat, notch_init, notch_step
from cext.estimate.opening cimport Opening, opening_after_balloon_s, opening_beat, opening_init, opening_step
from cext.estimate.p_wave cimport PWave, p_wave_beat, p_wave_init, p_wave_step
from cext.estimate.pacer cimport Pacer, pacer_init, pacer_step
from cext.estimate.r_wave cimport RWave, r_wave_init, r_wave_noisy, r_wave_step
from cext.estimate.source cimport (
    SOURCE_ECG, SOURCE_INTERNAL, SOURCE_PACER, SOURCE_PRESSURE, SOURCE_SYNC, Source, source_init, source_step,
)
from cext.estimate.sync cimport Sync, sync_init, sync_step
from cext.estimate.upstroke cimport Upstroke, upstroke_good, upstroke_init, upstroke_step
from cext.generated.frame cimport Frame
from cext.generated.settings cimport (
    IABP_TRIGGER_AFIB, IABP_TRIGGER_ECG, IABP_TRIGGER_INTERNAL, IABP_TRIGGER_PACER_A, IABP_TRIGGER_PACER_AV,
    IABP_TRIGGER_PACER_V, IABP_TRIGGER_PRESSURE, IABP_TRIGGER_SYNC, Settings,
)

cdef struct Beats:
    RWave r_wave
    Upstroke upstroke
    Pacer pacer
    Sync sync
    Source source
    Interval interval
    Closure closure
    Notch notch
    PWave p_wave
    double period_s
    long long count
    double since_r_s
    double given_late_s        # R peak to trigger of the last beat
    double foot_s              # usual distance from R to the foot of the pressure
    Opening opening
    Emptying emptying
    double to_r_s              # announced by the P wave; 10: not announced


cdef inline void beats_init(Beats* b, double period_s) noexcept nogil:
    r_wave_init(&b.r_wave, period_s)
    upstroke_init(&b.upstroke, period_s)
    pacer_init(&b.pacer, period_s)
    sync_init(&b.sync, period_s)
    source_init(&b.source)
    interval_init(&b.interval)
    closure_init(&b.closure)
    notch_init(&b.notch, period_s)
    p_wave_init(&b.p_wave, period_s)
    b.period_s = period_s
    b.count = 0
    b.since_r_s = 10.0
    b.given_late_s = 0.016
    b.foot_s = 0.085
    opening_init(&b.opening)
    emptying_init(&b.emptying)
    b.to_r_s = 10.0


cdef inline int _chosen(int trigger) noexcept nogil:
    if trigger == IABP_TRIGGER_PRESSURE:
        return SOURCE_PRESSURE
    if trigger == IABP_TRIGGER_PACER_V or trigger == IABP_TRIGGER_PACER_A or trigger == IABP_TRIGGER_PACER_AV:
        return SOURCE_PACER
    if trigger == IABP_TRIGGER_INTERNAL:
        return SOURCE_INTERNAL
    if trigger == IABP_TRIGGER_SYNC:
        return SOURCE_SYNC
    return SOURCE_ECG


cdef inline double _trigger(Beats* b, const Settings* s, double r_ago, double foot_ago, double pacer_ago, double sync_ago) noexcept nogil:
    """How long ago the R peak was, by the source in use; negative: no beat begins in this tick."""
    cdef double ago = -1.0
    if b.source.used == SOURCE_ECG:
        ago = r_ago
    elif b.source.used == SOURCE_PRESSURE:
        ago = foot_ago + b.foot_s if foot_ago >= 0.0 else -1.0
    elif b.source.used == SOURCE_PACER:
        ago = pacer_ago
    elif b.source.used == SOURCE_SYNC:
        ago = sync_ago
    elif b.source.used == SOURCE_INTERNAL:
        ago = 0.0 if b.since_r_s >= 60.0 / s.iabp_internal_bpm - 0.5 * b.period_s else -1.0
    # A change of source may find the beat at work again.
    if ago >= 0.0 and b.source.used != SOURCE_INTERNAL and b.since_r_s - ago < 0.15:
        return -1.0
    return ago


cdef inline bint beats_irregular(const Beats* b) noexcept nogil:
    """The next R cannot be predicted, not even by a P wave: fibrillation."""
    return interval_irregular(&b.interval) and b.p_wave.reliability < 0.5


cdef inline void beats_step(Beats* b, const Settings* s, Frame* f, bint balloon_moves, double since_vent_s) noexcept nogil:
    """One tick. `balloon_moves`: the balloon was told to fill, holds gas or empties; `since_vent_s`: since it was told to empty."""
    cdef int trigger = <int>s.iabp_trigger
    cdef double r_ago, foot_ago, pacer_ago, sync_ago, ago, closure_s
    b.since_r_s += b.period_s
    closure_s = closure_after_r_s(&b.closure, b.interval.rr_s, b.interval.before_s)
    r_ago = r_wave_step(&b.r_wave, f.in_ecg_mV)
    foot_ago = upstroke_step(&b.upstroke, f.in_aop_mmHg, fmax(closure_s - b.foot_s, 0.2), balloon_moves)
    pacer_ago = pacer_step(&b.pacer, b.r_wave.spike.seen, 3.0 * b.period_s, trigger == IABP_TRIGGER_PACER_A,
                           trigger == IABP_TRIGGER_PACER_AV, s.iabp_pacer_av_ms * 1e-3)
    sync_ago = sync_step(&b.sync, f.in_sync, s.iabp_sync_phase_ms * 1e-3)
    source_step(&b.source, _chosen(trigger), s.iabp_trigger_stand_in > 0.5, r_ago >= 0.0, r_wave_noisy(&b.r_wave), foot_ago >= 0.0,
                upstroke_good(&b.upstroke), b.r_wave.since_s / fmax(b.interval.level_s, 0.2), b.period_s)
    ago = _trigger(b, s, r_ago, foot_ago, pacer_ago, sync_ago)
    f.beat_trigger = 1.0 if ago >= 0.0 else 0.0
    if ago >= 0.0:
        b.count += 1
        interval_add(&b.interval, b.since_r_s - ago)
        p_wave_beat(&b.p_wave, ago)
        notch_beat(&b.notch)
        opening_beat(&b.opening, ago, b.interval.rr_s)
        b.since_r_s = b.given_late_s = ago
        closure_s = closure_after_r_s(&b.closure, b.interval.rr_s, b.interval.before_s)
    emptying_step(&b.emptying, f.in_balloon_pressure_mmHg, since_vent_s, b.period_s)
    opening_step(&b.opening, f.in_aop_mmHg, b.since_r_s, fmax(closure_s - 0.1, 0.15),
                 b.since_r_s - since_vent_s + emptying_s(&b.emptying, s.iabp_emptying_ms * 1e-3), b.period_s)
    if foot_ago >= 0.0 and b.source.used != SOURCE_PRESSURE and 0.02 < b.since_r_s - foot_ago < 0.30:
        b.foot_s += 0.15 * (b.since_r_s - foot_ago - b.foot_s)
    if notch_step(&b.notch, f.in_aop_mmHg, b.since_r_s, closure_s, fmin(b.opening.usual_s[0], b.opening.usual_s[1]) + 0.07, b.closure.learned >= 5, balloon_moves,
                  fmax(s.iabp_inflation_delay_ms - 8.0, 0.0) * 1e-3):
        closure_learn(&b.closure, b.notch.seen_s, b.interval.rr_s, b.interval.before_s, b.notch.beside)
    elif b.notch.beyond:
        closure_beyond(&b.closure)
        b.notch.beyond = False
    b.to_r_s = 10.0
    if b.source.used == SOURCE_ECG and isfinite(f.in_ecg_mV):
        b.to_r_s = p_wave_step(&b.p_wave, b.r_wave.spike.sorted[3], b.since_r_s, b.interval.level_s)
    f.beat_count = <double>b.count
    f.beat_since_r_s = b.since_r_s
    f.beat_rr_s = b.interval.rr_s
    f.beat_rr_mean_s = interval_next_s(&b.interval)
    f.beat_hr_bpm = 60.0 / fmax(b.interval.level_s, 0.2) if b.count >= 2 else NAN   # two R peaks make an interval
    f.beat_notch_s = closure_s
    f.beat_notch_seen_s = b.notch.seen_s
    f.beat_foot_s = b.foot_s
    f.beat_opening_s = b.opening.usual_s[0] if s.iabp_enabled < 0.5 else opening_after_balloon_s(&b.opening)
    f.beat_emptying_s = b.emptying.usual_s
    f.beat_source = b.source.used
    f.beat_irregular = 1.0 if beats_irregular(b) else 0.0
    f.beat_p_wave = b.p_wave.reliability
