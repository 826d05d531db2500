"""The balloon's gas, watched on the pressure of its line: when top, plateau and baseline of a cycle are taken. What they say:
gas_signs.pxd.
"""

from libc.math cimport fmax, isfinite

from cext.estimate.gas_signs cimport GasLine, gas_inflation_over, gas_judge, gas_learn
from cext.generated.frame cimport Frame
from cext.generated.states cimport GAS_GOOD

cdef enum:
    SETTLED_MS = 250         # after the deflation command the baseline shows
    EARLY_MS = 150           # the emptied line, for the first time


cdef inline void gas_line_init(GasLine* g) noexcept nogil:
    g.fault = g.sign = GAS_GOOD
    g.inflated = g.flat = False
    g.judged = True
    g.since_s = g.smooth = g.early = g.below_drive = g.top = g.plateau = g.baseline = g.top0 = g.plateau0 = g.baseline0 = g.aop = g.filled_mL = 0.0
    g.agreed = g.cycles = g.unlike = 0


cdef inline void gas_line_step(
    GasLine* g, const Frame* f, double fill_mL, bint inflated, double full_s, double period_s
) noexcept nogil:
    """One tick. `inflated`: the balloon was told to fill; `full_s`: by then it is. A line that cannot be read is not judged; what
    needs the drive's pressure or vacuum is not found where nobody measures them.
    """
    cdef double before, line_mmHg = f.in_balloon_pressure_mmHg, aop_mmHg = f.in_aop_mmHg
    cdef bint began = inflated and not g.inflated, ended = g.inflated and not inflated
    if fill_mL != g.filled_mL:
        g.filled_mL = fill_mL
        g.agreed = g.cycles = g.unlike = 0     # another volume is another reference; what was found stays
    if not isfinite(line_mmHg):
        g.judged = True
        g.inflated = inflated
        g.since_s = 0.0
        return
    g.smooth += 0.1 * (line_mmHg - g.smooth)
    if isfinite(aop_mmHg):
        g.aop += 0.02 * (aop_mmHg - g.aop)
    g.since_s += period_s
    if not inflated and g.since_s < EARLY_MS * 1e-3:
        g.early = g.smooth
    if not g.judged and not g.inflated and (began or g.since_s >= SETTLED_MS * 1e-3):
        g.judged = True
        before = g.baseline
        g.baseline = g.smooth
        if g.agreed >= 3:
            gas_judge(g, before, f.in_drive_vacuum_mmHg)
        else:
            gas_learn(g)
    if ended:
        gas_inflation_over(g, f, full_s)
    if began or ended:
        g.inflated = inflated
        g.since_s = 0.0
    if began:
        g.top = g.smooth
    if inflated:
        g.top = fmax(g.top, g.smooth)
        g.plateau = g.smooth
