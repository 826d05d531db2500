"""The whole circulation written down a second time, as ordinary differential equations for scipy's solve_ivp.

Written from docs/physics.md, not from the code: pressures are functions of the state, nothing is staggered, tabulated or
limited per
step. The 1 ms plant must agree with it at equal plant time, with balloon and pump at work.
"""

import tomllib
from math import exp, log, pi, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from cext.plant.model import PlantModel
from cext.tables import load

CONFIGS = Path(__file__).parents[2] / "configs"
AA, DA, AB, UB, LB, LEG, VIS, SV, VC, PA, PD, PVN, C1, CIM, LV, LA, RV, RA = range(18)
AV, MV, PV, TV, AA_DA, DA_AB, AA_UB, AB_LB, AB_LEG, AB_VIS, PA_PD, PUMP, RIGHT, ECMO = range(14)  # flows with inertia
V, Q, Z, GAS, MOTOR, RIGHT_MOTOR = slice(0, 18), slice(18, 32), slice(32, 36), slice(36, 42), slice(42, 44), slice(44, 46)
IN_PLANT = [*range(11), 22, 23, 24]  # these flows in the plant's own order; ECMO_LEG is its number 26
ATMOSPHERE = 760.0


def device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text())


def patient(name):
    return {f"patient.{k}": v for k, v in tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"].items()}


def ventricular(x):
    if x <= 0:
        return 0.0
    x1, x2 = (x / 0.7) ** 1.9, (x / 1.1735) ** 21.9
    return 1.5532 * x1 / (1 + x1) / (1 + x2)


def atrial_shape(t):
    if t <= 0:
        return 0.0
    g1, g2 = (t / 0.091630) ** 1.32, (t / 0.149940) ** 13.1
    return g1 / (1 + g1) / (1 + g2)


ATRIAL_PEAK = max(atrial_shape(t) for t in np.linspace(0.05, 0.2, 20001))


class Restatement:
    """dy/dt of volumes, flows, valve openings, gas and rotors, for a steady sinus rhythm.

    The reflex and the coronary regulation are off here (test_regulation.py has them); drugs and posture stand.
    """

    def __init__(self, settings, balloon, pump, onset_s, right=None):
        rows = load.settings()
        self.s = {name.split(".")[1]: row.default for name, row in rows.items() if name.startswith("patient.")}
        self.s |= {name.split(".")[1]: value for name, value in settings.items()}
        self.balloon, self.pump, self.right, self.onset = balloon, pump, right, onset_s
        s = self.s
        self.rr = 60 / s["hr_bpm"] / (1 + 10 / s["hr_bpm"] * s["dobutamine"])
        self.svr = (
            s["svr_scale"] * (1 - 0.5 * s["nitroprusside"]) * (1 - 0.4 * s["dobutamine"]) * (1 + 0.35 * s["noradrenaline"])
        )
        self.pvr = s["pvr_scale"] * (1 - 0.33 * s["nitroprusside"])
        self.strength = 1 + 0.35 * s["dobutamine"]
        pooled = 500 * (s["posture"] == "upright")
        self.more_veins = 350 * s["nitroprusside"] + 150 * s["dobutamine"] - 250 * s["noradrenaline"] + pooled
        self.t_max = s["tmax_base_s"] + s["tmax_slope"] * self.rr
        left_over = ventricular(self.rr / self.t_max)
        # A beat enters the rising limb at the activation that is left; less than 1e-5 counts as relaxed.
        self.enter = brentq(lambda x: ventricular(x) - left_over, 0, 0.5, xtol=1e-14) if left_over >= 1e-5 else 0.0
        names = ["aa", "da", "ab", "ub", "lb", "lb", "lb", "sv", "vc", "pa", "pd", "pvn"]
        self.c = [s[f"{n}_compliance_mL_mmHg"] for n in names] + [s["coronary_c1_mL_mmHg"], s["coronary_cim_mL_mmHg"]]
        # The lower body in three branches, each with its share of conductance and compliance.
        self.shares = {LB: 1 - s["leg_share"] - s["visceral_share"], LEG: s["leg_share"], VIS: s["visceral_share"]}
        for branch, share in self.shares.items():
            self.c[branch] *= share
        self.vu = [s.get(f"{n}_unstressed_mL", 0.0) for n in names] + [0.0, 0.0]
        ts, tp = 1e-3 * s["systemic_viscoelastic_ms"], 1e-3 * s["pulmonary_viscoelastic_ms"]
        self.theta = [ts] * 7 + [0.0, 0.0, tp, tp, 0.0, 0.0, 0.0]
        self.chest = [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0]
        self.valves = [  # A_max, A_min, l_eff, K_vo, K_vc
            (s["as_area_cm2"], s["ar_area_cm2"], 1.8, 16, 16),
            (s["mv_area_cm2"], s["mr_area_cm2"], 1.25, 40, 53),
            (s["pv_area_cm2"], 0.0, 1.5, 27, 27),
            (s["tv_area_cm2"], 0.0, 1.25, 40, 53),
        ]
        self.lines = [
            (s[f"{n}_inertance_mmHg_s2_mL"], s[f"{n}_resistance_mmHg_s_mL"])
            for n in ("aa_da", "da_ab", "aa_ub", "ab_lb", "ab_lb", "ab_lb", "pa_pd")
        ]
        for i, branch in ((3, LB), (4, LEG), (5, VIS)):
            self.lines[i] = tuple(x / self.shares[branch] for x in self.lines[i])
        fr = (pump or {}).get("access", {}).get("femoral_fr", 0.0)
        fr = max(fr, 17.0 if settings.get("ecmo.enabled") else 0.0)
        if fr:  # an annulus around a catheter that lies at the wall
            k = fr / 3 / s["femoral_mm"]
            inertance, resistance = self.lines[4]
            self.lines[4] = inertance, resistance * max(1.0, 0.4 / (1 - k**4 - (1 - k**2) ** 2 / log(1 / k)))
        self.distal = (settings.get("ecmo.distal_perfusion_fr", 0.0) / 6) ** 4 / 16
        self.vu[SV] += self.more_veins
        self.commands = (0.0, 0.0, 0.0, 0.0, 0.0)  # valve to pressure, valve to vacuum, rpm left, right, ECMO

    def activations(self, t):
        beat = np.floor((t - self.onset) / self.rr)
        e_v = ventricular(self.enter + (t - self.onset - beat * self.rr) / self.t_max)
        lead = t - (self.onset - 1e-3 * self.s["pr_interval_ms"])
        return e_v, atrial_shape(lead - np.floor(lead / self.rr) * self.rr) / ATRIAL_PEAK

    def chest_pressure(self, t):
        amplitude = {"off": 0.0, "spontaneous": 1.5}[self.s["breathing"]]
        return self.s["intrathoracic_mmHg"] + amplitude * sin(2 * pi * self.s["breathing_rate_bpm"] / 60 * t)

    def chamber(self, name, v, e):
        s = self.s
        x = v - s[f"{name}_v0_mL"]
        passive = s[f"{name}_edpvr_a_mmHg"] * (exp(s[f"{name}_edpvr_b_per_mL"] * x) - 1)
        strength = self.strength if name in ("lv", "rv") else 1.0
        active = strength * s[f"{name}_ees_mmHg_mL"] * x
        return (1 - e) * passive + e * (max(active, passive) if x > 0 else min(active, passive))

    def heart(self, t, v, q):
        """Pressures of the four chambers (dict by number), P_act of the LV."""
        s = self.s
        e_v, e_a = self.activations(t)
        sac = v[LV] + v[LA] + v[RV] + v[RA] + 30 + 192
        peri = self.chest_pressure(t) + s["pericardium_k_mmHg"] * exp((sac - s["pericardium_v0_mL"]) / s["pericardium_phi_mL"])
        wall, wall_rv = self.chamber("lv", v[LV], e_v), self.chamber("rv", v[RV], e_v)
        act = wall + s["septum_rv_to_lv"] * wall_rv
        act_rv = wall_rv + s["septum_lv_to_rv"] * wall
        return {
            LV: peri + act * (1 - s["lv_source_s_mL"] * (max(q[AV], 0) + max(q[PUMP], 0))),
            RV: peri + act_rv * (1 - s["rv_source_s_mL"] * max(q[PV], 0)),
            LA: peri + self.chamber("la", v[LA], e_a),
            RA: peri + self.chamber("ra", v[RA], e_a),
        }, act

    def membrane(self, v):
        b = self.balloon["balloon"]
        return b["stiffness_full_mmHg_mL"] * max(0.0, v - b["nominal_mL"]) - b["stiffness_empty_mmHg_mL"] * max(
            0.0, b["residual_mL"] - v
        )

    def orifice(self, opening, key, p_from, p_to):
        d = self.balloon["drive"]
        k = 1000 * d[key]
        r, b = min(p_from, p_to) / max(p_from, p_to), d["critical_ratio"]

        def root(x):
            return sqrt(1 - ((x - b) / (1 - b)) ** 2)

        psi = 1.0 if r <= b else (root(r) if r < 0.98 else root(0.98) * (1 - r) / 0.02)
        return opening * k * max(p_from, p_to) * psi * (1 if p_from >= p_to else -1)

    def gas(self, gas):
        """Flows of gas and their pressures, absolute."""
        n_drive, n_line, n_balloon, v_b, p_pressure, p_vacuum = gas
        d, full = self.balloon["drive"], self.balloon["balloon"]["nominal_mL"]
        stroke = full + (d["dead_volume_mL"] + full) * d["full_at_mmHg"] / ATMOSPHERE
        p_b = n_balloon / v_b
        common = (n_drive + n_line) / (d["drive_volume_mL"] + stroke + d["dead_volume_mL"])
        chamber = min(max(n_line / common - d["dead_volume_mL"], 0.0), stroke)
        p_line, p_drive = n_line / (d["dead_volume_mL"] + chamber), n_drive / (d["drive_volume_mL"] + stroke - chamber)
        into = self.orifice(self.commands[0], "pressure_valve_dm3_s_bar", p_pressure, p_drive)
        out = self.orifice(self.commands[1], "vacuum_valve_dm3_s_bar", p_drive, p_vacuum)
        laminar, turbulent = d["lumen_resistance_mmHg_s_mL"], d["lumen_turbulent_mmHg_s2_mL2"] / 2.85**2
        speed = (sqrt(laminar**2 + 4 * turbulent * abs(p_line - p_b)) - laminar) / (2 * turbulent)
        lumen = np.sign(p_line - p_b) * speed * (p_line + p_b) / 2
        tau, volume = 1e-3 * d["regulator_ms"], d["reservoir_mL"]
        set_p, set_v = ATMOSPHERE + d["pressure_mmHg"], ATMOSPHERE - d["vacuum_below_atmosphere_mmHg"]
        d_pressure = (set_p - p_pressure) / tau - into / volume
        d_vacuum = (set_v - p_vacuum) / tau + out / volume
        return p_b, [into - out, -lumen, lumen, None, d_pressure, d_vacuum]

    def __call__(self, t, y):
        s, v, q, zeta = self.s, y[V], y[Q], y[Z]
        p_it = self.chest_pressure(t)
        p, act = self.heart(t, v, q)
        resting = [(v[i] - self.vu[i]) / self.c[i] + self.chest[i] * p_it for i in range(14)]
        p[CIM] = resting[CIM] + s["coronary_kappa"] * max(p[LV], 0)
        for i in (SV, VC, PVN, C1):
            p[i] = resting[i]

        # Where a wall is viscous its pressure depends on its own net inflow; those that a resistance drains are solved for.
        def drained(i, inflow, downstream, r):
            """P with P = resting + theta/C*(inflow - (P - P_down)/r)."""
            k = self.theta[i] / self.c[i]
            return (resting[i] + k * (inflow + downstream / r)) / (1 + k / r)

        r_ub, r_lower = (self.svr * s[f"{n}_resistance_mmHg_s_mL"] for n in ("ub", "lb"))
        r_pd = self.pvr * s["pd_resistance_mmHg_s_mL"]
        p[UB] = drained(UB, q[AA_UB], p[SV], r_ub)
        q_distal = 0.0
        p[AB] = resting[AB] + self.theta[AB] / self.c[AB] * (q[DA_AB] - q[AB_LB] - q[AB_LEG] - q[AB_VIS] + q[ECMO])
        if self.distal and self.commands[4]:
            # 17 Fr: 6 mmHg per (L/min)2 and 3 per L/min from before the cannula to AB. What goes into the leg does not reach AB.
            flow, k_ab, k_leg = 0.06 * q[ECMO], self.theta[AB] / self.c[AB], self.theta[LEG] / self.c[LEG]
            before = p[AB] + 6 * flow * abs(flow) + 3 * flow
            r = r_lower / self.shares[LEG]
            leg = (resting[LEG] + k_leg * (q[AB_LEG] + p[SV] / r)) / (1 + k_leg / r)  # without it
            q_distal = self.distal * (before - leg) / (1 + self.distal * (k_ab + k_leg / (1 + k_leg / r)))
            p[AB] -= k_ab * q_distal
        p[LB] = drained(LB, q[AB_LB], p[SV], r_lower / self.shares[LB])
        p[LEG] = drained(LEG, q[AB_LEG] + q_distal, p[SV], r_lower / self.shares[LEG])
        p[VIS] = drained(VIS, q[AB_VIS], p[SV], r_lower / self.shares[VIS])
        p[PD] = drained(PD, q[PA_PD], p[PVN], r_pd)
        p[PA] = resting[PA] + self.theta[PA] / self.c[PA] * (q[PV] - q[PA_PD] + q[RIGHT])
        r1 = s["coronary_r1_mmHg_s_mL"] / (1.0 - s["coronary_stenosis"]) ** 2
        k = self.theta[AA] / self.c[AA]
        p[AA] = (resting[AA] + k * (q[AV] + q[PUMP] - q[AA_DA] - q[AA_UB] + p[C1] / r1)) / (1 + k / r1)
        q1 = (p[AA] - p[C1]) / r1
        d_gas = [0.0] * 6
        if self.balloon:
            p_b, d_gas = self.gas(y[GAS])
            p[DA] = p_b - ATMOSPHERE - self.membrane(y[GAS][3])
            # P_DA = (V + V_b - Vu)/C + P_it + theta/C*(dV + dV_b)
            d_gas[3] = (p[DA] - resting[DA] - y[GAS][3] / self.c[DA]) * self.c[DA] / self.theta[DA] - (q[AA_DA] - q[DA_AB])
        else:
            p[DA] = resting[DA] + self.theta[DA] / self.c[DA] * (q[AA_DA] - q[DA_AB])

        q_ub = (p[UB] - p[SV]) / r_ub
        q_lb, q_leg, q_vis = ((p[i] - p[SV]) * self.shares[i] / r_lower for i in (LB, LEG, VIS))
        drain = min(1.0, max(0.0, (p[RA] + 6) / 4))
        q_sv = drain * (p[SV] - p[VC]) / s["sv_resistance_mmHg_s_mL"]
        q_vc = (p[VC] - p[RA]) / s["vc_resistance_mmHg_s_mL"]
        q_pd = (p[PD] - p[PVN]) / r_pd
        q_pvn = (p[PVN] - p[LA]) / s["pvn_resistance_mmHg_s_mL"]
        q2 = (p[C1] - p[CIM]) / s["coronary_r2_mmHg_s_mL"]
        if q2 < 0:
            q2 *= min(1.0, v[CIM] / 0.1)
        q3 = (p[CIM] - max(p[RA], s["coronary_kappa"] * max(p[LV], 0))) / s["coronary_r3_mmHg_s_mL"]

        d_v = np.zeros(18)
        for flow, source, target in (
            (q[AV], LV, AA), (q[MV], LA, LV), (q[PV], RV, PA), (q[TV], RA, RV), (q[AA_DA], AA, DA), (q[DA_AB], DA, AB),
            (q[AA_UB], AA, UB), (q[AB_LB], AB, LB), (q[AB_LEG], AB, LEG), (q[AB_VIS], AB, VIS), (q[PA_PD], PA, PD),
            (q[PUMP], LV, AA), (q[RIGHT], VC, PA), (q[ECMO] - q_distal, VC, AB), (q_distal, VC, LEG),
            (q_ub, UB, SV), (q_lb, LB, SV), (q_leg, LEG, SV), (q_vis, VIS, SV),
            (q_sv, SV, VC), (q_vc, VC, RA), (q_pd, PD, PVN), (q_pvn, PVN, LA), (q1, AA, C1), (q2, C1, CIM), (q3, CIM, RA),
        ):  # fmt: skip
            d_v[source] -= flow
            d_v[target] += flow

        d_q, d_z = np.zeros(14), np.zeros(4)
        for i, (up, down) in enumerate(((LV, AA), (LA, LV), (RV, PA), (RA, RV))):
            a_max, a_min, length, k_open, k_close = self.valves[i]
            drop = p[up] - p[down]
            d_z[i] = (1 - zeta[i]) * k_open * drop if drop > 0 else zeta[i] * k_close * drop
            area = (a_max - a_min) * zeta[i] + a_min
            if area < 1e-4:
                d_q[i] = -q[i] / 1e-4  # shut
            else:
                d_q[i] = (drop - 3.975e-4 / area**2 * q[i] * abs(q[i])) * area / (7.95e-4 * length)
        for i, (up, down) in enumerate(((AA, DA), (DA, AB), (AA, UB), (AB, LB), (AB, LEG), (AB, VIS), (PA, PD))):
            inertance, resistance = self.lines[i]
            if self.balloon and i == 0:
                resistance /= (1 - self.balloon["balloon"]["narrowing_at_50_mL"] * y[GAS][3] / 50) ** 4
            d_q[AA_DA + i] = (p[up] - p[down] - resistance * q[AA_DA + i]) / inertance
        d_motor = d_right = [0.0, 0.0]
        if self.pump:
            d_q[PUMP], d_motor = self.rotor(self.pump, self.commands[2], y[MOTOR], q[PUMP], p[AA] - p[LV], act)
        if self.right:
            empty = p[VC] - p_it
            d_q[RIGHT], d_right = self.rotor(self.right, self.commands[3], y[RIGHT_MOTOR], q[RIGHT], p[PA] - p[VC], empty)
        if self.commands[4]:
            # 17 Fr arterial, 25 Fr venous, clean oxygenator; flow in L/min in the losses. The tube never chatters here.
            n, flow = self.commands[4] / 1000, 0.06 * q[ECMO]
            losses = (6 + 1.2) * flow * abs(flow) + (3 + 2 + 11) * flow
            d_q[ECMO] = (27 * n**2 - 3 * n * flow - losses - (p[AB] - p[VC])) / 0.3
        return np.concatenate([d_v, d_q, d_z, d_gas, d_motor, d_right])

    def rotor(self, pump, rpm, motor, q, head, transmural):
        h, m = pump["head_flow"], pump["motor"]
        w, integral = motor
        w0 = h["reference_speed_rpm"] * 2 * pi / 60
        k_run, share = h["shutoff_head_mmHg"] / (h["reference_flow_L_min"] * 1000 / 60) ** 2, min(1.0, w / (0.2 * w0))
        k = h["stopped_mmHg_s2_mL2"] + (k_run - h["stopped_mmHg_s2_mL2"]) * share
        lift = h["shutoff_head_mmHg"] * (w / w0) ** 2 - k * q * abs(q)
        d_q = (lift - head - 3.5 * max(0.0, 1 - transmural) * q) / h["inertance_mmHg_s2_mL"]
        band, j = 2 * pi * m["bandwidth_Hz"], m["inertia_kg_m2"]
        error = rpm * 2 * pi / 60 - w
        torque = min(max(2 * j * band * error + integral, 0.0), m["maximum_current_A"] * m["torque_constant_Nm_A"])
        load_torque = (m["friction_Nm_s"] + m["load_speed_Nm_s2"] * w + m["load_flow_Nm_s_mL"] * max(q, 0)) * w
        return d_q, [(torque - load_torque) / j, j * band**2 * error]

    def aortic(self, t, y):
        """LVP and AoP of a state (mmHg)."""
        p, _ = self.heart(t, y[V], y[Q])
        k, r1 = self.theta[AA] / self.c[AA], self.s["coronary_r1_mmHg_s_mL"] / (1.0 - self.s["coronary_stenosis"]) ** 2
        q = y[Q]
        rest = (y[AA] - self.vu[AA]) / self.c[AA] + self.chest_pressure(t)
        c1 = y[C1] / self.c[C1]
        return p[LV], (rest + k * (q[AV] + q[PUMP] - q[AA_DA] - q[AA_UB] + c1 / r1)) / (1 + k / r1)


def compare(settings, balloon, pump, rpm, seconds, dt=1e-3, method="LSODA", right=None, right_rpm=0.0, ecmo_rpm=0.0):
    """RMS of (plant - reference) on LVP and AoP over `seconds`, both started from one state of the plant.

    The volumes of leg and viscera at the end are held against each other here: within 0.1 mL.
    """
    settings = settings | {"patient.sdnn_ms": 0.0, "patient.baroreflex": False, "patient.coronary_regulation": False}
    model = PlantModel(settings, balloon=balloon, pump=pump, rpump=right, dt_s=dt)
    rr = Restatement(settings, balloon, pump, 0.0, right).rr
    driven = {"pump_speed_rpm": rpm, "pump_enable": 1.0, "rpump_speed_rpm": right_rpm, "rpump_enable": 1.0}
    driven |= {"ecmo_speed_rpm": ecmo_rpm, "ecmo_enable": float(ecmo_rpm > 0)}
    before = {"valve_vacuum": 1.0} | driven
    model.skip(4 * rr, **before)
    start = model.state
    model.run(dt, **before)
    after = model.state
    reference = Restatement(settings, balloon, pump, start["onset_s"], right)
    # Flows and openings of the plant lie half a step back and half a step on: their mean belongs to this time.
    flows = [(start["q"][i] + after["q"][i]) / 2 for i in IN_PLANT]
    flows[ECMO] += (start["q"][26] + after["q"][26]) / 2  # what goes into the leg went through the circuit too
    openings = [(a + b) / 2 for a, b in zip(start["zeta"], after["zeta"], strict=True)]
    y = np.array(
        start["v"] + flows + openings + (start["balloon"] if balloon else [0.0] * 6) + start["motor"] + start["right_motor"]
    )
    model = PlantModel(settings, balloon=balloon, pump=pump, rpump=right, dt_s=dt)
    model.skip(4 * rr, **before)
    n = round(seconds / dt)
    inflated = np.zeros(n)
    for beat in range(-1, round(seconds / rr) + 1):  # inflated from 0.3 s after an onset until 20 ms before the next
        a, b = (start["onset_s"] - start["t"] + beat * rr + x for x in (0.3, rr - 0.02))
        inflated[max(0, round(a / dt)) : max(0, round(b / dt))] = 1.0
    ours = model.run(n * dt, valve_pressure=inflated, valve_vacuum=1.0 - inflated, **driven)
    lvp, aop = np.empty(n), np.empty(n)
    # Solved piece by piece between what is not smooth: valve commands and the onsets of atria and ventricles.
    events = [start["t"] + dt * i for i in np.flatnonzero(np.diff(inflated)) + 1]
    onsets = [start["onset_s"] + k * rr - lead for k in range(round(seconds / rr) + 3) for lead in (0, 0.13)]
    ends = sorted({0.0 + e for e in events + onsets if start["t"] < e < start["t"] + n * dt} | {start["t"] + n * dt})
    t, done = start["t"], 0
    for end in ends:
        i = min(done, n - 1)
        reference.commands = (inflated[i], 1.0 - inflated[i], rpm, right_rpm, ecmo_rpm)
        last = int((end - start["t"]) / dt + 1e-6)
        at = start["t"] + dt * np.arange(done + 1, last + 1)
        out = solve_ivp(reference, (t, end), y, method, dense_output=True, rtol=1e-7, atol=1e-7, max_step=5e-3)
        assert out.success, out.message
        for k, when in enumerate(at):
            lvp[done + k], aop[done + k] = reference.aortic(when, out.sol(min(when, end)))
        done += len(at)
        y, t = out.y[:, -1], end
    assert done == n
    assert ours["v"][-1, [LEG, VIS]] == pytest.approx(y[[LEG, VIS]], abs=0.1)
    return tuple(sqrt(np.mean((ours[name] - x) ** 2)) for name, x in (("lvp_mmHg", lvp), ("aop_mmHg", aop)))


CASES = {
    "healthy": ({}, None, None, 0.0),
    "healthy breathing": ({"patient.breathing": "spontaneous"}, None, None, 0.0),
    "shock with balloon and pump": (patient("cardiogenic-shock"), device("iabp-40"), device("impella-cp"), 33000.0),
    "leaking, narrow": ({"patient.ar_area_cm2": 0.2, "patient.as_area_cm2": 1.0, "patient.mr_area_cm2": 0.2}, None, None, 0.0),
}


def test_the_plant_agrees_under_drugs_and_posture():
    settings = {
        "patient.nitroprusside": 0.3,
        "patient.dobutamine": 0.5,
        "patient.noradrenaline": 0.2,
        "patient.posture": "upright",
    }
    lvp, aop = compare({"patient.breathing": "off"} | settings, None, None, 0.0, seconds=2.4)
    assert lvp <= 0.3 and aop <= 0.3, f"RMS {lvp:.3f} mmHg on LVP, {aop:.3f} mmHg on AoP; at most 0.3"


def test_the_plant_agrees_with_a_right_pump_and_with_ecmo():
    rp, shock = device("impella-rp"), patient("cardiogenic-shock") | {"patient.breathing": "off"}
    cp = device("impella-cp")
    for case in (
        {"pump": cp, "rpm": 39000.0, "right": rp, "right_rpm": 24000.0},
        {"pump": None, "rpm": 0.0, "ecmo_rpm": 3000.0},
        {"pump": None, "rpm": 0.0, "ecmo_rpm": 3000.0, "more": {"ecmo.enabled": True, "ecmo.distal_perfusion_fr": 7.0}},
    ):
        lvp, aop = compare(shock | case.pop("more", {}), None, seconds=2.4, **case)
        assert lvp <= 0.3 and aop <= 0.3, f"{case}: RMS {lvp:.3f} mmHg on LVP, {aop:.3f} mmHg on AoP; at most 0.3"


@pytest.mark.parametrize("case", CASES)
def test_the_plant_agrees_with_the_restatement(case):
    settings, balloon, pump, rpm = CASES[case]
    lvp, aop = compare({"patient.breathing": "off"} | settings, balloon, pump, rpm, seconds=2.4)
    assert lvp <= 0.3 and aop <= 0.3, f"{case}: RMS {lvp:.3f} mmHg on LVP, {aop:.3f} mmHg on AoP; at most 0.3"


def test_the_error_falls_with_the_square_of_the_step():
    errors = [compare({"patient.breathing": "off"}, None, None, 0.0, seconds=1.0, dt=dt) for dt in (4e-3, 2e-3, 1e-3)]
    for k in (0, 1):
        orders = [log(errors[i][k] / errors[i + 1][k], 2) for i in (0, 1)]
        # Second order in the smooth parts; valves that open and shut between steps cost some of it.
        assert min(orders) > 1.5, (errors, orders)
