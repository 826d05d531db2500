"""The drive of the balloon beside its valves: filling, helium bottle, vacuum pump, heat.

Filling (purge and fill): when the pump is switched on, every 2 h, and after a change of the volume wanted: for 10 s, while the
vacuum valve is open, at most 20 mL/s towards what makes 0 mmHg gauge in the line with the membrane at its end; a bottle that is
empty fills nothing. A filling valve that does not shut lets gas in all the time. Bottle: 0.3 L, p = p_new - used/V (isothermal,
ideal: within 7 % of helium at 130 bar). Vacuum: the pump holds (1 - loss) of what the device file says.
Heat: dT/dt = (T_room + rise*(1 + 3*loss) - T)/tau, 25 C, 15 K, 300 s; a fan that stands lets it rise four times as far.
[design values]
"""

from cext.plant.balloon cimport ATMOSPHERE_mmHg, Balloon, BalloonState

cdef enum:
    FILLING_S = 10
    REFILL_S = 7200
    FILL_mL_S = 20
    BOTTLE_mL = 300
    BAR_mmHg = 750
    ROOM_C = 25
    WARMER_K = 15
    HEAT_S = 300


cdef inline double bottle_bar(const BalloonState* s) noexcept nogil:
    cdef double left = s.bottle_bar - s.bottle_used / (<double>BAR_mmHg * BOTTLE_mL)
    return left if left > 0.0 else 0.0


cdef inline void balloon_drive(const Balloon* p, BalloonState* s, double open_vacuum, double dt) noexcept nogil:
    """Fills the line, and lets the drive age by a step."""
    cdef double wanted = 0.0, most = dt * FILL_mL_S * ATMOSPHERE_mmHg
    if s.bottle_bar != p.helium_bar:
        s.bottle_bar = p.helium_bar
        s.bottle_used = 0.0
    s.filling_s += dt
    if not p.autofill or s.filling_s > REFILL_S or s.filled_to_mL != p.stroke_mL:
        s.filling_s = 0.0
        s.filled_to_mL = p.stroke_mL
    if p.autofill and s.filling_s < FILLING_S and open_vacuum > 0.5:
        wanted = p.n_line - s.n_line
        wanted = most if wanted > most else (-most if wanted < -most else wanted)
    wanted += dt * p.filling_leak * ATMOSPHERE_mmHg
    if wanted > 0.0:
        wanted = wanted if bottle_bar(s) > 0.0 else 0.0
        s.bottle_used += wanted
    s.n_line += wanted
    s.drive_C += dt / HEAT_S * (ROOM_C + WARMER_K * (1.0 + 3.0 * p.cooling_loss) - s.drive_C)
