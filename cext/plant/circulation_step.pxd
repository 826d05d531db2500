"""Volumes and pressures of the closed loop at n + 1, from the flows at n + 1/2. Equations: circulation.pxd and the
components."""

from cext.plant.balloon cimport Balloon, BalloonState, balloon_volume
from cext.plant.chamber cimport chamber_pressure
from cext.plant.circulation cimport Circulation, CirculationState
from cext.plant.collapse cimport collapse
from cext.plant.coronary cimport coronary_outside
from cext.plant.pericardium cimport pericardium_pressure
from cext.plant.regulation cimport Tone
from cext.plant.topology cimport *
from cext.plant.vessel cimport vessel_pressures


cdef inline void circulation_pressures(const Circulation* p, CirculationState* s, double e_v, double e_a,
                                       double p_it, const Tone* tone) noexcept nogil:
    """Chamber pressures, the coronary store's and the pericardium's at n + 1; the vessels' own are there already."""
    cdef double outside, left, right
    s.p_peri = pericardium_pressure(&p.pericardium, s.v[LV] + s.v[LA] + s.v[RV] + s.v[RA], p_it)
    left = chamber_pressure(&p.lv, s.v[LV], e_v, tone.e_lv)
    right = chamber_pressure(&p.rv, s.v[RV], e_v, tone.e_rv)
    s.act_lv = left + p.rv_to_lv * right  # the septum lets each feel the other
    s.act_rv = right + p.lv_to_rv * left
    s.p[LV] = s.p_peri + s.act_lv * (1.0 - p.lv.k_r * s.out_lv)
    s.p[RV] = s.p_peri + s.act_rv * (1.0 - p.rv.k_r * s.out_rv)
    s.p[LA] = s.p_peri + chamber_pressure(&p.la, s.v[LA], e_a, 1.0)
    s.p[RA] = s.p_peri + chamber_pressure(&p.ra, s.v[RA], e_a, 1.0)
    outside = coronary_outside(p.kappa, s.p[LV])
    s.p[CIM] = s.v[CIM] * p.vessels.per_c[CIM] + outside


cdef inline void circulation_volumes(const Circulation* p, CirculationState* s, const Balloon* balloon,
                                     BalloonState* balloon_state, double p_it, const Tone* tone) noexcept nogil:
    """Volumes to n + 1, and the pressures of the vessels there."""
    cdef int i
    cdef double lowest = 0.0, ends, give, p_da, c
    for i in range(COMPARTMENTS):
        ends = s.v[i] + p.dt * s.net[i]
        lowest = ends if ends < lowest else lowest
    if lowest < 0.0:
        collapse(s.v, s.q, s.net, p.dt)
    vessel_pressures(&p.vessels, s.v, s.p, s.net, s.net_before, p_it, p.dt)
    s.p[SV] -= tone.vu_mL * p.vessels.per_c[SV]
    for i in range(VESSELS, COMPARTMENTS):
        s.v[i] += p.dt * s.net[i]
    if p.blood_delta_mL != s.given_mL:
        give = p.blood_delta_mL - s.given_mL
        if give > p.infusion_step_mL:
            give = p.infusion_step_mL
        elif give < -p.infusion_step_mL:
            give = -p.infusion_step_mL
        if s.v[SV] + give > 100.0 or give > 0.0:  # nobody can be bled beyond this
            s.v[SV] += give
            s.given_mL += give
    if balloon.fitted:
        # With V_b at n + 1 and dV_b/dt there by the backward formula of second order, (3 V_b - 4 V_b(n) + V_b(n - 1))/(2 dt):
        # P_DA = p_da + c*V_b, where p_da is what the blood and the last two V_b make of it.
        c = 0.5 * p.vessels.visc[DA] * p.per_dt
        p_da = s.p[DA] - c * (4.0 * balloon_state.v_mL - balloon_state.v_before_mL)
        c = 3.0 * c + p.vessels.per_c[DA]
        balloon_volume(balloon, balloon_state, p_da, c)
        s.p[DA] = p_da + c * balloon_state.v_mL
