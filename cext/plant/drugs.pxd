"""Drugs, exercise and posture: slow changes of the patient's parameters, each with its onset.

    level' = (setting - level)/tau,   tau 40 s nitroprusside, 60 s dobutamine, 30 s noradrenaline, 90 s beta-blocker, 20 s exercise,
                                      10 s posture (onset of intravenous drugs: textbook pharmacology; lags are design values)
At level 1 (between in proportion):
    nitroprusside  systemic resistance x0.5, systemic venous volume +350 mL, pulmonary resistance x0.67
    dobutamine     E_es x1.35 in both ventricles, systemic resistance x0.6, venous volume +150 mL, heart rate +10/min
    noradrenaline  systemic resistance x1.35, venous volume -250 mL (phenylephrine alike)
    beta-blocker   heart rate x0.83, E_es x0.78; blunts the reflex (reflex.pxd)
    exercise       systemic resistance x0.43, pulmonary x0.6 (recruitment, textbook: falls by a third and more), venous
                   volume -700 mL (muscle pump, splanchnic bed), E_es x2 in both ventricles, heart rate x1.8; the set point of the
                   reflex rises by 20 mmHg (resetting; Rowell 1993, Human Cardiovascular Control)
    upright        500 mL pool below the heart (textbook: 500-700 mL on standing); the reflex hears 10 mmHg less: 20 in the carotid
                   sinus, 25 cm above the heart, none in the arch
[sizes: physiology of the project, section 2]
"""

cdef enum:
    NITROPRUSSIDE = 0
    DOBUTAMINE = 1
    NORADRENALINE = 2
    BETABLOCKER = 3
    EXERCISE = 4
    UPRIGHT = 5
    SLOW_CHANGES = 6

ctypedef struct Drugs:
    double target[SLOW_CHANGES]
    double slow_s

ctypedef struct DrugsState:
    double level[SLOW_CHANGES]


cdef inline void drugs_start(const Drugs* p, DrugsState* s) noexcept nogil:
    cdef int i
    for i in range(SLOW_CHANGES):
        s.level[i] = p.target[i]


cdef inline void drugs_effect(const Drugs* p, DrugsState* s) noexcept nogil:
    cdef double* x = s.level
    cdef double h = p.slow_s
    x[NITROPRUSSIDE] += h / 40.0 * (p.target[NITROPRUSSIDE] - x[NITROPRUSSIDE])
    x[DOBUTAMINE] += h / 60.0 * (p.target[DOBUTAMINE] - x[DOBUTAMINE])
    x[NORADRENALINE] += h / 30.0 * (p.target[NORADRENALINE] - x[NORADRENALINE])
    x[BETABLOCKER] += h / 90.0 * (p.target[BETABLOCKER] - x[BETABLOCKER])
    x[EXERCISE] += h / 20.0 * (p.target[EXERCISE] - x[EXERCISE])
    x[UPRIGHT] += h / 10.0 * (p.target[UPRIGHT] - x[UPRIGHT])
