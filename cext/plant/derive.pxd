"""Model parameters from the settings in force: reciprocals, products with the step, areas. Called at the start and at any
change.

Volumes are state and stay; a changed compliance or unstressed volume moves the pressure, never the blood. Device structs are
kept.
Numbers that are no settings: effective lengths of the valves (cm) AV 1.8, MV and TV 1.25, PV 1.5, and their opening and closing
rates in 1/(mmHg*s): AV 16/16, MV and TV 40/53, PV 27/27 (Mynard et al. 2012).
"""

from cext.generated.settings cimport Settings
from cext.plant.balloon cimport balloon_drive_set, balloon_set
from cext.plant.branches cimport catheter_narrowing
from cext.plant.breathing cimport breathing_set
from cext.plant.chamber cimport Chamber
from cext.plant.drugs cimport BETABLOCKER, DOBUTAMINE, EXERCISE, NITROPRUSSIDE, NORADRENALINE, UPRIGHT
from cext.plant.ecg cimport ecg_set
from cext.plant.ecmo cimport ecmo_set
from cext.plant.heartbeat cimport Rhythm
from cext.plant.plant cimport Plant
from cext.plant.reflex cimport reflex_set
from cext.plant.simaan cimport *
from cext.plant.regulation cimport Regulation
from cext.plant.topology cimport *
from cext.plant.valve cimport AV, MV, PV, TV, valve_set
from cext.plant.vessel cimport Segment, Vessels, segment_set


cdef inline void vessel_set(Vessels* p, int i, double compliance, double unstressed, double theta_s,
                            double in_chest) noexcept nogil:
    p.per_c[i] = 1.0 / compliance
    p.vu[i] = unstressed
    p.visc[i] = theta_s / compliance
    p.in_chest[i] = in_chest


cdef inline void chamber_set(Chamber* p, double e_es, double v0, double a, double b, double k_r) noexcept nogil:
    p.e_es = e_es
    p.v0 = v0
    p.a = a
    p.b = b
    p.k_r = k_r


cdef inline void derive_rhythm(Plant* p, const Settings* s) noexcept nogil:
    cdef Rhythm* r = &p.rhythm
    r.kind = <int>s.patient_rhythm
    r.pacing = <int>s.patient_pacing
    r.rr_s = 60.0 / s.patient_hr_bpm
    r.sdnn_s = 1e-3 * s.patient_sdnn_ms
    r.pr_s = 1e-3 * s.patient_pr_interval_ms
    r.delay_s = 1e-3 * s.patient_electromechanical_delay_ms
    r.t_a = s.patient_tmax_base_s
    r.t_b = s.patient_tmax_slope
    r.vt_rr_s = 60.0 / s.patient_vt_bpm
    r.escape_rr_s = 60.0 / s.patient_escape_bpm
    r.atria_rr_s = 60.0 / s.patient_paced_atria_bpm
    r.av_s = 1e-3 * s.patient_pacing_av_ms
    if r.av_s > 0.8 * r.rr_s:
        r.av_s = 0.8 * r.rr_s  # the pair stays in its own beat
    r.capture = s.patient_pacing_capture
    r.block_every = <int>(s.patient_block_every + 0.5)
    r.flutter_ratio = <int>(300.0 / s.patient_hr_bpm + 0.5)
    ecg_set(&p.ecg, s.patient_ecg_gain, s.patient_ecg_inverted > 0.5, s.patient_ecg_t_scale, <int>s.patient_ecg_bundle_block,
            s.patient_pacing_spike_mV, 1e-3 * s.patient_pacing_width_ms, p.dt)


cdef inline void derive_heart(Plant* p, const Settings* s) noexcept nogil:
    chamber_set(&p.circulation.lv, s.patient_lv_ees_mmHg_mL, s.patient_lv_v0_mL, s.patient_lv_edpvr_a_mmHg,
                s.patient_lv_edpvr_b_per_mL, s.patient_lv_source_s_mL)
    chamber_set(&p.circulation.rv, s.patient_rv_ees_mmHg_mL, s.patient_rv_v0_mL, s.patient_rv_edpvr_a_mmHg,
                s.patient_rv_edpvr_b_per_mL, s.patient_rv_source_s_mL)
    chamber_set(&p.circulation.la, s.patient_la_ees_mmHg_mL, s.patient_la_v0_mL, s.patient_la_edpvr_a_mmHg,
                s.patient_la_edpvr_b_per_mL, 0.0)
    chamber_set(&p.circulation.ra, s.patient_ra_ees_mmHg_mL, s.patient_ra_v0_mL, s.patient_ra_edpvr_a_mmHg,
                s.patient_ra_edpvr_b_per_mL, 0.0)
    p.circulation.pericardium.k = s.patient_pericardium_k_mmHg
    p.circulation.pericardium.offset_mL = 30.0 + 192.0 - s.patient_pericardium_v0_mL
    p.circulation.pericardium.per_phi = 1.0 / s.patient_pericardium_phi_mL
    valve_set(&p.circulation.valve[AV], s.patient_as_area_cm2, s.patient_ar_area_cm2, 1.8, 16.0, 16.0, p.dt)
    valve_set(&p.circulation.valve[MV], s.patient_mv_area_cm2, s.patient_mr_area_cm2, 1.25, 40.0, 53.0, p.dt)
    valve_set(&p.circulation.valve[PV], s.patient_pv_area_cm2, 0.0, 1.5, 27.0, 27.0, p.dt)
    valve_set(&p.circulation.valve[TV], s.patient_tv_area_cm2, 0.0, 1.25, 40.0, 53.0, p.dt)


cdef inline void branch_set(Segment* p, const Settings* s, double share, double dt) noexcept nogil:
    segment_set(p, s.patient_ab_lb_inertance_mmHg_s2_mL / share, s.patient_ab_lb_resistance_mmHg_s_mL / share, dt)


cdef inline void derive_catheters(Plant* p, const Settings* s) noexcept nogil:
    """The largest catheter in the femoral artery; a balloon's and an ECMO cannula count while they are switched on."""
    cdef double fr = p.pump.femoral_fr if p.pump.fitted else 0.0
    if p.balloon.fitted and s.iabp_enabled > 0.5 and p.balloon.femoral_fr > fr:
        fr = p.balloon.femoral_fr
    if s.ecmo_enabled > 0.5 and s.ecmo_return < 0.5 and s.ecmo_arterial_fr > fr:
        fr = s.ecmo_arterial_fr
    p.circulation.leg_narrowed = catheter_narrowing(fr, s.patient_femoral_mm)


cdef inline void derive_vessels(Plant* p, const Settings* s) noexcept nogil:
    cdef double systemic = 1e-3 * s.patient_systemic_viscoelastic_ms, pulmonary = 1e-3 * s.patient_pulmonary_viscoelastic_ms
    cdef double rest = 1.0 - s.patient_leg_share - s.patient_visceral_share
    cdef Vessels* v = &p.circulation.vessels
    cdef double* g = p.circulation.conductance
    vessel_set(v, AA, s.patient_aa_compliance_mL_mmHg, 0.0, systemic, 1.0)
    vessel_set(v, DA, s.patient_da_compliance_mL_mmHg, s.patient_da_unstressed_mL, systemic, 1.0)
    vessel_set(v, AB, s.patient_ab_compliance_mL_mmHg, 0.0, systemic, 0.0)
    vessel_set(v, UB, s.patient_ub_compliance_mL_mmHg, 0.0, systemic, 0.0)
    vessel_set(v, LB, rest * s.patient_lb_compliance_mL_mmHg, 0.0, systemic, 0.0)
    vessel_set(v, LEG, s.patient_leg_share * s.patient_lb_compliance_mL_mmHg, 0.0, systemic, 0.0)
    vessel_set(v, VIS, s.patient_visceral_share * s.patient_lb_compliance_mL_mmHg, 0.0, systemic, 0.0)
    vessel_set(v, SV, s.patient_sv_compliance_mL_mmHg, s.patient_sv_unstressed_mL, 0.0, 0.0)
    vessel_set(v, VC, s.patient_vc_compliance_mL_mmHg, s.patient_vc_unstressed_mL, 0.0, 1.0)
    vessel_set(v, PA, s.patient_pa_compliance_mL_mmHg, 0.0, pulmonary, 1.0)
    vessel_set(v, PD, s.patient_pd_compliance_mL_mmHg, 0.0, pulmonary, 1.0)
    vessel_set(v, PVN, s.patient_pvn_compliance_mL_mmHg, s.patient_pvn_unstressed_mL, 0.0, 1.0)
    vessel_set(v, C1, s.patient_coronary_c1_mL_mmHg, 0.0, 0.0, 0.0)
    vessel_set(v, CIM, s.patient_coronary_cim_mL_mmHg, 0.0, 0.0, 0.0)
    p.circulation.aa_da_l_per_dt = s.patient_aa_da_inertance_mmHg_s2_mL / p.dt
    p.circulation.aa_da_r = s.patient_aa_da_resistance_mmHg_s_mL
    segment_set(&p.circulation.segment[0], s.patient_da_ab_inertance_mmHg_s2_mL, s.patient_da_ab_resistance_mmHg_s_mL, p.dt)
    segment_set(&p.circulation.segment[1], s.patient_aa_ub_inertance_mmHg_s2_mL, s.patient_aa_ub_resistance_mmHg_s_mL, p.dt)
    branch_set(&p.circulation.segment[2], s, rest, p.dt)
    branch_set(&p.circulation.segment[4], s, s.patient_leg_share, p.dt)
    branch_set(&p.circulation.segment[5], s, s.patient_visceral_share, p.dt)
    segment_set(&p.circulation.segment[3], s.patient_pa_pd_inertance_mmHg_s2_mL, s.patient_pa_pd_resistance_mmHg_s_mL, p.dt)
    g[Q_UB_SV - FIRST_RESISTIVE] = 1.0 / (s.patient_svr_scale * s.patient_ub_resistance_mmHg_s_mL)
    g[Q_LB_SV - FIRST_RESISTIVE] = rest / (s.patient_svr_scale * s.patient_lb_resistance_mmHg_s_mL)
    g[Q_LEG_SV - FIRST_RESISTIVE] = s.patient_leg_share / (s.patient_svr_scale * s.patient_lb_resistance_mmHg_s_mL)
    g[Q_VIS_SV - FIRST_RESISTIVE] = s.patient_visceral_share / (s.patient_svr_scale * s.patient_lb_resistance_mmHg_s_mL)
    g[Q_SV_VC - FIRST_RESISTIVE] = 1.0 / s.patient_sv_resistance_mmHg_s_mL
    g[Q_VC_RA - FIRST_RESISTIVE] = 1.0 / s.patient_vc_resistance_mmHg_s_mL
    g[Q_PD_PVN - FIRST_RESISTIVE] = 1.0 / (s.patient_pvr_scale * s.patient_pd_resistance_mmHg_s_mL)
    g[Q_PVN_LA - FIRST_RESISTIVE] = 1.0 / s.patient_pvn_resistance_mmHg_s_mL
    g[Q_AA_C1 - FIRST_RESISTIVE] = (1.0 - s.patient_coronary_stenosis) * (1.0 - s.patient_coronary_stenosis) / s.patient_coronary_r1_mmHg_s_mL
    g[Q_C1_CIM - FIRST_RESISTIVE] = 1.0 / s.patient_coronary_r2_mmHg_s_mL
    g[Q_CIM_RA - FIRST_RESISTIVE] = 1.0 / s.patient_coronary_r3_mmHg_s_mL
    p.circulation.kappa = s.patient_coronary_kappa
    p.circulation.lv_to_rv = s.patient_septum_lv_to_rv
    p.circulation.rv_to_lv = s.patient_septum_rv_to_lv


cdef inline void derive_regulation(Regulation* p, const Settings* s, double dt) noexcept nogil:
    p.every = <int>(0.01 / dt + 0.5) if dt < 0.01 else 1
    reflex_set(&p.reflex, s.patient_baroreflex > 0.5, s.patient_reflex_setpoint_mmHg + 20.0 * s.patient_exercise,
               s.patient_reflex_gain, s.patient_betablocker, dt, p.every)
    p.supply.on = s.patient_coronary_regulation > 0.5
    p.supply.per_mmHg = s.patient_coronary_demand_mL_min_mmHg / 60.0
    p.supply.smooth = dt / 2.0
    p.supply.r2 = s.patient_coronary_r2_mmHg_s_mL
    p.supply.slow_s = p.drugs.slow_s = p.every * dt
    p.drugs.target[NITROPRUSSIDE] = s.patient_nitroprusside
    p.drugs.target[DOBUTAMINE] = s.patient_dobutamine
    p.drugs.target[NORADRENALINE] = s.patient_noradrenaline
    p.drugs.target[BETABLOCKER] = s.patient_betablocker
    p.drugs.target[EXERCISE] = s.patient_exercise
    p.drugs.target[UPRIGHT] = 1.0 if s.patient_posture > 0.5 else 0.0
    p.sv_unstressed_mL = s.patient_sv_unstressed_mL
    p.per_hr = 1.0 / s.patient_hr_bpm


cdef inline void derive_small(Simaan* p, const Settings* s, double dt) noexcept nogil:
    p.dt = dt
    p.v0 = s.patient_lv_v0_mL
    p.e_span = s.patient_lv_ees_mmHg_mL - simaan_2009_e_min_mmHg_mL
    if p.e_span < 0.0:
        p.e_span = 0.0
    p.per_r_s = 1.0 / (s.patient_svr_scale * simaan_2009_r_s_mmHg_s_mL)
    p.blood_delta_mL = s.patient_blood_volume_delta_mL
    p.infusion_step_mL = 50.0 * dt


cdef inline void plant_derive(Plant* p, const Settings* s, double dt) noexcept nogil:
    """All parameters but the devices'. `dt` (s) must stay the same over the life of a plant."""
    p.dt = dt
    p.circulation.dt = dt
    p.circulation.per_dt = 1.0 / dt
    p.circulation.infusion_step_mL = 50.0 * dt
    p.circulation.blood_delta_mL = s.patient_blood_volume_delta_mL
    derive_rhythm(p, s)
    derive_heart(p, s)
    derive_vessels(p, s)
    derive_catheters(p, s)
    derive_small(&p.simaan, s, dt)
    ecmo_set(&p.ecmo, s.ecmo_return < 0.5, s.ecmo_arterial_fr, s.ecmo_venous_fr, s.ecmo_oxygenator_clot,
             s.ecmo_air, s.ecmo_tubing_leak_mL_min, s.ecmo_distal_perfusion_fr, dt)
    p.pump.position = <int>s.pump_position
    balloon_set(&p.balloon, <int>s.iabp_gas, s.iabp_fill_mL, s.iabp_leak_mL_min, s.iabp_burst, s.iabp_kink, s.iabp_disconnection,
                s.iabp_line_blood_mL, <int>s.iabp_position, s.iabp_enabled > 0.5 and s.iabp_autofill > 0.5)
    balloon_drive_set(&p.balloon, s.iabp_overfill_mL, s.iabp_filling_leak_mL_min, s.iabp_helium_bar, s.iabp_vacuum_loss,
                      s.iabp_cooling_loss)
    derive_regulation(&p.regulation, s, dt)
    breathing_set(&p.breathing, <int>s.patient_breathing, s.patient_intrathoracic_mmHg, s.patient_breathing_rate_bpm / 60.0, dt)
