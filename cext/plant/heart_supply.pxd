"""Coronary autoregulation, and what a heart does that is not supplied.

    demand       D = c*mean(max(P_LV, 0))            mL/s; oxygen use goes with the pressure-time of the ventricle (Sarnoff 1958,
                                                     Am J Physiol 192:148)
    arterioles   d(ln R2)/dt = (Q/D - 1)/tau, tau 10 s, R2 between 2.0 and 60 mmHg*s/mL       Q the mean coronary flow
    contractility  x -> 1 while Q/D > 0.9, down to 0.55 without flow; tau 20 s as it falls, 60 s as it recovers

So flow is held where the perfusion pressure allows it (about 60-140 mmHg at rest), and below that contractility follows the flow.
[time constants, range and 0.5-0.6 of contractility: textbook coronary physiology; means over 2 s]
"""

ctypedef struct HeartSupply:
    bint on
    double per_mmHg         # c, mL/s per mmHg
    double smooth           # dt/2 s
    double r2               # the patient's own, mmHg*s/mL
    double slow_s

ctypedef struct HeartSupplyState:
    double flow
    double load
    double dilation         # R2 in force over the patient's own
    double strength         # x


cdef inline void heart_supply_start(HeartSupplyState* s) noexcept nogil:
    s.flow = 0.0
    s.load = 0.0
    s.dilation = s.strength = 1.0


cdef inline void heart_supply_listen(const HeartSupply* p, HeartSupplyState* s, double flow, double p_lv) noexcept nogil:
    s.flow += p.smooth * (flow - s.flow)
    s.load += p.smooth * ((p_lv if p_lv > 0.0 else 0.0) - s.load)


cdef inline void heart_supply_effect(const HeartSupply* p, HeartSupplyState* s) noexcept nogil:
    cdef double demand = p.per_mmHg * s.load, share, target = 1.0, low = 2.0 / p.r2, high = 60.0 / p.r2
    if not p.on:
        s.dilation += p.slow_s / 10.0 * (1.0 - s.dilation)
        s.strength += p.slow_s / 20.0 * (1.0 - s.strength)
        return
    share = s.flow / demand if demand > 1e-3 else 1.0
    share = 0.0 if share < 0.0 else (3.0 if share > 3.0 else share)
    s.dilation *= 1.0 + p.slow_s / 10.0 * (share - 1.0)
    s.dilation = low if s.dilation < low else (high if s.dilation > high else s.dilation)
    if share < 0.9:
        target = 0.55 + 0.5 * share
    s.strength += p.slow_s / (20.0 if target < s.strength else 60.0) * (target - s.strength)
