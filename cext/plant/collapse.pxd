"""A compartment that has run empty passes on only what enters it.

Where a step would take a volume below zero, all flows that leave that compartment in the step are reduced by one factor, so
that
it ends at zero; the compartments behind then receive less, and are looked at again. Blood is neither made nor lost, since a
flow
leaves one compartment as it enters another. In a patient with blood in him this never acts; it is what keeps the extremes true
(bleeding, a pump in an empty ventricle).
"""

from cext.plant.topology cimport COMPARTMENTS, FLOWS, topology


cdef inline void nets(const double* q, double* net) noexcept nogil:
    """Inflow less outflow of every compartment (mL/s)."""
    cdef int source[FLOWS]
    cdef int target[FLOWS]
    cdef int i
    topology(source, target)
    for i in range(COMPARTMENTS):
        net[i] = 0.0
    for i in range(FLOWS):
        net[source[i]] -= q[i]
        net[target[i]] += q[i]


cdef inline void collapse(const double* v, double* q, double* net, double dt) noexcept nogil:
    cdef int source[FLOWS]
    cdef int target[FLOWS]
    cdef int sweep, c, i
    cdef double leaving, entering, keep
    cdef bint changed = True
    topology(source, target)
    for sweep in range(64):
        if not changed:
            break
        changed = False
        for c in range(COMPARTMENTS):
            leaving = entering = 0.0
            for i in range(FLOWS):
                if source[i] == c:
                    if q[i] > 0.0:
                        leaving += q[i]
                    else:
                        entering -= q[i]
                elif target[i] == c:
                    if q[i] < 0.0:
                        leaving -= q[i]
                    else:
                        entering += q[i]
            if v[c] + dt * (entering - leaving) >= 0.0:
                continue
            # A hair less than all, so that rounding cannot end below zero.
            keep = (v[c] / dt + entering) / leaving * (1.0 - 1e-9)
            for i in range(FLOWS):
                if (source[i] == c and q[i] > 0.0) or (target[i] == c and q[i] < 0.0):
                    q[i] *= keep
            changed = True
    nets(q, net)
