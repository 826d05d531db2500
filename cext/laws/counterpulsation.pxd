"""Counterpulsation: when the balloon's two valves move. Reads the beat.* estimates, asks for cmd.valve_*.

Time runs from the R peak of the beat. Inflation is commanded one measured delay before the predicted closure (plus the
offset, in manual timing). Deflation: on the R wave if the measured emptying time fits in before the valve opens, else
predicted, so early that the balloon is empty by then. A beat that comes early vents the balloon at once.
"""

from libc.math cimport fmax

from cext.estimate.beats cimport Beats
from cext.estimate.notch cimport ENOUGH
from cext.generated.frame cimport Frame
from cext.generated.settings cimport IABP_TIMING_MANUAL, IABP_TRIGGER_INTERNAL, Settings

cdef enum:
    PHASE_OFF = 0
    PHASE_DEFLATED = 1
    PHASE_INFLATED = 2
    ACTIVATION_AFTER_R_MS = 30   # electromechanical delay, physiology: about 30 ms after the R peak
    MISSED_R_PCT = 120           # of the mean interval: a balloon that waits for an R wave is vented, the wave was missed
    TRIGGER_DELAY_MS = 8         # from the R peak to the trigger
    UPSTROKE_LAG_MS = 50         # steepest rise after opening (25), and how much earlier an assisted heart opens the valve
    LEARNING_BEATS = 12          # at most this long the balloon waits for notches; without any it goes by the regression
    LEAST_INFLATION_MS = 60      # a shorter inflation cannot fill the balloon: skip the beat

cdef struct Counterpulsation:
    int phase
    long long beat         # counts triggers, for 1:N
    bint assisted          # this beat is an assisted one
    bint done              # its inflation has been
    double inflate_s       # planned commands of this beat, s after its R peak
    double deflate_s
    double vent_s          # deflation due for the inflation at work, s after the present R peak
    bint still             # the balloon has been empty, and still, since the last R peak
    int waited             # beats let pass to learn the closure
    double deflated_s      # since the last deflation command


cdef inline void counterpulsation_init(Counterpulsation* c) noexcept nogil:
    c.phase = PHASE_OFF
    c.beat = 0
    c.assisted = False
    c.done = True
    c.inflate_s = c.deflate_s = c.vent_s = 0.0
    c.still = True
    c.waited = 0
    c.deflated_s = 10.0


cdef inline void _plan(Counterpulsation* c, const Settings* s, const Beats* b, const Frame* f) noexcept nogil:
    """Plans the commands of the beat whose R peak has just been found."""
    cdef bint manual = <int>s.iabp_timing == IABP_TIMING_MANUAL
    cdef double spare_s
    c.inflate_s = f.beat_notch_s - s.iabp_inflation_delay_ms * 1e-3
    if manual:
        c.inflate_s += s.iabp_inflation_offset_ms * 1e-3
        c.deflate_s = b.rr_mean_s + (ACTIVATION_AFTER_R_MS + s.iabp_deflation_offset_ms - s.iabp_deflation_delay_ms) * 1e-3
    else:
        # What is left between the trigger and opening, less the emptying time: R-wave deflation if anything is.
        spare_s = b.notch.upstroke_s - (UPSTROKE_LAG_MS + TRIGGER_DELAY_MS + s.iabp_emptying_ms) * 1e-3
        if spare_s >= 0.0:
            c.deflate_s = 0.01 * MISSED_R_PCT * b.rr_mean_s
        else:
            # Predictive, early enough for a beat that comes one usual deviation early.
            c.deflate_s = b.rr_mean_s - b.rr_deviation_s + spare_s
    c.done = c.deflate_s - fmax(c.inflate_s, 0.0) < LEAST_INFLATION_MS * 1e-3
    if b.notch.seen < ENOUGH and c.waited < LEARNING_BEATS and <int>s.iabp_trigger != IABP_TRIGGER_INTERNAL:
        c.waited += 1     # a balloon that assists every beat from the first would never see an unassisted closure
        c.done = True


cdef inline void counterpulsation_step(Counterpulsation* c, const Settings* s, const Beats* b, Frame* f, bint running) noexcept nogil:
    cdef int ratio = <int>s.iabp_assist + 1
    cdef bint manual = <int>s.iabp_timing == IABP_TIMING_MANUAL
    cdef bint late_allowed
    f.iabp_ratio = ratio
    c.deflated_s = 0.0 if c.phase == PHASE_INFLATED else c.deflated_s + b.period_s
    if not running or s.iabp_enabled < 0.5 or b.since_r_s > fmax(2.0 * b.rr_mean_s, 1.5):
        # SAFETY: off, stopping, or no trigger for two beats: the balloon is held deflated
        c.phase = PHASE_DEFLATED if running and s.iabp_enabled >= 0.5 else PHASE_OFF
        c.assisted = False
        c.done = True
        c.still = c.deflated_s > s.iabp_emptying_ms * 1e-3
    elif f.beat_trigger > 0.5:
        # A deliberately late deflation (manual timing) reaches into the next beat; an early beat never waits for it.
        late_allowed = manual and c.vent_s > b.rr_s > 0.85 * b.rr_mean_s
        if c.phase == PHASE_INFLATED and late_allowed:
            c.vent_s -= b.rr_s
        else:
            c.phase = PHASE_DEFLATED      # SAFETY: never inflated into ejection
        c.still = c.phase != PHASE_INFLATED and c.deflated_s > s.iabp_emptying_ms * 1e-3
        c.beat += 1
        c.assisted = c.beat % ratio == 0
        _plan(c, s, b, f)
    if c.phase == PHASE_OFF:
        f.cmd_valve_pressure = 0.0
        f.cmd_valve_vacuum = 1.0
        f.iabp_phase = PHASE_OFF
        f.iabp_assisted = 0.0
        return
    # SAFETY: no inflation before the balloon has had its time to empty: no timing keeps it full from beat to beat
    if c.assisted and not c.done and b.since_r_s >= c.inflate_s and c.deflated_s > s.iabp_emptying_ms * 1e-3:
        c.phase = PHASE_INFLATED
        c.vent_s = c.deflate_s
        c.done = True
        c.still = False
    if c.phase == PHASE_INFLATED and b.since_r_s >= c.vent_s:
        c.phase = PHASE_DEFLATED
    f.cmd_valve_pressure = 1.0 if c.phase == PHASE_INFLATED else 0.0
    f.cmd_valve_vacuum = 1.0 - f.cmd_valve_pressure
    f.iabp_phase = c.phase
    f.iabp_assisted = 1.0 if c.assisted else 0.0
