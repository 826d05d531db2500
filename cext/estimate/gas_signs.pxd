"""What the pressure of the balloon's line says of leak, kink, disconnection, blood and valves: a closed volume of gas, cycle by cycle.

    top        highest pressure of an inflation             usual: filling through the catheter
    plateau    before the deflation command                 usual: somewhat above the aorta, the membrane is full
    baseline   emptied, before the next inflation           usual: near the room's, the gas is back in the safety chamber
Three cycles that agree are the reference; top and plateau may drift with the aortic pressure, the baseline may not. Then
    kinked, blood     the line is pressed to FLAT_MMHG above the usual top and stays there: hardly any gas gets through. Where the
                      baseline is the usual one, or stands still after a plateau at the drive's own pressure, the catheter is shut;
                      else gas passes slowly: blood in the lumen (or a catheter almost shut: the line cannot tell, so the graver name)
    kinked, too       after a plateau as usual the line falls to the vacuum itself: the gas is shut in the balloon
    leak              baseline SUDDEN_MMHG lower in one cycle otherwise: a hole, a burst membrane
    disconnected      at the end of an inflation the line is below the aortic pressure: nothing holds the balloon
    valve stuck       top WEAK_PCT short of the usual way up: told to fill, the line hardly follows;
                      or baseline STUCK_PCT of the way up to the usual plateau, or above it at once: told to empty, it stays full
    gas loss, gain    baseline LOSS_MMHG below, GAIN_MMHG above the reference; LOW_MMHG below: told only
Without a reference, UNLIKE cycles in a row with one sign name it: filled too much (high baseline), not filled, kinked; else
NO_REFERENCE cycles. A short inflation has no plateau and is not judged.
[limits: design values, 10 mmHg are about 1 mL; principle: consoles watch plateau, baseline and their decay, physiology section 4]
"""

from libc.math cimport fabs, fmax, isfinite

from cext.generated.frame cimport Frame
from cext.generated.states cimport (
    GAS_AUTOFILL_FAILURE, GAS_BALLOON_DISCONNECTED, GAS_BALLOON_LEAK, GAS_BLOOD_DETECTED, GAS_CATHETER_KINKED, GAS_DEFLATES,
    GAS_GAS_GAIN, GAS_GAS_LOSS, GAS_GAS_LOW, GAS_GOOD, GAS_HIGH_BASELINE, GAS_VALVE_STUCK,
)

cdef enum:
    SHORTEST_MS = 120
    AGREE_MMHG = 6
    FLAT_MMHG = 40
    FLAT_PCT = 92            # plateau to top, without the kink of a balloon that fills
    LOW_MMHG = 10
    LOSS_MMHG = 20
    GAIN_MMHG = 20
    SUDDEN_MMHG = 14
    AT_VACUUM_MMHG = 5
    STANDS_MMHG = 2          # from then on
    AT_DRIVE_MMHG = 8
    AS_USUAL_MMHG = 15       # of a plateau
    KINK_HOLDS_MMHG = 15
    PLAUSIBLE_MMHG = 25      # baseline of a filled circuit: within this of the room's
    LEAST_PLATEAU_MMHG = 40
    STUCK_PCT = 33           # of the way from the usual baseline to the usual plateau
    STUCK_LEAST_MMHG = 30
    WEAK_PCT = 50            # of the way from the usual baseline to the usual top
    UNLIKE = 6
    NO_REFERENCE = 24
    BELOW_AORTA_MMHG = 8

cdef struct GasLine:
    int fault
    bint inflated
    bint judged              # the baseline of this deflation
    bint flat                # of the last inflation
    double since_s           # command at work
    double smooth, top, plateau, baseline
    double early             # line EARLY_MS after the deflation command
    double below_drive       # plateau below the drive's pressure
    double top0, plateau0, baseline0
    double aop               # smoothed
    double filled_mL         # volume asked for when the reference began
    int agreed               # cycles in a row; 3: the reference stands
    int cycles               # without a reference
    int unlike               # cycles in a row with the sign of `sign`, without a reference
    int sign


cdef inline void gas_raise(GasLine* g, int fault) noexcept nogil:
    # SAFETY: what deflates the balloon stays until the pump is switched off; the first finding gives the name
    if not GAS_DEFLATES >> g.fault & 1:
        g.fault = fault


cdef inline void gas_learn(GasLine* g) noexcept nogil:
    cdef bint flat = g.plateau * 100.0 >= FLAT_PCT * g.top
    cdef bint plausible = fabs(g.baseline) < PLAUSIBLE_MMHG and g.plateau > LEAST_PLATEAU_MMHG and not flat
    cdef bint like = fabs(g.baseline - g.baseline0) < AGREE_MMHG and fabs(g.plateau - g.plateau0) < 2 * AGREE_MMHG
    cdef int sign = GAS_GOOD
    g.agreed = g.agreed + 1 if plausible and like else (1 if plausible else 0)
    g.top0 = g.top
    g.plateau0 = g.plateau
    g.baseline0 = g.baseline
    g.cycles += 1
    if g.baseline > PLAUSIBLE_MMHG:
        sign = GAS_HIGH_BASELINE
    elif g.baseline < -PLAUSIBLE_MMHG:
        sign = GAS_AUTOFILL_FAILURE
    elif flat and g.plateau > g.aop + FLAT_MMHG:
        sign = GAS_CATHETER_KINKED
    g.unlike = g.unlike + 1 if sign == g.sign and sign != GAS_GOOD else (sign != GAS_GOOD)
    g.sign = sign
    if g.unlike >= UNLIKE:
        gas_raise(g, sign)
    elif g.cycles >= NO_REFERENCE and g.agreed < 3:
        gas_raise(g, GAS_AUTOFILL_FAILURE)


cdef inline void gas_judge(GasLine* g, double before_mmHg, double vacuum_mmHg) noexcept nogil:
    """The baseline is known; `before_mmHg`: that of the cycle before."""
    cdef double fallen = g.baseline0 - g.baseline, at_once = before_mmHg - g.baseline
    cdef bint shut_in = fabs(g.baseline - vacuum_mmHg) < AT_VACUUM_MMHG and g.plateau > g.plateau0 - AS_USUAL_MMHG
    cdef bint stands = g.baseline < g.early + STANDS_MMHG and g.below_drive < AT_DRIVE_MMHG
    if g.flat:
        gas_raise(g, GAS_BLOOD_DETECTED if fallen > KINK_HOLDS_MMHG and not shut_in and not stands else GAS_CATHETER_KINKED)
    elif at_once > SUDDEN_MMHG and fallen > SUDDEN_MMHG:
        gas_raise(g, GAS_CATHETER_KINKED if shut_in else GAS_BALLOON_LEAK)
    elif fallen > LOSS_MMHG:
        gas_raise(g, GAS_GAS_LOSS)
    elif -fallen * 100.0 > fmax(STUCK_PCT * (g.plateau0 - g.baseline0), 100.0 * STUCK_LEAST_MMHG):
        gas_raise(g, GAS_VALVE_STUCK)
    elif -fallen > GAIN_MMHG:
        gas_raise(g, GAS_VALVE_STUCK if -at_once > SUDDEN_MMHG else GAS_GAS_GAIN)    # gas does not come in so fast
    elif fallen > LOW_MMHG:
        gas_raise(g, GAS_GAS_LOW)
    elif fabs(fallen) < 0.5 * LOW_MMHG and not GAS_DEFLATES >> g.fault & 1:
        g.fault = GAS_GOOD           # filled up again
        g.top0 += 0.05 * (g.top - g.top0)
        g.plateau0 += 0.05 * (g.plateau - g.plateau0)


cdef inline void gas_inflation_over(GasLine* g, const Frame* f, double full_s) noexcept nogil:
    g.judged = g.since_s < fmax(full_s, SHORTEST_MS * 1e-3)
    g.flat = False
    g.below_drive = f.in_drive_pressure_mmHg - g.plateau
    if g.judged or g.agreed < 3:
        return
    g.flat = g.plateau > g.top0 + FLAT_MMHG and g.plateau * 100.0 > FLAT_PCT * g.top
    if (g.top0 - g.top) * 100.0 > WEAK_PCT * (g.top0 - g.baseline0):
        gas_raise(g, GAS_VALVE_STUCK)
    elif isfinite(f.in_aop_mmHg) and g.plateau < g.aop - BELOW_AORTA_MMHG:
        gas_raise(g, GAS_BALLOON_DISCONNECTED)
