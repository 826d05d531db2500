"""The virtual patient with his devices: parameters, state, and one step.

`Plant` is constant during a step and derived from the settings (derive.pxd) and the device files (devices.pxd); `PlantState`
is all
that changes. A step: rhythm and breath to n + 1; drives and gas from n to n + 1; flows to n + 1/2; volumes and pressures to
n + 1.
Two circulations stand behind it (`patient.model`): the full one of circulation.pxd, and the small one of simaan.pxd, with the same
rhythm, left pump, sensors and signals. The choice is made at the start and costs a branch a step.
What moves the parameters slowly (reflex, coronary tone, drugs) writes a tone (regulation.pxd) that the circulation multiplies with.
"""

from cext.plant.activation cimport ActivationTable
from cext.plant.balloon cimport Balloon, BalloonState
from cext.plant.balloon_gas cimport balloon_gas
from cext.plant.breathing cimport Breathing, BreathingState, breathing_step
from cext.plant.circulation cimport Circulation, CirculationState
from cext.plant.circulation_flows cimport circulation_nets, circulation_support, circulation_valves, circulation_vessels
from cext.plant.circulation_step cimport circulation_pressures, circulation_volumes
from cext.plant.ecg cimport Ecg
from cext.plant.ecmo cimport Ecmo, EcmoState
from cext.plant.heartbeat cimport Rhythm, RhythmState
from cext.plant.regulation cimport Regulation, RegulationState, regulation_step
from cext.plant.rhythm cimport rhythm_step
from cext.plant.rotary_pump cimport RotaryPump, RotaryPumpState, rotary_pump_drive, rotary_pump_flow, rotary_pump_placement
from cext.plant.simaan cimport Simaan, SimaanState, simaan_lvp, simaan_step
from cext.plant.topology cimport AA, LV, Q_AA_C1, Q_PUMP, Q_RPUMP

cdef enum:               # in the order of patient.model
    MODEL_FULL = 0
    MODEL_SIMAAN = 1

ctypedef struct Plant:
    double dt
    int model
    Circulation circulation
    Simaan simaan
    Rhythm rhythm
    Ecg ecg
    Breathing breathing
    Regulation regulation
    Balloon balloon
    RotaryPump pump
    RotaryPump rpump
    Ecmo ecmo
    ActivationTable ventricle
    ActivationTable atrium

ctypedef struct PlantState:
    long steps
    double t                     # s
    CirculationState circulation
    SimaanState simaan
    RhythmState rhythm
    BreathingState breathing
    RegulationState regulation
    BalloonState balloon
    RotaryPumpState pump
    RotaryPumpState rpump
    EcmoState ecmo

ctypedef struct PlantInputs:
    double valve_pressure        # 0 shut to 1 open
    double valve_vacuum
    double pump_speed_rpm
    double pump_enable
    double rpump_speed_rpm
    double rpump_enable
    double ecmo_speed_rpm
    double ecmo_enable       # 0: clamped


cdef inline void plant_step_small(const Plant* p, PlantState* s, const PlantInputs* u) noexcept nogil:
    """One step of the small circulation, in the same order; neither breath nor reflex, no device but the left pump."""
    cdef double p_lv = simaan_lvp(&p.simaan, &s.simaan), p_aa = s.simaan.p_aa, q = 0.0
    if p.pump.fitted:
        q = rotary_pump_flow(&p.pump, &s.pump, s.circulation.q[Q_PUMP], p_aa - p_lv, p_lv, 0.0)
        rotary_pump_drive(&p.pump, &s.pump, u.pump_speed_rpm, u.pump_enable, q)
    s.circulation.q[Q_PUMP] = q
    rhythm_step(&p.rhythm, &s.rhythm, &p.ventricle, &p.atrium, s.t, 0.0)
    simaan_step(&p.simaan, &s.simaan, s.rhythm.e_v, q)
    if p.pump.fitted:
        s.pump.placement = rotary_pump_placement(&p.pump, simaan_lvp(&p.simaan, &s.simaan), s.simaan.p_aa)


cdef inline void plant_step(const Plant* p, PlantState* s, const PlantInputs* u) noexcept nogil:
    """One step of p.dt seconds."""
    s.steps += 1
    s.t = s.steps * p.dt
    if p.model == MODEL_SIMAAN:
        plant_step_small(p, s, u)
        return
    circulation_valves(&p.circulation, &s.circulation, &p.pump, &s.pump)
    circulation_vessels(&p.circulation, &s.circulation, &p.balloon, &s.balloon, &s.regulation.tone)
    circulation_support(&s.circulation, &p.rpump, &s.rpump, &p.ecmo, &s.ecmo, u.ecmo_speed_rpm, u.ecmo_enable,
                        s.breathing.p_it)
    circulation_nets(&s.circulation)
    if p.pump.fitted:
        rotary_pump_drive(&p.pump, &s.pump, u.pump_speed_rpm, u.pump_enable, s.circulation.q[Q_PUMP])
        s.pump.placement = rotary_pump_placement(&p.pump, s.circulation.p[LV], s.circulation.p[AA])
    if p.rpump.fitted:
        rotary_pump_drive(&p.rpump, &s.rpump, u.rpump_speed_rpm, u.rpump_enable, s.circulation.q[Q_RPUMP])
    if p.balloon.fitted:
        balloon_gas(&p.balloon, &s.balloon, u.valve_pressure, u.valve_vacuum, p.dt)
    regulation_step(&p.regulation, &s.regulation, s.circulation.p[AA], s.circulation.p[LV], s.circulation.q[Q_AA_C1])
    s.rhythm.period = s.regulation.tone.period
    breathing_step(&p.breathing, &s.breathing)
    rhythm_step(&p.rhythm, &s.rhythm, &p.ventricle, &p.atrium, s.t, s.breathing.s if p.breathing.amplitude > 0.0 else 0.0)
    circulation_volumes(&p.circulation, &s.circulation, &p.balloon, &s.balloon, s.breathing.p_it,
                        &s.regulation.tone)
    circulation_pressures(&p.circulation, &s.circulation, s.rhythm.e_v, s.rhythm.e_a, s.breathing.p_it,
                          &s.regulation.tone)
