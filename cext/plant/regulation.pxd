"""What moves the patient's parameters while he lives: reflex, coronary arterioles, drugs, effort, posture; together as a `Tone`.

A tone holds factors on the derived parameters (1: as the settings say), and the circulation multiplies with them. Listening goes on
in every step, effects follow every 10 ms or so: nothing here is faster than 1.5 s.
"""

from cext.plant.drugs cimport (
    BETABLOCKER, DOBUTAMINE, EXERCISE, NITROPRUSSIDE, NORADRENALINE, UPRIGHT, Drugs, DrugsState, drugs_effect, drugs_start,
)
from cext.plant.heart_supply cimport (
    HeartSupply, HeartSupplyState, heart_supply_effect, heart_supply_listen, heart_supply_start,
)
from cext.plant.reflex cimport Reflex, ReflexState, reflex_effect, reflex_listen, reflex_start

ctypedef struct Tone:
    double systemic         # on conductances of the systemic beds
    double pulmonary        # on that of the pulmonary bed
    double coronary         # on that of the coronary arterioles
    double vu_mL            # added to the unstressed volume of the systemic veins
    double e_lv             # on E_es
    double e_rv
    double period           # on the heart period

ctypedef struct Regulation:
    int every               # steps between effects
    Reflex reflex
    HeartSupply supply
    Drugs drugs
    double sv_unstressed_mL
    double per_hr           # 1/heart rate of the settings, min

ctypedef struct RegulationState:
    int count
    ReflexState reflex
    HeartSupplyState supply
    DrugsState drugs
    Tone tone


cdef inline void tone_rest(Tone* t) noexcept nogil:
    t.systemic = t.pulmonary = t.coronary = t.e_lv = t.e_rv = t.period = 1.0
    t.vu_mL = 0.0


cdef inline void tone_set(const Regulation* p, RegulationState* s) noexcept nogil:
    cdef const double* x = s.drugs.level
    cdef Tone* t = &s.tone
    cdef double e, rate
    t.systemic = 1.0 / (s.reflex.resistance * (1.0 - 0.5 * x[NITROPRUSSIDE]) * (1.0 - 0.4 * x[DOBUTAMINE])
                        * (1.0 + 0.35 * x[NORADRENALINE]) * (1.0 - 0.57 * x[EXERCISE]))
    t.pulmonary = 1.0 / ((1.0 - 0.33 * x[NITROPRUSSIDE]) * (1.0 - 0.4 * x[EXERCISE]))
    t.coronary = 1.0 / s.supply.dilation
    t.vu_mL = (p.sv_unstressed_mL * (s.reflex.vu - 1.0) + 350.0 * x[NITROPRUSSIDE] + 150.0 * x[DOBUTAMINE]
               - 250.0 * x[NORADRENALINE] - 700.0 * x[EXERCISE] + 500.0 * x[UPRIGHT])
    e = (1.0 + 0.35 * x[DOBUTAMINE]) * (1.0 - 0.22 * x[BETABLOCKER]) * (1.0 + 1.0 * x[EXERCISE])
    t.e_lv = e * s.reflex.e_lv * s.supply.strength
    t.e_rv = e * s.reflex.e_rv
    rate = (1.0 + 10.0 * p.per_hr * x[DOBUTAMINE]) * (1.0 - 0.17 * x[BETABLOCKER]) * (1.0 + 0.8 * x[EXERCISE])
    t.period = s.reflex.period / rate


cdef inline void regulation_start(const Regulation* p, RegulationState* s, double pressure) noexcept nogil:
    s.count = 0
    reflex_start(&p.reflex, &s.reflex, pressure)
    heart_supply_start(&s.supply)
    s.supply.load = 40.0
    s.supply.flow = p.supply.per_mmHg * 40.0
    drugs_start(&p.drugs, &s.drugs)
    tone_set(p, s)


cdef inline void regulation_step(const Regulation* p, RegulationState* s, double p_carotid, double p_lv,
                                 double coronary_flow) noexcept nogil:
    reflex_listen(&p.reflex, &s.reflex, p_carotid - 10.0 * s.drugs.level[UPRIGHT])
    heart_supply_listen(&p.supply, &s.supply, coronary_flow, p_lv)
    s.count += 1
    if s.count < p.every:
        return
    s.count = 0
    drugs_effect(&p.drugs, &s.drugs)
    reflex_effect(&p.reflex, &s.reflex)
    heart_supply_effect(&p.supply, &s.supply)
    tone_set(p, s)
