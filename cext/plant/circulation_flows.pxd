"""Openings and flows of the closed loop, carried to n + 1/2 with the pressures at n. Equations: circulation.pxd and the
components."""

from cext.plant.balloon cimport BALLOON_CORRECT, BALLOON_LOW, Balloon, BalloonState, balloon_narrowing
from cext.plant.circulation cimport Circulation, CirculationState
from cext.plant.coronary cimport coronary_inflow_drop, coronary_outflow_drop, coronary_outside
from cext.plant.ecmo cimport Ecmo, EcmoState, ecmo_distal_flow, ecmo_flow
from cext.plant.regulation cimport Tone
from cext.plant.rotary_pump cimport RotaryPump, RotaryPumpState, rotary_pump_flow
from cext.plant.topology cimport *
from cext.plant.valve cimport AV, MV, PV, TV, valve_flow, valve_opening
from cext.plant.vessel cimport resistive_flows, segment_flow, segment_flow_narrowed


cdef inline void circulation_valves(const Circulation* p, CirculationState* s, const RotaryPump* pump,
                                    RotaryPumpState* pump_state) noexcept nogil:
    """Valves and pump to n + 1/2, and the forward outflow of the ventricles carried to n + 1."""
    cdef double dp, zeta, wall = s.p_peri + s.act_lv, av = s.q[Q_AV], pv = s.q[Q_PV], left = s.q[Q_PUMP], r
    dp = s.p[LV] - s.p[AA]
    zeta = s.zeta[AV]
    s.zeta[AV] = valve_opening(&p.valve[AV], zeta, dp)
    r = p.lv.k_r * s.act_lv
    # The source resistance acts on both outflows; each takes its own part implicitly and the other's as it stands.
    dp = wall - r * (left if left > 0.0 else 0.0) - s.p[AA]
    s.q[Q_AV] = valve_flow(&p.valve[AV], 0.5 * (zeta + s.zeta[AV]), av, dp, r)
    if pump.fitted:
        dp = s.p[AA] - wall + r * (av if av > 0.0 else 0.0)
        s.q[Q_PUMP] = rotary_pump_flow(pump, pump_state, left, dp, s.act_lv, r)
    else:
        s.q[Q_PUMP] = 0.0
    dp = s.p[LA] - s.p[LV]
    zeta = s.zeta[MV]
    s.zeta[MV] = valve_opening(&p.valve[MV], zeta, dp)
    s.q[Q_MV] = valve_flow(&p.valve[MV], 0.5 * (zeta + s.zeta[MV]), s.q[Q_MV], dp, 0.0)
    dp = s.p[RV] - s.p[PA]
    zeta = s.zeta[PV]
    s.zeta[PV] = valve_opening(&p.valve[PV], zeta, dp)
    s.q[Q_PV] = valve_flow(&p.valve[PV], 0.5 * (zeta + s.zeta[PV]), pv, s.p_peri + s.act_rv - s.p[PA], p.rv.k_r * s.act_rv)
    dp = s.p[RA] - s.p[RV]
    zeta = s.zeta[TV]
    s.zeta[TV] = valve_opening(&p.valve[TV], zeta, dp)
    s.q[Q_TV] = valve_flow(&p.valve[TV], 0.5 * (zeta + s.zeta[TV]), s.q[Q_TV], dp, 0.0)
    av = 1.5 * s.q[Q_AV] - 0.5 * av
    left = 1.5 * s.q[Q_PUMP] - 0.5 * left
    pv = 1.5 * s.q[Q_PV] - 0.5 * pv
    s.out_lv = (av if av > 0.0 else 0.0) + (left if left > 0.0 else 0.0)
    s.out_rv = pv if pv > 0.0 else 0.0


cdef inline void circulation_misplaced(const Circulation* p, CirculationState* s, const Balloon* balloon,
                                       const BalloonState* balloon_state) noexcept nogil:
    """DA-AB, AA-UB and AB-VIS beside a balloon that lies too low (it narrows the abdominal aorta and covers the arteries of viscera and
    kidneys: R(AB-VIS) + 4 mmHg*s/mL when full) or too high (it covers the artery of the left arm, a quarter of the upper body:
    R(AA-UB) + 1.2 mmHg*s/mL when full)."""
    cdef bint low = balloon.position == BALLOON_LOW
    cdef double narrow = balloon_narrowing(balloon, balloon_state, 1.22) if low else 1.0
    cdef double full = balloon_state.v_mL / balloon.nominal_mL, cover = 0.0 if low else 1.2 * full
    s.q[Q_DA_AB] = segment_flow_narrowed(&p.segment[0], s.q[Q_DA_AB], s.p[DA] - s.p[AB], narrow, 0.0)
    s.q[Q_AA_UB] = segment_flow_narrowed(&p.segment[1], s.q[Q_AA_UB], s.p[AA] - s.p[UB], 1.0, cover)
    s.q[Q_AB_VIS] = segment_flow_narrowed(&p.segment[5], s.q[Q_AB_VIS], s.p[AB] - s.p[VIS], 1.0, 4.0 * full if low else 0.0)


cdef inline void circulation_vessels(const Circulation* p, CirculationState* s, const Balloon* balloon,
                                     const BalloonState* balloon_state, const Tone* tone) noexcept nogil:
    """Vessel flows to n + 1/2."""
    cdef double dp[RESISTIVE]
    cdef double open_share, r_half, give
    r_half = 0.5 * p.aa_da_r
    if balloon.fitted and balloon.position != BALLOON_LOW:
        r_half *= balloon_narrowing(balloon, balloon_state, 1.0)
    give = 1.0 / (p.aa_da_l_per_dt + r_half)
    s.q[Q_AA_DA] = ((p.aa_da_l_per_dt - r_half) * s.q[Q_AA_DA] + s.p[AA] - s.p[DA]) * give
    if balloon.fitted and balloon.position != BALLOON_CORRECT:
        circulation_misplaced(p, s, balloon, balloon_state)
    else:
        s.q[Q_DA_AB] = segment_flow(&p.segment[0], s.q[Q_DA_AB], s.p[DA] - s.p[AB])
        s.q[Q_AA_UB] = segment_flow(&p.segment[1], s.q[Q_AA_UB], s.p[AA] - s.p[UB])
        s.q[Q_AB_VIS] = segment_flow(&p.segment[5], s.q[Q_AB_VIS], s.p[AB] - s.p[VIS])
    s.q[Q_AB_LB] = segment_flow(&p.segment[2], s.q[Q_AB_LB], s.p[AB] - s.p[LB])
    s.q[Q_AB_LEG] = segment_flow_narrowed(&p.segment[4], s.q[Q_AB_LEG], s.p[AB] - s.p[LEG], p.leg_narrowed, 0.0)
    s.q[Q_PA_PD] = segment_flow(&p.segment[3], s.q[Q_PA_PD], s.p[PA] - s.p[PD])
    dp[0] = (s.p[UB] - s.p[SV]) * tone.systemic
    dp[1] = (s.p[LB] - s.p[SV]) * tone.systemic
    dp[2] = (s.p[LEG] - s.p[SV]) * tone.systemic
    dp[3] = (s.p[VIS] - s.p[SV]) * tone.systemic
    dp[4] = s.p[SV] - s.p[VC]
    if s.p[RA] < -2.0:
        open_share = 0.25 * (s.p[RA] + 6.0)
        dp[4] *= open_share if open_share > 0.0 else 0.0
    dp[5] = s.p[VC] - s.p[RA]
    dp[6] = (s.p[PD] - s.p[PVN]) * tone.pulmonary
    dp[7] = s.p[PVN] - s.p[LA]
    dp[8] = s.p[AA] - s.p[C1]
    dp[9] = coronary_inflow_drop(s.p[C1], s.p[CIM], s.v[CIM]) * tone.coronary
    dp[10] = coronary_outflow_drop(s.p[CIM], coronary_outside(p.kappa, s.p[LV]), s.p[RA])
    resistive_flows(&s.q[FIRST_RESISTIVE], s.flow_now, p.conductance, dp)


cdef inline void circulation_support(CirculationState* s, const RotaryPump* right, RotaryPumpState* right_state,
                                     const Ecmo* ecmo, EcmoState* ecmo_state, double ecmo_rpm, double ecmo_enable,
                                     double p_it) noexcept nogil:
    """Right pump and ECMO to n + 1/2."""
    cdef double q
    s.q[Q_RPUMP] = 0.0
    if right.fitted:
        s.q[Q_RPUMP] = rotary_pump_flow(right, right_state, s.right_flow, s.p[PA] - s.p[VC], s.p[VC] - p_it, 0.0)
    s.right_flow = s.q[Q_RPUMP]
    q = ecmo_flow(ecmo, ecmo_state, s.ecmo_flow, ecmo_rpm, ecmo_enable, s.p[VC], s.p[AB] if ecmo.femoral else s.p[AA], p_it)
    s.ecmo_flow = q
    s.q[Q_ECMO_LEG] = ecmo_distal_flow(ecmo, q, s.p[AB], s.p[LEG], ecmo_enable)
    s.q[Q_ECMO_AB] = q - s.q[Q_ECMO_LEG] if ecmo.femoral else 0.0
    s.q[Q_ECMO_AA] = 0.0 if ecmo.femoral else q
    s.lost_AB = ecmo_state.leak if ecmo.femoral else 0.0
    s.lost_AA = 0.0 if ecmo.femoral else ecmo_state.leak


cdef inline void circulation_nets(CirculationState* s) noexcept nogil:
    cdef double* q = s.q
    s.net[AA] = q[Q_AV] + q[Q_PUMP] + q[Q_ECMO_AA] - q[Q_AA_DA] - q[Q_AA_UB] - q[Q_AA_C1] - s.lost_AA
    s.net[DA] = q[Q_AA_DA] - q[Q_DA_AB]
    s.net[AB] = q[Q_DA_AB] + q[Q_ECMO_AB] - q[Q_AB_LB] - q[Q_AB_LEG] - q[Q_AB_VIS] - s.lost_AB
    s.net[UB] = q[Q_AA_UB] - q[Q_UB_SV]
    s.net[LB] = q[Q_AB_LB] - q[Q_LB_SV]
    s.net[LEG] = q[Q_AB_LEG] + q[Q_ECMO_LEG] - q[Q_LEG_SV]
    s.net[VIS] = q[Q_AB_VIS] - q[Q_VIS_SV]
    s.net[SV] = q[Q_UB_SV] + q[Q_LB_SV] + q[Q_LEG_SV] + q[Q_VIS_SV] - q[Q_SV_VC]
    s.net[VC] = q[Q_SV_VC] - q[Q_VC_RA] - q[Q_RPUMP] - q[Q_ECMO_AB] - q[Q_ECMO_AA] - q[Q_ECMO_LEG]
    s.net[PA] = q[Q_PV] + q[Q_RPUMP] - q[Q_PA_PD]
    s.net[PD] = q[Q_PA_PD] - q[Q_PD_PVN]
    s.net[PVN] = q[Q_PD_PVN] - q[Q_PVN_LA]
    s.net[C1] = q[Q_AA_C1] - q[Q_C1_CIM]
    s.net[CIM] = q[Q_C1_CIM] - q[Q_CIM_RA]
    s.net[LV] = q[Q_MV] - q[Q_AV] - q[Q_PUMP]
    s.net[LA] = q[Q_PVN_LA] - q[Q_MV]
    s.net[RV] = q[Q_TV] - q[Q_PV]
    s.net[RA] = q[Q_VC_RA] + q[Q_CIM_RA] - q[Q_TV]
