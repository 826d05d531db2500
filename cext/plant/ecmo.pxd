"""VA-ECMO: centrifugal pump, oxygenator and cannulae between the venae cavae and an artery.

    VC -venous cannula-> pump -> oxygenator -arterial cannula-> AB (femoral) or AA (central)
    L*dQ/dt = 27*n^2 - 3*n*Q - (a_v + a_a)*Q|Q| - (b_v + b_a + R_ox)*Q - R_c*Q - (P_artery - P_VC)       n in 1000 rpm, Q L/min
Cannulae a, b by size: arterial 15 Fr 10, 5; 17 Fr 6, 3; 19 Fr 3.5, 2; venous 21 Fr 3, 3; 25 Fr 1.2, 2; between them interpolated.
Oxygenator 11 mmHg per L/min, times 1 + 9*clot. [pump and circuit: maker's curves of centrifugal pumps and cannulae, textbook]
Drain pressure P_VC - (a_v*Q + b_v)*Q - R_c*Q. Below -80 mmHg there (R_c aside), or when the vein has less than the pressure of the chest in it, the
vein closes on the tip (R_c -> 60 mmHg*s/mL, lag 60 ms). It lets go once it has closed and the vein
has filled again, 1 mmHg over the chest: flow is limited to what comes back, and chatters.
No drain lies under -700 mmHg: blood at 37 C boils 713 mmHg under the atmosphere, and a column that boils transmits no more suction.
Air in the pump takes its share of the head. A leak behind the pump loses k*(pressure there) of blood to the room. L 0.3 mmHg*s2/mL (3 m of tube of 10 mm); the rotor follows its set point with 0.3 s.
A distal perfusion cannula branches off before the arterial cannula (femoral return) into the leg behind it:
Q = (fr/6)^4/16 mL/s per mmHg * (P_AB + (a_a*|Q| + b_a)*Q - P_LEG): 6 Fr give 300 mL/min at 80 mmHg [design value after 100-400 mL/min in use].
Not enabled, the circuit is clamped; enabled and stopped, it is an open tube from the artery to the vein.
"""

from libc.math cimport sqrt

from cext.plant.momentum cimport momentum_step

cdef enum:
    LEAST_DRAIN_mmHg = -700

ctypedef struct Ecmo:
    bint femoral
    double b_venous         # mmHg*s/mL
    double a_venous         # mmHg*s2/mL2
    double b_rest           # arterial cannula and oxygenator
    double a_rest
    double l_per_dt
    double per_vein         # dt/60 ms
    double head_share       # what air leaves of the head
    double leak             # mL/s/mmHg
    double a_return         # arterial cannula, mmHg*s2/mL2
    double b_return
    double follow           # dt/0.3 s
    double distal           # conductance of the distal perfusion cannula, mL/s/mmHg

ctypedef struct EcmoState:
    double n                # 1000 rpm
    double closed           # 0 free to 1: the vein lies on the tip
    bint closing
    double p_drain
    double leak             # mL/s


cdef inline double between(double x, double x0, double x1, double y0, double y1) noexcept nogil:
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)


cdef inline void ecmo_set(Ecmo* p, bint femoral, double arterial_fr, double venous_fr, double clot,
                          double air, double leak_mL_min, double distal_fr, double dt) noexcept nogil:
    cdef double a, b
    p.femoral = femoral
    p.b_venous = 0.06 * between(venous_fr, 21.0, 25.0, 3.0, 2.0)
    p.a_venous = 0.0036 * between(venous_fr, 21.0, 25.0, 3.0, 1.2)
    if arterial_fr < 17.0:
        a = between(arterial_fr, 15.0, 17.0, 10.0, 6.0)
        b = between(arterial_fr, 15.0, 17.0, 5.0, 3.0)
    else:
        a = between(arterial_fr, 17.0, 19.0, 6.0, 3.5)
        b = between(arterial_fr, 17.0, 19.0, 3.0, 2.0)
    p.a_return = p.a_rest = 0.0036 * a
    p.b_return = 0.06 * b
    p.head_share = 1.0 - air
    p.leak = leak_mL_min / 6000.0
    p.b_rest = 0.06 * (b + 11.0 * (1.0 + 9.0 * clot))
    p.l_per_dt = 0.3 / dt
    p.per_vein = dt / 0.06
    p.follow = dt / 0.3
    p.distal = distal_fr / 6.0
    p.distal = p.distal * p.distal * p.distal * p.distal / 16.0 if femoral else 0.0


cdef inline double ecmo_flow(const Ecmo* p, EcmoState* s, double q, double speed_rpm, double enable, double p_vein,
                             double p_artery, double p_it) noexcept nogil:
    """Q at n + 1/2 in mL/s from that at n - 1/2 and the pressures at n."""
    cdef double n, open_drain, linear
    s.n += p.follow * (0.001 * speed_rpm - s.n)
    s.leak = 0.0
    if enable < 0.5:
        s.closed = 0.0
        s.closing = False
        s.p_drain = p_vein
        return 0.0
    n = s.n
    open_drain = p_vein - (p.b_venous + p.a_venous * (q if q > 0.0 else -q)) * q
    if not s.closing and q > 0.0 and (open_drain < -80.0 or p_vein < p_it):
        s.closing = True
    elif s.closing and s.closed > 0.9 and p_vein > p_it + 1.0:
        s.closing = False
    if p.leak > 0.0:
        s.leak = p.leak * (p_artery + (p.b_return + p.a_return * (q if q > 0.0 else -q)) * q)
        if s.leak < 0.0:
            s.leak = 0.0
    s.closed += p.per_vein * ((1.0 if s.closing else 0.0) - s.closed)
    q = momentum_step(q, 27.0 * n * n * p.head_share + p_vein - p_artery, p.l_per_dt, 0.5 * (p.b_venous + p.b_rest + 0.18 * n),
                         60.0 * s.closed, p.a_venous + p.a_rest)
    linear = p.b_venous + 60.0 * s.closed
    if p_vein - (linear + p.a_venous * q) * q < LEAST_DRAIN_mmHg:
        q = (sqrt(linear * linear + 4.0 * p.a_venous * (p_vein - LEAST_DRAIN_mmHg)) - linear) / (2.0 * p.a_venous)
    s.p_drain = p_vein - (linear + p.a_venous * (q if q > 0.0 else -q)) * q
    return q


cdef inline double ecmo_distal_flow(const Ecmo* p, double q, double p_artery, double p_leg, double enable) noexcept nogil:
    """mL/s into the leg."""
    if p.distal <= 0.0 or enable < 0.5:
        return 0.0
    return p.distal * (p_artery + (p.b_return + p.a_return * (q if q > 0.0 else -q)) * q - p_leg)
