"""How long the balloon takes to empty, measured beat by beat on its line pressure (T2): it depends on the pressure around it.

While gas leaves, the line stays at a plateau between the balloon's pressure and the vacuum; when the membrane is empty it leaves that
plateau: up to its baseline in a closed circuit of gas, down to the vacuum in an open one. That corner, less what two means of 6 ms and the last tenth of the fill take, is the time to 10 %. Without a line pressure, or where
no corner shows, the setting iabp.emptying_ms holds; it also bounds the measured time to within 20 %.
"""

from libc.math cimport fabs, fmax, fmin, isfinite

cdef enum:
    SETTLED_MS = 60          # by then the line is on its plateau
    CORNER_1000 = 3500       # mmHg/1000 off the plateau
    CORNER_LATE_MS = 8       # 10 % of the fill to corner seen
    SMOOTH_TICKS = 6

cdef struct Emptying:
    double usual_s           # 0: none measured
    double smooth
    double plateau
    bint looking


cdef inline void emptying_init(Emptying* e) noexcept nogil:
    e.usual_s = e.smooth = e.plateau = 0.0
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
        e.plateau = e.smooth
        return
    if not e.looking:
        return
    e.plateau += 0.05 * (e.smooth - e.plateau)
    if since_vent_s > 0.3:
        e.looking = False
    elif fabs(e.smooth - e.plateau) > CORNER_1000 * 1e-3:
        e.looking = False
        seen = since_vent_s - CORNER_LATE_MS * 1e-3
        e.usual_s = seen if e.usual_s <= 0.0 else e.usual_s + 0.3 * (seen - e.usual_s)
