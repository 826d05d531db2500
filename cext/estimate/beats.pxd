"""Beats as the controller sees them: trigger source, interval, heart rate, predicted closure. Fills the beat.* signals."""

from libc.math cimport NAN, fabs, fmax

from cext.estimate.notch cimport Notch, closure_after_r_s, notch_init, notch_step
from cext.estimate.r_wave cimport RWave, r_wave_init, r_wave_step
from cext.generated.frame cimport Frame
from cext.generated.settings cimport IABP_TRIGGER_INTERNAL, Settings

cdef struct Beats:
    RWave r_wave
    Notch notch
    double period_s
    long long count
    double since_r_s
    double rr_s
    double rr_mean_s
    double rr_deviation_s   # smoothed absolute deviation from the mean


cdef inline void beats_init(Beats* b, double period_s) noexcept nogil:
    r_wave_init(&b.r_wave, period_s)
    notch_init(&b.notch, period_s)
    b.period_s = period_s
    b.count = 0
    b.since_r_s = 10.0
    b.rr_s = 0.8
    b.rr_mean_s = 0.8
    b.rr_deviation_s = 0.0


cdef inline void beats_step(Beats* b, const Settings* s, Frame* f, bint balloon_still) noexcept nogil:
    """One tick. `balloon_still`: the balloon has been empty since the last R peak."""
    cdef double ago = r_wave_step(&b.r_wave, f.in_ecg_mV)
    b.since_r_s += b.period_s
    if <int>s.iabp_trigger == IABP_TRIGGER_INTERNAL:
        ago = 0.0 if b.since_r_s >= 60.0 / s.iabp_internal_bpm - 0.5 * b.period_s else -1.0
    f.beat_trigger = 1.0 if ago >= 0.0 else 0.0
    if ago >= 0.0:
        b.count += 1
        b.rr_s = b.since_r_s - ago
        if b.rr_s < 2.5:
            if b.count > 4:
                b.rr_deviation_s += 0.15 * (fabs(b.rr_s - b.rr_mean_s) - b.rr_deviation_s)
            b.rr_mean_s += (0.25 if b.count > 4 else 0.6 if b.count > 2 else 1.0) * (b.rr_s - b.rr_mean_s)
        b.since_r_s = ago
    notch_step(&b.notch, f.in_aop_mmHg, ago >= 0.0, b.since_r_s, b.rr_mean_s, balloon_still)
    f.beat_count = <double>b.count
    f.beat_since_r_s = b.since_r_s
    f.beat_rr_s = b.rr_s
    f.beat_rr_mean_s = b.rr_mean_s
    f.beat_hr_bpm = 60.0 / fmax(b.rr_mean_s, 0.2) if b.count >= 2 else NAN   # two R peaks make an interval
    f.beat_notch_s = closure_after_r_s(&b.notch, b.rr_mean_s)
    f.beat_notch_seen_s = b.notch.seen_s
