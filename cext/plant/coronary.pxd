"""Coronary bed with an intramyocardial store.

    AA -R1- C1 -R2- CIM -R3- RA        CIM lies in the wall: outside it kappa*P_LV,  P_CIM = V/C_im + kappa*P_LV
    inflow   q2 = (P_C1 - P_CIM)/R2;  squeezed back, it fades with the store: times min(1, V/0.1 mL) when negative
    outflow  q3 = (P_CIM - max(P_RA, kappa*P_LV))/R3: the veins of the wall are squeezed too (vascular waterfall,
             Downey & Kirk 1975, Circ Res 36:753)
so the store drains towards nothing and never below it. Units mmHg, mL, s.
[R1, R2, R3, C1, C_im, kappa are design values that give 225-250 mL/min at rest, 4-5 % of cardiac output: settings/patient.toml]
"""


cdef inline double coronary_outside(double kappa, double p_lv) noexcept nogil:
    """Pressure in the wall around CIM; a ventricle that sucks does not pull the wall's vessels open."""
    return kappa * p_lv if p_lv > 0.0 else 0.0


cdef inline double coronary_inflow_drop(double p_c1, double p_cim, double v_cim) noexcept nogil:
    cdef double dp = p_c1 - p_cim
    if dp < 0.0 and v_cim < 0.1:
        dp *= 10.0 * v_cim
    return dp


cdef inline double coronary_outflow_drop(double p_cim, double outside, double p_ra) noexcept nogil:
    return p_cim - (outside if outside > p_ra else p_ra)
