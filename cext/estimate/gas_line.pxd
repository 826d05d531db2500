"""The balloon's gas, watched on the pressure of its line: what a closed volume of gas shows of leak, kink, disconnection and blood.

    top        highest pressure of an inflation             usual: filling through the catheter
    plateau    before the deflation command                 usual: somewhat above the aorta, the membrane is full
    baseline   emptied, before the next inflation           usual: near the room's, the gas is back in the safety chamber
Three cycles that agree are the reference; top and plateau may drift with the aortic pressure, the baseline may not. Then
    kinked, blood     the line is pressed to FLAT_MMHG above the usual top and stays there: no gas gets through. Where the baseline
                      is the usual one the gas is on its side of a kink; where it has fallen the gas is gone and blood is in the lumen
    disconnected      at the end of an inflation the line is below the aortic pressure: nothing holds the balloon
    leak              baseline LEAK_MMHG below the reference, or SUDDEN_MMHG in one cycle: a hole, a burst membrane
    valve stuck       baseline STUCK_PCT of the way up to the usual plateau: told to empty, the balloon stays full
    gas loss, gain    baseline LOSS_MMHG below, GAIN_MMHG above the reference
    autofill failure  NO_REFERENCE cycles without three that agree on a plausible plateau and baseline
A line that stands at the vacuum itself when emptied belongs to a drive without a closed circuit: nothing is said of it.
[limits: design values; principle: consoles watch plateau, baseline and their decay, physiology section 4]
"""

from libc.math cimport fabs, fmax, isfinite

cdef enum:
    GAS_GOOD = 0
    GAS_LOSS = 1
    GAS_GAIN = 2
    GAS_STOPS = 3            # from here on the balloon is held deflated
    GAS_LEAK = 3
    GAS_KINKED = 4
    GAS_DISCONNECTED = 5
    GAS_BLOOD = 6
    GAS_UNFILLED = 7
    GAS_STUCK = 8
    SETTLED_MS = 250         # after the deflation command the baseline shows
    SHORTEST_MS = 120        # a shorter inflation has no plateau
    AGREE_MMHG = 6
    FLAT_MMHG = 40
    FLAT_PCT = 92            # plateau to top, without the kink of a balloon that fills
    LOSS_MMHG = 10
    GAIN_MMHG = 12
    LEAK_MMHG = 30
    SUDDEN_MMHG = 14
    KINK_HOLDS_MMHG = 15
    PLAUSIBLE_MMHG = 25      # baseline of a filled circuit: within this of the room's
    LEAST_PLATEAU_MMHG = 40
    AT_VACUUM_MMHG = 5
    STUCK_PCT = 33           # of the way from the usual baseline to the usual plateau
    NO_REFERENCE = 24
    BELOW_AORTA_MMHG = 8

cdef struct GasLine:
    int fault
    bint inflated
    bint judged              # the baseline of this deflation
    bint flat                # of the last inflation
    double since_s           # command at work
    double smooth, top, plateau, baseline
    double top0, plateau0, baseline0
    double aop               # smoothed
    int agreed               # cycles in a row; 3: the reference stands
    int cycles               # without a reference
    bint open_circuit


cdef inline void gas_line_init(GasLine* g) noexcept nogil:
    g.fault = GAS_GOOD
    g.inflated = g.flat = g.open_circuit = False
    g.judged = True
    g.since_s = g.smooth = g.top = g.plateau = g.baseline = g.top0 = g.plateau0 = g.baseline0 = g.aop = 0.0
    g.agreed = g.cycles = 0


cdef inline void _raise(GasLine* g, int fault) noexcept nogil:
    # SAFETY: what stops the balloon stays until the pump is switched off; the first finding gives the name
    if g.fault < GAS_STOPS:
        g.fault = fault


cdef inline void _learn(GasLine* g, double vacuum_mmHg) noexcept nogil:
    cdef bint plausible = fabs(g.baseline) < PLAUSIBLE_MMHG and g.plateau > LEAST_PLATEAU_MMHG and g.plateau * 100.0 < FLAT_PCT * g.top
    cdef bint like = fabs(g.baseline - g.baseline0) < AGREE_MMHG and fabs(g.plateau - g.plateau0) < 2 * AGREE_MMHG
    g.open_circuit = isfinite(vacuum_mmHg) and fabs(g.baseline - vacuum_mmHg) < AT_VACUUM_MMHG
    g.agreed = g.agreed + 1 if plausible and like else (1 if plausible else 0)
    g.top0 = g.top
    g.plateau0 = g.plateau
    g.baseline0 = g.baseline
    g.cycles += 1
    if g.cycles >= NO_REFERENCE and not g.open_circuit and g.agreed < 3:
        _raise(g, GAS_UNFILLED)


cdef inline void _judge(GasLine* g, double before_mmHg) noexcept nogil:
    """The baseline is known; `before_mmHg`: that of the cycle before."""
    cdef double fallen = g.baseline0 - g.baseline
    if g.flat:
        _raise(g, GAS_BLOOD if fallen > KINK_HOLDS_MMHG else GAS_KINKED)
    elif fallen > LEAK_MMHG or before_mmHg - g.baseline > SUDDEN_MMHG:
        _raise(g, GAS_LEAK)
    elif fallen > LOSS_MMHG:
        _raise(g, GAS_LOSS)
    elif -fallen * 100.0 > fmax(STUCK_PCT * (g.plateau0 - g.baseline0), 200.0 * GAIN_MMHG):
        _raise(g, GAS_STUCK)
    elif fallen < -GAIN_MMHG:
        _raise(g, GAS_GAIN)
    elif fabs(fallen) < 0.5 * LOSS_MMHG and g.fault < GAS_STOPS:
        g.fault = GAS_GOOD           # filled up again
        g.top0 += 0.05 * (g.top - g.top0)
        g.plateau0 += 0.05 * (g.plateau - g.plateau0)


cdef inline void gas_line_step(
    GasLine* g, double line_mmHg, double aop_mmHg, double vacuum_mmHg, bint inflated, double full_s, double period_s
) noexcept nogil:
    """One tick. `inflated`: the balloon was told to fill; `full_s`: by then it is. A line that cannot be read is not judged."""
    cdef double before
    cdef bint began = inflated and not g.inflated, ended = g.inflated and not inflated
    if not isfinite(line_mmHg):
        g.judged = True
        g.inflated = inflated
        g.since_s = 0.0
        return
    g.smooth += 0.1 * (line_mmHg - g.smooth)
    if isfinite(aop_mmHg):
        g.aop += 0.02 * (aop_mmHg - g.aop)
    g.since_s += period_s
    if not g.judged and not g.inflated and (began or g.since_s >= SETTLED_MS * 1e-3):
        g.judged = True
        before = g.baseline
        g.baseline = g.smooth
        if g.agreed >= 3:
            _judge(g, before)
        else:
            _learn(g, vacuum_mmHg)
    if ended:
        g.judged = g.since_s < fmax(full_s, SHORTEST_MS * 1e-3)
        g.flat = not g.judged and g.agreed >= 3 and g.plateau > g.top0 + FLAT_MMHG and g.plateau * 100.0 > FLAT_PCT * g.top
        if not g.judged and g.agreed >= 3 and isfinite(aop_mmHg) and g.plateau < g.aop - BELOW_AORTA_MMHG:
            _raise(g, GAS_DISCONNECTED)
    if began or ended:
        g.inflated = inflated
        g.since_s = 0.0
    if began:
        g.top = g.smooth
    if inflated:
        g.top = fmax(g.top, g.smooth)
        g.plateau = g.smooth
