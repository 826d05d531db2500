"""Counterpulsation: when the balloon's two valves move. Reads the beat.* estimates, asks for cmd.valve_*.

Time runs from the R peak of the beat. Inflation is commanded one measured delay before the predicted closure (plus the offset, in
semi-automatic and manual timing). When it ends is deflation.pxd's. A beat that comes early vents the balloon at once: at the first
sample of a QRS above the threshold, before the trigger itself.
At 1:1 no beat shows where the valve would close by itself: now and then one inflation comes LOOK_MS later, which is still correct
timing (within 40 ms), so that the closure is seen: every second beat at first, then ever more seldom down to one in LOOK_BEATS, and
often again when a closure was not where it was predicted. When these looks have moved the prediction by DRIFT_MS, or the rate has
changed by RATE_PCT, since a closure was last seen without a balloon, one beat rests.
"""

from libc.math cimport fabs, fmax

from cext.estimate.beats cimport Beats, beats_irregular
from cext.estimate.interval cimport interval_next_s
from cext.estimate.source cimport SOURCE_INTERNAL
from cext.generated.frame cimport Frame
from cext.generated.states cimport GAS_DEFLATES
from cext.generated.settings cimport IABP_TIMING_AUTO, IABP_TIMING_MANUAL, Settings
from cext.laws.deflation cimport Deflation, deflation_due, deflation_init, deflation_plan

cdef enum:
    PHASE_OFF = 0
    PHASE_DEFLATED = 1
    PHASE_INFLATED = 2
    ENOUGH = 4                   # closures seen, before the prediction is relied on
    LEARNING_BEATS = 12          # at most this long the balloon waits for them; without any it goes by the regression
    LEAST_INFLATION_MS = 60      # a shorter inflation cannot fill the balloon: skip the beat
    LOOK_BEATS = 32
    LOOK_MS = 38
    SURPRISE_MS = 5
    DRIFT_MS = 20
    RATE_PCT = 15
    UNSEEN_BEATS = 40            # without any closure seen
    UNSEEN_IRREGULAR = 12        # in fibrillation the closure follows each interval: more of them have to be seen,
    CLEAN_IRREGULAR = 16         # and so many without a balloon before every beat is assisted
    REST_BEATS = 8               # between two rests; doubled, up to 64, while a rest shows nothing
    REBOUND_MS = 40              # an emptied balloon leaves a swing in the aorta that looks like an upstroke

cdef struct Counterpulsation:
    int phase
    long long beat         # counts triggers, for 1:N
    bint assisted          # this beat is an assisted one
    bint done              # its inflation has been
    double inflate_s       # planned command of this beat, s after its R peak
    Deflation deflation    # of this beat
    Deflation at_work      # of the inflation at work
    double filled_s        # since the inflation command
    double deflated_s      # since the last deflation command
    int waited             # beats let pass to learn the closure
    int hidden             # beats since a closure was seen
    int unseen             # beats since any closure was seen
    int worked             # beats since the last rest
    int rest_after
    int clean              # closures without a balloon until the last beat
    double clean_level_s   # interval then
    int look_after         # beats from one look to the next
    int learned            # closures learned until then
    int beyond             # looks that came before the closure, until then


cdef inline void counterpulsation_init(Counterpulsation* c) noexcept nogil:
    c.phase = PHASE_OFF
    c.beat = 0
    c.assisted = False
    c.done = True
    c.inflate_s = 0.0
    deflation_init(&c.deflation)
    deflation_init(&c.at_work)
    c.filled_s = 0.0
    c.deflated_s = 10.0
    c.waited = c.hidden = c.learned = c.beyond = 0
    c.look_after = 2
    c.worked = c.clean = c.unseen = 0
    c.rest_after = REST_BEATS
    c.clean_level_s = 0.8


cdef inline bint counterpulsation_moves(const Counterpulsation* c, const Settings* s) noexcept nogil:
    """The balloon holds gas, or is on its way to empty."""
    return c.phase == PHASE_INFLATED or c.deflated_s < (s.iabp_emptying_ms + REBOUND_MS) * 1e-3


cdef inline void _rest(Counterpulsation* c, const Settings* s, const Beats* b) noexcept nogil:
    """Lets this beat pass without a balloon where the prediction needs it."""
    cdef bint irregular = beats_irregular(b)
    cdef bint few = irregular and b.closure.clean < CLEAN_IRREGULAR
    cdef bint unseen, drifted
    c.worked += 1
    c.unseen += 1
    if b.closure.clean != c.clean:
        c.clean = b.closure.clean
        c.clean_level_s = b.interval.level_s
        c.rest_after = 2 if b.closure.surprised != 0 else REST_BEATS
    if <int>s.iabp_timing != IABP_TIMING_AUTO or b.source.used == SOURCE_INTERNAL or not c.assisted:
        return
    if c.worked < (2 if few else c.rest_after):
        return
    unseen = c.unseen > (UNSEEN_IRREGULAR if irregular else UNSEEN_BEATS)
    drifted = fabs(b.closure.drift_s) > DRIFT_MS * 1e-3 or b.closure.surprised != 0
    if few or unseen or drifted or fabs(b.interval.level_s - c.clean_level_s) > 0.01 * RATE_PCT * c.clean_level_s:
        c.done = True
        c.worked = 0
        c.rest_after = 2 * c.rest_after if c.rest_after < 64 else 64


cdef inline void _plan(Counterpulsation* c, const Settings* s, const Beats* b, const Frame* f) noexcept nogil:
    """Plans the commands of the beat whose R peak has just been found."""
    c.inflate_s = f.beat_notch_s - s.iabp_inflation_delay_ms * 1e-3
    c.hidden += 1
    if b.closure.learned != c.learned:
        c.learned = b.closure.learned
        c.hidden = c.unseen = 0
        if fabs(b.closure.error_s) > SURPRISE_MS * 1e-3:
            c.look_after = 2
        elif c.look_after < LOOK_BEATS:
            c.look_after *= 2
    if <int>s.iabp_timing != IABP_TIMING_AUTO:
        c.inflate_s += s.iabp_inflation_offset_ms * 1e-3
    elif c.assisted and c.hidden >= c.look_after and b.closure.learned >= ENOUGH and b.source.used != SOURCE_INTERNAL:
        c.inflate_s += LOOK_MS * 1e-3
        c.hidden = 0
    if b.closure.beyond != c.beyond:
        c.beyond = b.closure.beyond
        c.look_after = 2
    deflation_plan(&c.deflation, s, b)
    c.done = c.deflation.latest_s - (c.inflate_s if c.inflate_s > 0.0 else 0.0) < LEAST_INFLATION_MS * 1e-3

    _rest(c, s, b)
    if b.closure.learned < ENOUGH and c.waited < LEARNING_BEATS and b.source.used != SOURCE_INTERNAL:
        c.waited += 1     # a balloon that assists every beat from the first would never see an unassisted closure
        c.done = True


cdef inline void counterpulsation_step(Counterpulsation* c, const Settings* s, const Beats* b, Frame* f, bint running) noexcept nogil:
    cdef int ratio = <int>s.iabp_assist + 1
    cdef double next_s = interval_next_s(&b.interval), silent_s = 2.0 * next_s
    f.iabp_ratio = ratio
    c.deflated_s = 0.0 if c.phase == PHASE_INFLATED else c.deflated_s + b.period_s
    if not running or s.iabp_enabled < 0.5 or b.since_r_s > (silent_s if silent_s > 1.5 else 1.5) or GAS_DEFLATES >> <int>f.iabp_gas_fault & 1:
        # SAFETY: off, stopping, no trigger for two beats, or gas that is not where it belongs: the balloon is held deflated
        c.phase = PHASE_DEFLATED if running and s.iabp_enabled >= 0.5 else PHASE_OFF
        c.assisted = False
        c.done = True
    elif f.beat_trigger > 0.5:
        # A deliberately late deflation (manual timing) reaches into the next beat; an early beat never waits for it.
        if c.phase == PHASE_INFLATED and c.at_work.reaches_over and b.interval.rr_s > 0.85 * c.at_work.next_s:
            c.at_work.latest_s -= b.interval.rr_s
        else:
            c.phase = PHASE_DEFLATED      # SAFETY: never inflated into ejection
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
        c.at_work = c.deflation
        c.done = True
    if c.phase == PHASE_INFLATED and deflation_due(&c.at_work, s, b):
        c.phase = PHASE_DEFLATED
    c.filled_s = c.filled_s + b.period_s if c.phase == PHASE_INFLATED else 0.0
    f.cmd_valve_pressure = 1.0 if c.phase == PHASE_INFLATED and (c.filled_s <= s.iabp_filling_ms * 1e-3 or not c.at_work.brief) else 0.0
    f.cmd_valve_vacuum = 0.0 if c.phase == PHASE_INFLATED else 1.0
    f.iabp_phase = c.phase
    f.iabp_assisted = 1.0 if c.assisted else 0.0
    f.iabp_r_deflation = 1.0 if c.deflation.on_r else 0.0
