"""Intra-aortic balloon on a closed gas circuit: what its parts are, its volume in the aorta, and what it narrows.

    pressure reservoir -(valve)-\\                safety
                                 air of the drive |chamber| gas of the console line --lumen of the catheter-- balloon in DA
    vacuum reservoir   -(valve)-/                membrane
The flow of gas: balloon_gas.pxd. Balloon: slack between V_low and its room (p_b = P_DA), stiff beyond:
    p_b = P_DA + k_high*max(0, V_b - room) - k_low*max(0, V_low - V_b),  room = nominal volume less the blood that came in;
    a balloon that lies too low or too high does not unfold where the aorta tapers or turns: 0.8 of the nominal volume
It displaces blood: P_DA = (V_DA + V_b - Vu)/C + (theta/C)*d(V_DA + V_b)/dt + P_it with V_DA the blood. V_b at n + 1 is solved
for together with P_DA, since both depend on each other at once: n_balloon = V_b*p_b(V_b) is a quadratic in V_b.
Inflated, it obstructs: R(AA-DA) / (1 - 0.8*V_b/50 mL)^4; too low, R(DA-AB) in its place, where the aorta is 1.22
times as narrow (18 against 22 mm).
[design values; clinical balloons fill 80-90 % of the aorta]
"""

from libc.math cimport sqrt
from cext.plant.pneumatics cimport Lumen, Orifice, Reservoir

cdef enum:
    ATMOSPHERE_mmHg = 760
    HELIUM = 0
    CO2 = 1
    BALLOON_CORRECT = 0
    BALLOON_LOW = 1
    BALLOON_HIGH = 2

ctypedef struct Balloon:
    bint fitted
    # the device file
    double nominal_mL
    double low_mL
    double k_high            # mmHg/mL
    double k_low
    double per_obstruct      # 0.8/50 mL: narrowing of the aorta per mL
    double dead_mL           # console line, the membrane of the chamber pressed flat
    double drive_dead_mL     # air of the drive, the membrane at the other end
    double full_at_mmHg      # aortic pressure up to which the gas suffices for the whole fill
    double femoral_fr        # catheter in the femoral artery; 0: none
    double turbulent_air     # mmHg*s2/mL2
    Orifice pressure_valve
    Orifice vacuum_valve
    Orifice connector        # to the room when it comes off
    Reservoir pressure
    Reservoir vacuum
    # derived from the settings: balloon_set
    double vacuum_mmHg       # below the room's, with a sound pump
    double stroke_mL         # of the membrane of the chamber
    double n_line            # gas wanted in line and chamber, deflated: 0 mmHg gauge
    Lumen lumen
    double hole              # mL/s/mmHg
    double connector_open
    double blood_mL
    double filling_leak      # mL/s
    double helium_bar        # of a new bottle
    double cooling_loss
    int position
    bint autofill

ctypedef struct BalloonState:
    double n_drive           # mmHg*mL
    double n_line
    double n_balloon
    double line_before       # flow in the lumen a step before
    double drop_before       # p_line - p_b at n - 1
    double feed_before       # flow of the valves into the drive at n - 1
    double open_pressure     # the openings of the last step
    double open_vacuum
    double v_before_mL       # V_b at n - 1
    double p_drive           # absolute
    double p_line
    double p_balloon
    double p_pressure
    double p_vacuum
    double chamber_mL        # gas in the safety chamber
    double v_mL
    double p_da              # gauge
    double balloon_store_mL  # gas that the balloon takes up per mmHg, aorta included
    double line_store_mL     # line and what is free to move behind it
    double blood_mL          # that came in through a hole
    double filling_s         # since the last filling began
    double filled_to_mL      # stroke that it was filled for
    double bottle_bar        # as screwed in
    double bottle_used
    double drive_C


cdef inline double gas_factor(int gas) noexcept nogil:
    """Choked volume flow against air: root of the densities."""
    return 0.79 if gas == CO2 else 2.85


cdef inline void balloon_set(Balloon* p, int gas, double fill_mL, double leak_mL_min, double burst, double kink,
                             double disconnection, double blood_mL, int position, bint autofill) noexcept nogil:
    """From the settings in force (settings/iabp.toml). Leak: mL/min at 100 mmHg; a burst is a tear of 1 mL/s per mmHg."""
    cdef double fill = fill_mL if 0.0 < fill_mL < p.nominal_mL else p.nominal_mL, open_share = (1.0 - kink) * (1.0 - kink)
    p.stroke_mL = fill + (p.dead_mL + fill) * p.full_at_mmHg / ATMOSPHERE_mmHg
    p.n_line = ATMOSPHERE_mmHg * (p.dead_mL + p.stroke_mL)
    p.lumen.turbulent = p.turbulent_air / (gas_factor(gas) * gas_factor(gas))
    p.lumen.open_share = open_share * open_share
    p.hole = leak_mL_min / 6000.0 + (1.0 if burst > 0.5 else 0.0)
    p.connector_open = disconnection
    p.blood_mL = blood_mL
    p.position = position
    p.autofill = autofill


cdef inline void balloon_drive_set(Balloon* p, double overfill_mL, double filling_leak_mL_min, double helium_bar,
                                   double vacuum_loss, double cooling_loss) noexcept nogil:
    """Faults of the drive, after `balloon_set`."""
    p.n_line += ATMOSPHERE_mmHg * overfill_mL
    p.filling_leak = filling_leak_mL_min / 60.0
    p.helium_bar = helium_bar
    p.vacuum.set_mmHg = ATMOSPHERE_mmHg - p.vacuum_mmHg * (1.0 - vacuum_loss)
    p.cooling_loss = cooling_loss


cdef inline double balloon_room(const Balloon* p, const BalloonState* s) noexcept nogil:
    """mL that the membrane holds before it is taut."""
    cdef double room = (p.nominal_mL if p.position == BALLOON_CORRECT else 0.8 * p.nominal_mL) - s.blood_mL
    return room if room > 2.0 * p.low_mL else 2.0 * p.low_mL


cdef inline double balloon_root(double n, double p0, double c) noexcept nogil:
    """V > 0 with V*(p0 + c*V) = n."""
    return 2.0 * n / (p0 + sqrt(p0 * p0 + 4.0 * c * n))


cdef inline void balloon_volume(const Balloon* p, BalloonState* s, double p_da, double c) noexcept nogil:
    """V_b and p_b at n + 1 where P_DA = p_da + c*V_b (mmHg gauge, mmHg/mL)."""
    cdef double p0 = ATMOSPHERE_mmHg + p_da, room = balloon_room(p, s)
    cdef double v = balloon_root(s.n_balloon, p0, c), k = c
    if v > room:
        k = c + p.k_high
        v = balloon_root(s.n_balloon, p0 - p.k_high * room, k)
    elif v < p.low_mL:
        k = c + p.k_low
        v = balloon_root(s.n_balloon, p0 - p.k_low * p.low_mL, k)
    s.v_before_mL = s.v_mL
    s.v_mL = v
    s.p_balloon = s.n_balloon / v
    s.balloon_store_mL = v + s.p_balloon / (k if k > 0.1 else 0.1)
    s.p_da = p_da + c * v


cdef inline double balloon_narrowing(const Balloon* p, const BalloonState* s, double narrower) noexcept nogil:
    """Factor on the resistance of the aorta beside the balloon, `narrower` times as narrow as the thoracic one; at most 10 000 (a balloon does not weld the aorta shut)."""
    cdef double left = 1.0 - narrower * p.per_obstruct * s.v_mL
    if left < 0.1:
        left = 0.1
    left *= left
    return 1.0 / (left * left)
