"""Activation of the heart muscle: how much of its active elastance a chamber uses, 0 to 1.

Ventricle (Simaan et al. 2009, IEEE Trans Control Syst Technol 17:217), x = t/T_max since onset:
    e = 1.5532 * x1/(1 + x1) * 1/(1 + x2),   x1 = (x/0.7)^1.9,   x2 = (x/1.1735)^21.9
    T_max = T_A + T_B * RR, RR the interval that ended with this onset.
A beat that starts before relaxation has ended goes on from the present activation: it enters the rising limb where e is the
same
(less than 1e-5 counts as relaxed).
Atrium (Mynard & Smolich 2015, Ann Biomed Eng 43:1443), t in s since atrial onset, normalised to a peak of 1:
    e = k * g1/(1 + g1) * 1/(1 + g2),   g1 = (t/(0.110*0.833))^1.32,   g2 = (t/(0.18*0.833))^13.1

Both are tabulated once and interpolated linearly. Away from the formulas by at most 1e-5 of e in the ventricle (0.003 mmHg
at 300 mmHg
of isovolumic pressure), 1e-4 in the atrium, there only within the first 0.3 ms (tests/plant/test_components.py).
"""

from libc.math cimport pow

cdef enum:
    ACTIVATION_POINTS = 2048

ctypedef struct ActivationTable:
    double per_x                              # intervals per unit of x
    double peak_x                             # where e is greatest
    double value[ACTIVATION_POINTS + 2]


cdef inline double ventricle_formula(double x) noexcept nogil:
    cdef double x1, x2
    if x <= 0.0:
        return 0.0
    x1 = pow(x / 0.7, 1.9)
    x2 = pow(x / 1.1735, 21.9)
    return 1.5532 * x1 / ((1.0 + x1) * (1.0 + x2))


cdef inline double atrium_formula(double t) noexcept nogil:
    """Not normalised."""
    cdef double g1, g2
    if t <= 0.0:
        return 0.0
    g1 = pow(t / (0.110 * 0.833), 1.32)
    g2 = pow(t / (0.18 * 0.833), 13.1)
    return g1 / ((1.0 + g1) * (1.0 + g2))


cdef inline void activation_tables(ActivationTable* ventricle, ActivationTable* atrium) noexcept nogil:
    """Fills both tables: the ventricle over x = 0 to 2.5, the atrium over t = 0 to 0.6 s."""
    cdef int i
    cdef double most_v = 0.0, most_a = 0.0
    ventricle.per_x = ACTIVATION_POINTS / 2.5
    atrium.per_x = ACTIVATION_POINTS / 0.6
    for i in range(ACTIVATION_POINTS + 2):
        ventricle.value[i] = ventricle_formula(i / ventricle.per_x)
        atrium.value[i] = atrium_formula(i / atrium.per_x)
        if ventricle.value[i] > most_v:
            most_v = ventricle.value[i]
            ventricle.peak_x = i / ventricle.per_x
        if atrium.value[i] > most_a:
            most_a = atrium.value[i]
            atrium.peak_x = i / atrium.per_x
    for i in range(ACTIVATION_POINTS + 2):
        atrium.value[i] /= most_a
    # Past the end both are below 1e-6 and count as nothing.
    ventricle.value[ACTIVATION_POINTS] = ventricle.value[ACTIVATION_POINTS + 1] = 0.0
    atrium.value[ACTIVATION_POINTS] = atrium.value[ACTIVATION_POINTS + 1] = 0.0


cdef inline double activation_at(const ActivationTable* table, double x) noexcept nogil:
    cdef double position = x * table.per_x
    cdef int i
    if not (position > 0.0 and position < ACTIVATION_POINTS):
        return 0.0
    i = <int>position
    return table.value[i] + (position - i) * (table.value[i + 1] - table.value[i])


cdef inline double activation_enter(const ActivationTable* table, double e) noexcept nogil:
    """The x on the rising limb where the activation is e (the peak, where e is above it)."""
    cdef int low = 0, high = <int>(table.peak_x * table.per_x), middle
    cdef double rise
    if e < 1e-5:
        return 0.0
    if e >= table.value[high]:
        return table.peak_x
    while high - low > 1:
        middle = (low + high) // 2
        if table.value[middle] <= e:
            low = middle
        else:
            high = middle
    rise = table.value[high] - table.value[low]
    return (low + ((e - table.value[low]) / rise if rise > 0.0 else 0.0)) / table.per_x
