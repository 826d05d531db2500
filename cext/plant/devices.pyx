"""Device files (configs/devices/*.toml, as read by tomllib) to the structs of the plant. Outside the tick."""

from libc.string cimport memset
from cext.plant.balloon cimport ATMOSPHERE_mmHg, BALLOON_CORRECT, Balloon, HELIUM, balloon_drive_set, balloon_set
from cext.plant.pneumatics cimport Orifice, orifice_set
from cext.plant.rotary_pump cimport CURVES, PumpCurve, RotaryPump

cdef double RAD_S_PER_RPM = 6.283185307179586 / 60.0
cdef double L_MIN_TO_ML_S = 1000.0 / 60.0


def _value(device: dict, table: str, key: str) -> float:
    """device[table][key] as a float above zero.

    Raises:
        ValueError: it is missing, no number, or not above zero.
    """
    name = device.get("device", {}).get("name", "device without a name")
    if key not in device.get(table, {}):
        raise ValueError(f"device {name}: [{table}] {key} is missing")
    value = device[table][key]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"device {name}: [{table}] {key} = {value!r}, it must be a number above 0")
    return float(value)


cdef int _orifice(Orifice* p, dict device, str key, double volume_mL, double dt) except -1:
    orifice_set(p, _value(device, "drive", key), 1.0, _value(device, "drive", "critical_ratio"))
    # Near equal pressures the line is a store behind a resistance of rate k*slope/V; the step carries less than 1/dt.
    if p.k * p.slope / volume_mL * dt > 0.8:
        raise ValueError(
            f"device {device['device']['name']}: [drive] {key} empties {volume_mL:g} mL too fast for a step of "
            f"{1e3 * dt:g} ms ({p.k * p.slope / volume_mL * dt:.2f} of it per step, at most 0.8): larger volume or smaller valve"
        )
    return 0


cdef int balloon_from(Balloon* p, dict device, double dt) except -1:
    """A device of kind "balloon", without a fault and on helium. Raises ValueError for what is missing or cannot be stepped."""
    memset(p, 0, sizeof(Balloon))
    p.fitted = True
    p.nominal_mL = _value(device, "balloon", "nominal_mL")
    p.low_mL = _value(device, "balloon", "residual_mL")
    p.k_high = _value(device, "balloon", "stiffness_full_mmHg_mL")
    p.k_low = _value(device, "balloon", "stiffness_empty_mmHg_mL")
    if p.k_low * p.low_mL < 350.0:
        raise ValueError(
            f"device {device['device']['name']}: [balloon] stiffness_empty_mmHg_mL * residual_mL = "
            f"{p.k_low * p.low_mL:g} mmHg; at least 350 mmHg, or the vacuum pulls the balloon below nothing"
        )
    p.per_obstruct = _value(device, "balloon", "narrowing_at_50_mL") / 50.0
    p.dead_mL = _value(device, "drive", "dead_volume_mL")
    p.drive_dead_mL = _value(device, "drive", "drive_volume_mL")
    p.full_at_mmHg = _value(device, "drive", "full_at_mmHg")
    p.femoral_fr = (device.get("access") or {}).get("femoral_fr", 0.0)
    p.turbulent_air = _value(device, "drive", "lumen_turbulent_mmHg_s2_mL2")
    p.lumen.laminar = _value(device, "drive", "lumen_resistance_mmHg_s_mL")
    _orifice(&p.pressure_valve, device, "pressure_valve_dm3_s_bar", p.drive_dead_mL, dt)
    _orifice(&p.vacuum_valve, device, "vacuum_valve_dm3_s_bar", p.drive_dead_mL, dt)
    orifice_set(&p.connector, 0.5, 1.0, _value(device, "drive", "critical_ratio"))  # a bore of 2 mm or so
    p.pressure.set_mmHg = ATMOSPHERE_mmHg + _value(device, "drive", "pressure_mmHg")
    p.vacuum_mmHg = _value(device, "drive", "vacuum_below_atmosphere_mmHg")
    p.pressure.per_tau = p.vacuum.per_tau = 1e3 / _value(device, "drive", "regulator_ms")
    p.pressure.per_volume = p.vacuum.per_volume = 1.0 / _value(device, "drive", "reservoir_mL")
    balloon_set(p, HELIUM, p.nominal_mL, 0.0, 0.0, 0.0, 0.0, 0.0, BALLOON_CORRECT, False)
    balloon_drive_set(p, 0.0, 0.0, 1.0, 0.0, 0.0)
    return 0


cdef int _curves(RotaryPump* p, dict device) except -1:
    """[[head_flow.curves]] speed_rpm, a_mL_s, b_mL_s_mmHg, c_mL_s_mmHg2: Q = a + b*dP - c*dP^2, by rising speed."""
    cdef int i
    cdef double a, b, c
    rows = device["head_flow"].get("curves", [])
    if not 1 <= len(rows) <= CURVES:
        raise ValueError(f"device {device['device']['name']}: [head_flow] curves has {len(rows)} rows, allowed is 1 to {CURVES}")
    for i, row in enumerate(rows):
        a, b, c = row["a_mL_s"], row["b_mL_s_mmHg"], row["c_mL_s_mmHg2"]
        p.curve[i] = PumpCurve(row["speed_rpm"] * RAD_S_PER_RPM, b / (2.0 * c), a + b * b / (4.0 * c), c)
    p.curves = len(rows)
    return 0


cdef int rotary_pump_from(RotaryPump* p, dict device, double dt) except -1:
    """A device of kind "rotary-pump". Raises ValueError for what is missing."""
    cdef double w0, q0, j, bandwidth
    memset(p, 0, sizeof(RotaryPump))
    p.fitted = True
    w0 = _value(device, "head_flow", "reference_speed_rpm") * RAD_S_PER_RPM
    law = device["head_flow"].get("law", "affinity")
    if law == "affinity":
        q0 = _value(device, "head_flow", "reference_flow_L_min") * L_MIN_TO_ML_S
        p.h0_per_w2 = _value(device, "head_flow", "shutoff_head_mmHg") / (w0 * w0)
        p.k_run = _value(device, "head_flow", "shutoff_head_mmHg") / (q0 * q0)
    elif law == "linear":
        p.h0_per_w2 = _value(device, "head_flow", "shutoff_head_mmHg") / (w0 * w0)
        p.r_linear = _value(device, "head_flow", "resistance_mmHg_s_mL")
    elif law == "curve":
        _curves(p, device)
    else:
        raise ValueError(f"device {device['device']['name']}: [head_flow] law = {law!r}, allowed is affinity, linear, curve")
    p.femoral_fr = (device.get("access") or {}).get("femoral_fr", 0.0)
    p.differential = device.get("placement", {}).get("signal") == "differential"
    p.k_stop = _value(device, "head_flow", "stopped_mmHg_s2_mL2")
    p.per_blend = 1.0 / (0.2 * w0)
    p.l_per_dt = _value(device, "head_flow", "inertance_mmHg_s2_mL") / dt
    p.w_max = _value(device, "motor", "maximum_speed_rpm") * RAD_S_PER_RPM
    j = _value(device, "motor", "inertia_kg_m2")
    bandwidth = 6.283185307179586 * _value(device, "motor", "bandwidth_Hz")
    p.motor.per_j_dt = dt / j
    p.motor.k_t = _value(device, "motor", "torque_constant_Nm_A")
    p.motor.per_k_t = 1.0 / p.motor.k_t
    p.motor.b = _value(device, "motor", "friction_Nm_s")
    p.motor.c_w = _value(device, "motor", "load_speed_Nm_s2")
    p.motor.c_q = _value(device, "motor", "load_flow_Nm_s_mL")
    p.motor.k_p = 2.0 * j * bandwidth
    p.motor.k_i_dt = j * bandwidth * bandwidth * dt
    p.motor.i_max = _value(device, "motor", "maximum_current_A")
    p.motor.accel_dt = _value(device, "motor", "acceleration_rpm_s") * RAD_S_PER_RPM * dt
    return 0
