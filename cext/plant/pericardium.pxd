"""Pericardium: one sac around the four chambers (Mynard & Smolich 2015, Ann Biomed Eng 43:1443).

    P_peri = P_it + K*exp((V_pc - V0)/Phi),   V_pc = V_LV + V_RV + V_LA + V_RA + 30 mL fluid + 192 mL muscle

A chronically dilated heart has a grown pericardium: a larger V0. P_it is the pressure in the chest.
"""

from libc.math cimport exp

ctypedef struct Pericardium:
    double k             # mmHg
    double offset_mL     # fluid + muscle - V0
    double per_phi       # 1/mL


cdef inline double pericardium_pressure(const Pericardium* p, double chambers_mL, double p_it) noexcept nogil:
    return p_it + p.k * exp((chambers_mL + p.offset_mL) * p.per_phi)
