"""How long the balloon takes to empty, measured beat by beat on its line pressure (T2): it depends on the pressure around it.

While gas leaves, the line lies between the balloon's pressure and the vacuum; when the membrane is empty the line, closed off from the
vacuum by the safety chamber, rises to its baseline. That corner, and the little that the balloon empties after it, is the time to 10 %.
Without a line pressure, or where no corner shows, the setting iabp.emptying_ms holds; it also bounds the measured time to within 20 %.
"""

from libc.math cimport fmax, fmin, isfinite

cdef enum:
    SETTLED_MS = 40          # by then the line is on its way down
    CORNER_1000 = 3500       # mmHg/1000 above the lowest
    CORNER_EARLY_MS = 6      # corner seen to 10 % of the fill: the chamber is at its end a little before the balloon is empty
    SMOOTH_TICKS = 6

cdef struct Emptying:
    double usual_s           # 0: none measured
    double smooth
    double lowest
    bint looking


cdef inline void emptying_init(Emptying* e) noexcept nogil:
    e.usual_s = e.smooth = e.lowest = 0.0
    e.looking = False


cdef inline double emptying_s(const Emptying* e, double setting_s) noexcept nogil:
    return setting_s if e.usual_s <= 0.0 else fmin(fmax(e.usual_s, 0.8 * setting_s), 1.2 * setting_s)


cdef inline void emptying_step(Emptying* e, double line_mmHg, double since_vent_s, double period_s) noexcept nogil:
    """Takes one sample of the line pressure; `since_vent_s`: since the balloon was told to empty, 0 while it is full."""
    cdef double seen
    if not isfinite(line_mmHg):
        e.looking = False
        return
    e.smooth += (line_mmHg - e.smooth) / SMOOTH_TICKS
    if since_vent_s < SETTLED_MS * 1e-3:
        e.looking = since_vent_s > 0.0
        e.lowest = e.smooth
        return
    if not e.looking:
        return
    e.lowest = fmin(e.lowest, e.smooth)
    if since_vent_s > 0.3:
        e.looking = False
    elif e.smooth > e.lowest + CORNER_1000 * 1e-3:
        e.looking = False
        seen = since_vent_s + CORNER_EARLY_MS * 1e-3
        e.usual_s = seen if e.usual_s <= 0.0 else e.usual_s + 0.3 * (seen - e.usual_s)
