"""The components of the plant one at a time, over arrays: for their oracles (tests/plant) and for looking at one alone."""

import numpy as np

from libc.stdint cimport uint64_t
from libc.string cimport memset
from cext.plant.activation cimport (ActivationTable, activation_at, activation_enter, activation_tables, atrium_formula,
                                    ventricle_formula)
from cext.plant.balloon cimport CO2, HELIUM, Balloon, BalloonState, balloon_set, balloon_volume
from cext.plant.balloon_gas cimport balloon_gas, balloon_start
from cext.plant.chamber cimport Chamber, chamber_pressure
from cext.plant.devices cimport balloon_from, rotary_pump_from
from cext.plant.pneumatics cimport Lumen, Orifice, lumen_flow, orifice_flow, orifice_set
from cext.plant.random cimport random_normal, random_uniform
from cext.plant.rotary_pump cimport RotaryPump, RotaryPumpState, rotary_pump_drive, rotary_pump_flow
from cext.plant.valve cimport Valve, valve_flow, valve_opening, valve_set
from cext.plant.vessel cimport Segment, Vessels, resistive_flows, segment_flow, segment_set, vessel_pressures
from cext.plant.topology cimport RESISTIVE, VESSELS


def activation(x, ventricle=True):
    """(table, formula) of the activation at every x (T_max for the ventricle, s for the atrium); the atrium's formula not
    normalised."""
    cdef ActivationTable v, a
    activation_tables(&v, &a)
    if ventricle:
        return np.array([activation_at(&v, u) for u in x]), np.array([ventricle_formula(u) for u in x])
    return np.array([activation_at(&a, u) for u in x]), np.array([atrium_formula(u) for u in x])


def activation_entered(e):
    """(x, activation at x) where a beat enters the rising limb that starts at activation `e`."""
    cdef ActivationTable v, a
    memset(&v, 0, sizeof(v))
    activation_tables(&v, &a)
    x = activation_enter(&v, e)
    return x, activation_at(&v, x)


def chamber(v_mL, e, e_es, v0, a, b):
    """P_act in mmHg of a chamber of volume `v_mL` at activation `e`."""
    cdef Chamber p = Chamber(e_es, v0, a, b, 0.0)
    return chamber_pressure(&p, v_mL, e, 1.0)


def valve(dp_mmHg, dt_s, a_max=4.0, a_min=0.0, l_eff_cm=1.8, k_open=16.0, k_close=16.0, zeta=0.0, q=0.0):
    """(opening, flow in mL/s) after every step, driven by the array `dp_mmHg`."""
    cdef Valve p
    cdef double z = zeta, flow = q, before
    valve_set(&p, a_max, a_min, l_eff_cm, k_open, k_close, dt_s)
    openings, flows = [], []
    for dp in dp_mmHg:
        before = z
        z = valve_opening(&p, z, dp)
        flow = valve_flow(&p, 0.5 * (before + z), flow, dp, 0.0)
        openings.append(z)
        flows.append(flow)
    return np.array(openings), np.array(flows)


def windkessel(inlet, dt_s, c, r, theta_s=0.0, l=0.0, r_line=0.0, v0_mL=0.0):
    """Pressure of one store after every step: it drains through `r` (mmHg*s/mL; 0: closed) to 0 mmHg.

    With l = 0, `inlet` is the inflow in mL/s at the middle of every step; with an inertance `l` it is the pressure before a
    line (l, r_line) at the start of every step. `theta_s`: viscosity of the wall.
    """
    cdef Vessels p
    cdef Segment line = Segment(0.0, 0.0, 0.0, 0.0)
    cdef double v[VESSELS]
    cdef double pressure[VESSELS]
    cdef double net[VESSELS]
    cdef double before[VESSELS]
    cdef double q[RESISTIVE]
    cdef double now[RESISTIVE]
    cdef double conductance[RESISTIVE]
    cdef double dp[RESISTIVE]
    cdef double flow = 0.0
    cdef int i
    memset(&p, 0, sizeof(p))
    for array, size in ((0, VESSELS), (1, RESISTIVE)):
        for i in range(size):
            if array == 0:
                v[i] = net[i] = before[i] = pressure[i] = 0.0
                p.per_c[i] = 1.0 / c
            else:
                q[i] = now[i] = conductance[i] = dp[i] = 0.0
    conductance[0] = 1.0 / r if r > 0.0 else 0.0
    p.visc[0] = theta_s / c
    v[0] = v0_mL
    pressure[0] = v0_mL / c
    now[0] = pressure[0] * conductance[0]
    if l > 0.0:
        segment_set(&line, l, r_line, dt_s)
    out = []
    for x in inlet:
        flow = segment_flow(&line, flow, x - pressure[0]) if l > 0.0 else x
        dp[0] = pressure[0]
        resistive_flows(q, now, conductance, dp)
        net[0] = flow - q[0]
        vessel_pressures(&p, v, pressure, net, before, 0.0, dt_s)
        out.append(pressure[0])
    return np.array(out)


def orifice(p_from, p_to, conductance_dm3_s_bar, gas_factor=1.0, b=0.3, opening=1.0):
    """Gas through an ISO 6358 orifice in mmHg*mL/s, pressures in mmHg absolute."""
    cdef Orifice p
    orifice_set(&p, conductance_dm3_s_bar, gas_factor, b)
    return orifice_flow(&p, opening, p_from, p_to)


def lumen(p_from, p_to, resistance, turbulent=1e-12, open_share=1.0, thicker=1.0):
    """Gas through a long tube in mmHg*mL/s, pressures in mmHg absolute, resistance in mmHg*s/mL, `turbulent` in mmHg*s2/mL2."""
    cdef Lumen p = Lumen(resistance, turbulent, open_share)
    return lumen_flow(&p, p_from - p_to, 0.5 * (p_from + p_to), thicker, 0.0)


def balloon(device, valve_pressure, valve_vacuum, dt_s, p_aorta=80.0, c_mmHg_mL=0.0, gas="helium", fill_mL=0.0, leak_mL_min=0.0,
    burst=False, kink=0.0, disconnection=0.0, line_blood_mL=0.0, position=0, autofill=False):
    """Columns V_b (mL), p_b, p_line, p_pressure, p_vacuum (mmHg absolute), gas in line and balloon together (mmHg*mL), blood in
    it (mL) after every step, in an aorta that holds `p_aorta` mmHg plus `c_mmHg_mL` for every mL of balloon. The faults are the
    settings iabp.*; `position` 0 correct, 1 too low, 2 too high."""
    cdef Balloon p
    cdef BalloonState s
    balloon_from(&p, device, dt_s)
    balloon_set(&p, CO2 if gas == "co2" else HELIUM, fill_mL, leak_mL_min, burst, kink, disconnection, line_blood_mL, position, autofill)
    balloon_start(&p, &s, p_aorta)
    rows = []
    for u, w in zip(valve_pressure, valve_vacuum):
        balloon_gas(&p, &s, u, w, dt_s)
        balloon_volume(&p, &s, p_aorta, c_mmHg_mL)
        rows.append((s.v_mL, s.p_balloon, s.p_line, s.p_pressure, s.p_vacuum, s.n_line + s.n_balloon, s.blood_mL))
    return np.array(rows)


def rotary_pump(device, speed_rpm, head_mmHg, dt_s, transmural_mmHg=20.0, enable=1.0):
    """Columns flow (mL/s), speed (rpm), current (A), suction resistance (mmHg*s/mL) after every step of the array
    `speed_rpm`."""
    cdef RotaryPump p
    cdef RotaryPumpState s
    cdef double q = 0.0
    memset(&s, 0, sizeof(s))
    rotary_pump_from(&p, device, dt_s)
    rows = []
    for rpm in speed_rpm:
        q = rotary_pump_flow(&p, &s, q, head_mmHg, transmural_mmHg, 0.0)
        rotary_pump_drive(&p, &s, rpm, enable, q)
        rows.append((q, s.motor.w * 60.0 / 6.283185307179586, s.motor.current_A, s.r_suction))
    return np.array(rows)


def random_numbers(seed, n, normal=True):
    """`n` numbers of the generator from `seed`: normal, or uniform in [0, 1)."""
    cdef uint64_t state = seed
    return np.array([random_normal(&state) if normal else random_uniform(&state) for _ in range(n)])
