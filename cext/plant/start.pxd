"""Where a run begins: near the steady state of its own parameters.

First guess: arteries at 80 mmHg, lungs at 12, chambers a little filled, the rest of the blood in the veins (SV, VC) at one
pressure.
Then the plant itself runs for SETTLE_S seconds in sinus rhythm at its mean rate, without devices, with the breath held at
its mean,
and the clock is set back to 0 with the rhythm's next event where it was. Deterministic, holds for any parameters, about 40 ms.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memset
from cext.generated.settings cimport Settings
from cext.plant.activation cimport activation_tables
from cext.plant.balloon_gas cimport balloon_start
from cext.plant.breathing cimport breathing_start
from cext.plant.circulation_step cimport circulation_pressures
from cext.plant.derive cimport plant_derive
from cext.plant.heartbeat cimport RHYTHM_SINUS
from cext.plant.plant cimport MODEL_SIMAAN, Plant, PlantInputs, PlantState, plant_step
from cext.plant.regulation cimport regulation_start
from cext.plant.rhythm cimport rhythm_shift, rhythm_start
from cext.plant.simaan cimport *
from cext.plant.topology cimport *

cdef enum:
    SETTLE_S = 240


cdef inline void first_guess(const Plant* p, PlantState* s, double blood_mL) noexcept nogil:
    cdef int i
    cdef double rest = blood_mL, spare, share
    cdef double* v = s.circulation.v
    v[LV] = p.circulation.lv.v0 + 100.0
    v[RV] = p.circulation.rv.v0 + 100.0
    v[LA] = p.circulation.la.v0 + 35.0
    v[RA] = p.circulation.ra.v0 + 35.0
    for i in range(VESSELS):
        v[i] = p.circulation.vessels.vu[i] + (80.0 if i <= VIS or i == C1 else 12.0) / p.circulation.vessels.per_c[i]
    v[CIM] = 1.0
    for i in range(COMPARTMENTS):
        if i != SV and i != VC:
            rest -= v[i]
    spare = rest - p.circulation.vessels.vu[SV] - p.circulation.vessels.vu[VC]
    # A patient bled white has his veins below their unstressed volume, in proportion.
    if spare >= 0.0:
        share = p.circulation.vessels.per_c[VC] / (p.circulation.vessels.per_c[VC] + p.circulation.vessels.per_c[SV])
        v[SV] = p.circulation.vessels.vu[SV] + spare * share
    else:
        v[SV] = rest * p.circulation.vessels.vu[SV] / (p.circulation.vessels.vu[SV] + p.circulation.vessels.vu[VC] + 1.0)
    v[VC] = rest - v[SV]
    for i in range(VESSELS):
        s.circulation.p[i] = (v[i] - p.circulation.vessels.vu[i]) * p.circulation.vessels.per_c[i]


cdef inline void first_guess_small(const Simaan* p, SimaanState* s) noexcept nogil:
    """The paper's volume: 90 mmHg in the arteries, 5 in the atrium, the rest in the ventricle."""
    s.given_mL = p.blood_delta_mL
    s.p_aa = s.p_s = 90.0
    s.p_la = 5.0 + p.blood_delta_mL / simaan_2009_c_r_mL_mmHg
    s.e = simaan_2009_e_min_mmHg_mL
    s.v = p.v0 + simaan_2009_stressed_mL - 5.0 * simaan_2009_c_r_mL_mmHg - 90.0 * (
        simaan_2009_c_s_mL_mmHg + simaan_2009_c_a_mL_mmHg)


cdef inline void plant_start(Plant* p, PlantState* s, const Settings* settings, double dt, uint64_t seed) noexcept nogil:
    """Fills parameters (but the devices, which must be there or zero) and state; time is 0 afterwards."""
    cdef PlantInputs still
    cdef bint balloon = p.balloon.fitted, pump = p.pump.fitted, right = p.rpump.fitted
    cdef double sdnn
    cdef int kind
    memset(s, 0, sizeof(PlantState))
    memset(&still, 0, sizeof(PlantInputs))
    activation_tables(&p.ventricle, &p.atrium)
    p.balloon.fitted = p.pump.fitted = p.rpump.fitted = False
    p.model = <int>settings.patient_model
    plant_derive(p, settings, dt)
    sdnn = p.rhythm.sdnn_s
    kind = p.rhythm.kind
    p.rhythm.sdnn_s = 0.0
    p.rhythm.kind = RHYTHM_SINUS
    s.circulation.given_mL = p.circulation.blood_delta_mL
    if p.model == MODEL_SIMAAN:
        first_guess_small(&p.simaan, &s.simaan)
    first_guess(p, s, settings.patient_blood_volume_mL + p.circulation.blood_delta_mL)
    rhythm_start(&p.rhythm, &s.rhythm, 0)
    breathing_start(&p.breathing, &s.breathing)
    regulation_start(&p.regulation, &s.regulation, p.regulation.reflex.setpoint)
    s.breathing.amplitude = 0.0
    p.breathing.amplitude = 0.0
    circulation_pressures(&p.circulation, &s.circulation, 0.0, 0.0, s.breathing.p_it, &s.regulation.tone)
    while s.t < SETTLE_S:
        plant_step(p, s, &still)
    p.balloon.fitted = balloon
    p.pump.fitted = pump
    p.rpump.fitted = right
    plant_derive(p, settings, dt)
    p.rhythm.sdnn_s = sdnn
    p.rhythm.kind = kind
    rhythm_shift(&s.rhythm, -s.t)
    s.rhythm.beats = 0
    s.rhythm.random = seed
    breathing_start(&p.breathing, &s.breathing)
    s.steps = 0
    s.t = 0.0
    if balloon:
        balloon_start(&p.balloon, &s.balloon, s.circulation.p[DA])
        # The deflated balloon's own volume takes the place of as much blood; the difference of pressure fades within a beat.
