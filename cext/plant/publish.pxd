"""What the plant shows: the plant.* signals of the frame."""

from cext.generated.frame cimport Frame
from cext.plant.plant cimport Plant, PlantState
from cext.plant.topology cimport *
from cext.plant.valve cimport AV, MV


cdef inline double blood_volume_mL(const PlantState* s) noexcept nogil:
    cdef int i
    cdef double total = 0.0
    for i in range(COMPARTMENTS):
        total += s.circulation.v[i]
    return total


cdef inline void plant_publish(const PlantState* s, Frame* f) noexcept nogil:
    """Pressures and volumes at the present time; flows half a step before it."""
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
    f.plant_pump_speed_rpm = s.pump.motor.w * (60.0 / 6.283185307179586)
    f.plant_rpump_flow_mL_s = s.circulation.q[Q_RPUMP]
    f.plant_rpump_speed_rpm = s.rpump.motor.w * (60.0 / 6.283185307179586)
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
