"""Gas of the balloon drive from n to n + 1: valves, safety chamber, lumen, holes. Filling: balloon_drive.pxd.

Amounts are pV (pneumatics.pxd). The membrane of the chamber is slack: between its ends air and gas have one pressure,
    p = (n_drive + n_line)/(V_drive + stroke + V_dead),   V_chamber = n_line/p - V_dead in 0 to stroke,
at its ends each has its own. So gas is only moved to and fro, and what is lost stays lost: the baseline (deflated, membrane at
its end) and the plateau (inflated, membrane flat, valves without further effect) fall with it.
Hole in the balloon: gas out k*(p_b - P_DA)*p_b while p_b > P_DA; blood in k/75*(P_DA - p_b) while p_b < P_DA (the same hole, the
root of the densities of blood and helium). Blood goes into the lumen (4 mL: 2.2 mm by 1 m) and is 170 times as viscous as helium
there (3.3e-3 against 2.0e-5 Pa s). Taken away by a new balloon: no hole and no blood set.
Connector off: the line is open to the room through an orifice; vacuum then draws air in.
"""

from cext.plant.balloon cimport ATMOSPHERE_mmHg, Balloon, BalloonState
from cext.plant.balloon_drive cimport FILLING_S, ROOM_C, WARMER_K, balloon_drive
from cext.plant.pneumatics cimport lumen_flow, orifice_flow, reservoir_step

cdef enum:
    LUMEN_mL = 4
    BLOOD_THICKER = 170
    BLOOD_SLOWER = 75


cdef inline void chamber_pressures(const Balloon* p, BalloonState* s) noexcept nogil:
    """Where the membrane is, and the pressures on both its sides (absolute)."""
    cdef double common = (s.n_drive + s.n_line) / (p.drive_dead_mL + p.stroke_mL + p.dead_mL)
    s.chamber_mL = s.n_line / common - p.dead_mL
    if s.chamber_mL < 0.0:
        s.chamber_mL = 0.0
    elif s.chamber_mL > p.stroke_mL:
        s.chamber_mL = p.stroke_mL
    else:
        s.p_line = s.p_drive = common
        s.line_store_mL = p.drive_dead_mL + p.stroke_mL + p.dead_mL
        return
    s.line_store_mL = p.dead_mL + s.chamber_mL
    s.p_line = s.n_line / s.line_store_mL
    s.p_drive = s.n_drive / (p.drive_dead_mL + p.stroke_mL - s.chamber_mL)


cdef inline void balloon_holes(const Balloon* p, BalloonState* s, double dt) noexcept nogil:
    """Gas lost and gained, blood that comes in."""
    cdef double over = s.p_balloon - ATMOSPHERE_mmHg - s.p_da
    if p.hole > 0.0:
        if over > 0.0:
            s.n_balloon -= dt * p.hole * over * s.p_balloon
        elif s.blood_mL < 0.5 * p.nominal_mL:
            s.blood_mL -= dt * p.hole / BLOOD_SLOWER * over
    elif p.blood_mL <= 0.0:
        s.blood_mL = 0.0
    if s.blood_mL < p.blood_mL:
        s.blood_mL = p.blood_mL
    if p.connector_open > 0.0:
        s.n_line -= dt * orifice_flow(&p.connector, p.connector_open, s.p_line, ATMOSPHERE_mmHg)


cdef inline void balloon_gas(const Balloon* p, BalloonState* s, double open_pressure, double open_vacuum,
                             double dt) noexcept nogil:
    """Amounts of gas from n to n + 1, with the pressures at n."""
    cdef double into, out, feed, line, blood, drop, other, stiff = 0.5 * dt * (1.0 / s.balloon_store_mL + 1.0 / s.line_store_mL)
    into = orifice_flow(&p.pressure_valve, open_pressure, s.p_pressure, s.p_drive)
    out = orifice_flow(&p.vacuum_valve, open_vacuum, s.p_drive, s.p_vacuum)
    s.p_pressure = reservoir_step(&p.pressure, s.p_pressure, into, dt)
    s.p_vacuum = reservoir_step(&p.vacuum, s.p_vacuum, -out, dt)
    feed = into - out
    if open_pressure != s.open_pressure or open_vacuum != s.open_vacuum:
        s.feed_before = feed  # a valve has moved: what flowed before says nothing of what flows now
        s.open_pressure = open_pressure
        s.open_vacuum = open_vacuum
    blood = s.blood_mL / LUMEN_mL if s.blood_mL < LUMEN_mL else 1.0
    # The drop half a step on: what valves and aorta did to it in the last step goes on, what the flow itself does is implicit.
    drop = s.p_line - s.p_balloon
    other = drop - s.drop_before + 2.0 * stiff * s.line_before
    line = lumen_flow(&p.lumen, drop + 0.5 * other, 0.5 * (s.p_line + s.p_balloon), 1.0 + (BLOOD_THICKER - 1.0) * blood, stiff)
    s.drop_before = drop
    s.line_before = line
    s.n_drive += dt * (1.5 * feed - 0.5 * s.feed_before)
    s.n_line -= dt * line
    s.n_balloon += dt * line
    s.feed_before = feed
    balloon_holes(p, s, dt)
    balloon_drive(p, s, open_vacuum, dt)
    if s.n_balloon < 1.0:  # the lumen cannot take what is not there
        s.n_line -= 1.0 - s.n_balloon
        s.n_balloon = 1.0
    chamber_pressures(p, s)


cdef inline void balloon_start(const Balloon* p, BalloonState* s, double p_da) noexcept nogil:
    """Filled and deflated: the balloon at V_low, the line at the room's pressure, the membrane at its end.

    With an empty bottle it was never filled: the room's air in the line, the membrane at its other end.
    """
    s.p_balloon = ATMOSPHERE_mmHg + p_da
    s.p_da = p_da
    s.v_mL = s.v_before_mL = s.balloon_store_mL = p.low_mL
    s.open_pressure = s.open_vacuum = 0.0
    s.n_balloon = s.p_balloon * s.v_mL
    s.n_line = p.n_line if p.helium_bar > 0.0 else ATMOSPHERE_mmHg * p.dead_mL
    s.n_drive = ATMOSPHERE_mmHg * p.drive_dead_mL
    s.feed_before = s.line_before = s.drop_before = 0.0
    s.p_pressure = p.pressure.set_mmHg
    s.p_vacuum = p.vacuum.set_mmHg
    s.blood_mL = s.bottle_used = 0.0
    s.bottle_bar = p.helium_bar
    s.drive_C = ROOM_C + WARMER_K
    s.filling_s = FILLING_S
    s.filled_to_mL = p.stroke_mL
    chamber_pressures(p, s)
