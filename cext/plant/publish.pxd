"""What the plant shows: the plant.* signals of the frame."""

from libc.math cimport NAN

from cext.generated.frame cimport FIRST_PLANT, PLANT_COUNT, Frame
from cext.plant.plant cimport MODEL_SIMAAN, Plant, PlantState
from cext.plant.simaan cimport simaan_lvp, simaan_volume_mL
from cext.plant.topology cimport *
from cext.plant.valve cimport AV, MV


cdef inline double rpm(double w) noexcept nogil:
    return w * (60.0 / 6.283185307179586)


cdef inline double blood_volume_mL(const PlantState* s) noexcept nogil:
    cdef int i
    cdef double total = 0.0
    for i in range(COMPARTMENTS):
        total += s.circulation.v[i]
    return total


cdef inline void plant_publish_small(const Plant* p, const PlantState* s, Frame* f) noexcept nogil:
    """What the small circulation has; the rest is not a number. Flows of the valves are means over the step."""
    cdef double* field = <double*>f + FIRST_PLANT
    cdef int i
    for i in range(PLANT_COUNT):
        field[i] = NAN
    f.plant_lvp_mmHg = simaan_lvp(&p.simaan, &s.simaan)
    f.plant_aop_mmHg = s.simaan.p_aa
    f.plant_lap_mmHg = s.simaan.p_la
    f.plant_lvv_mL = s.simaan.v
    f.plant_blood_volume_mL = simaan_volume_mL(&s.simaan)
    f.plant_av_flow_mL_s = s.simaan.q_a
    f.plant_mv_flow_mL_s = s.simaan.q_m
    f.plant_av_opening = 1.0 if s.simaan.q_a > 0.0 else 0.0
    f.plant_mv_opening = 1.0 if s.simaan.q_m > 0.0 else 0.0
    f.plant_systemic_flow_mL_s = (s.simaan.p_s - s.simaan.p_la) * p.simaan.per_r_s
    f.plant_pump_flow_mL_s = s.circulation.q[Q_PUMP]
    f.plant_pump_speed_rpm = rpm(s.pump.motor.w)
    f.plant_contractility = f.plant_systemic_tone = 1.0
    f.plant_suction = 1.0 if s.pump.r_suction > 1.0 else 0.0
    f.plant_activation = s.rhythm.e_v
    f.plant_beat = s.rhythm.beats
    f.plant_rr_s = s.rhythm.rr_s


cdef inline void plant_publish(const Plant* p, const PlantState* s, Frame* f) noexcept nogil:
    """Pressures and volumes at the present time; flows half a step before it."""
    if p.model == MODEL_SIMAAN:
        plant_publish_small(p, s, f)
        return
    f.plant_lvp_mmHg = s.circulation.p[LV]
    f.plant_aop_mmHg = s.circulation.p[AA]
    f.plant_dap_mmHg = s.circulation.p[DA]
    f.plant_abp_mmHg = s.circulation.p[AB]
    f.plant_lap_mmHg = s.circulation.p[LA]
    f.plant_cvp_mmHg = s.circulation.p[VC]
    f.plant_rap_mmHg = s.circulation.p[RA]
    f.plant_rvp_mmHg = s.circulation.p[RV]
    f.plant_pap_mmHg = s.circulation.p[PA]
    f.plant_pericardial_mmHg = s.circulation.p_peri
    f.plant_intrathoracic_mmHg = s.breathing.p_it
    f.plant_lvv_mL = s.circulation.v[LV]
    f.plant_lav_mL = s.circulation.v[LA]
    f.plant_rvv_mL = s.circulation.v[RV]
    f.plant_rav_mL = s.circulation.v[RA]
    f.plant_blood_volume_mL = blood_volume_mL(s)
    f.plant_av_flow_mL_s = s.circulation.q[Q_AV]
    f.plant_mv_flow_mL_s = s.circulation.q[Q_MV]
    f.plant_tv_flow_mL_s = s.circulation.q[Q_TV]
    f.plant_pv_flow_mL_s = s.circulation.q[Q_PV]
    f.plant_av_opening = s.circulation.zeta[AV]
    f.plant_mv_opening = s.circulation.zeta[MV]
    f.plant_coronary_flow_mL_s = s.circulation.q[Q_AA_C1]
    f.plant_systemic_flow_mL_s = (s.circulation.q[Q_UB_SV] + s.circulation.q[Q_LB_SV] + s.circulation.q[Q_LEG_SV]
                                  + s.circulation.q[Q_VIS_SV] + s.circulation.q[Q_CIM_RA])
    f.plant_limb_flow_mL_s = s.circulation.q[Q_AB_LEG] + s.circulation.q[Q_ECMO_LEG]
    f.plant_visceral_flow_mL_s = s.circulation.q[Q_AB_VIS]
    f.plant_upper_flow_mL_s = s.circulation.q[Q_AA_UB]
    f.plant_pump_flow_mL_s = s.circulation.q[Q_PUMP]
    f.plant_pump_speed_rpm = rpm(s.pump.motor.w)
    f.plant_rpump_flow_mL_s = s.circulation.q[Q_RPUMP]
    f.plant_rpump_speed_rpm = rpm(s.rpump.motor.w)
    f.plant_ecmo_flow_mL_s = s.circulation.ecmo_flow
    f.plant_ecmo_speed_rpm = 1000.0 * s.ecmo.n
    f.plant_ecmo_drain_mmHg = s.ecmo.p_drain
    f.plant_contractility = s.regulation.tone.e_lv
    f.plant_systemic_tone = 1.0 / s.regulation.tone.systemic
    f.plant_suction = 1.0 if s.pump.r_suction > 1.0 else 0.0
    f.plant_balloon_mL = s.balloon.v_mL
    f.plant_balloon_pressure_mmHg = s.balloon.p_balloon - 760.0 if s.balloon.p_balloon > 0.0 else 0.0
    f.plant_balloon_gas_mL = (s.balloon.n_line + s.balloon.n_balloon) / 760.0
    f.plant_balloon_blood_mL = s.balloon.blood_mL
    f.plant_activation = s.rhythm.e_v
    f.plant_beat = s.rhythm.beats
    f.plant_rr_s = s.rhythm.rr_s
