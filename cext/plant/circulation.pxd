"""The closed loop: compartments, flows, and one step of all of them. Map and numbers: topology.pxd.

    dV_i/dt = sum of flows in - sum of flows out            each flow leaves one compartment as it enters another
    P_LV = P_peri + P_act*(1 - k_R*(q_AV + q_pump)),  P_RV alike with q_PV;  atria P_peri + P_act       (chamber.pxd)
    SV -> VC falls to zero as P_RA goes from -2 to -6 mmHg (the veins collapse where they enter the chest)
    blood volume: what is given or taken goes into or out of SV, at most 50 mL/s, so 500 mL take 10 s.

The functions: circulation_flows.pxd (openings and flows), circulation_step.pxd (volumes and pressures).
Order of a step: (pressures at n are known) openings and flows to n + 1/2; volumes to n + 1; pressures at n + 1 with the
activations of n + 1. Second order in the smooth parts (leapfrog), implicit where it is stiff: valve.pxd, vessel.pxd.
"""

from cext.plant.chamber cimport Chamber
from cext.plant.pericardium cimport Pericardium
from cext.plant.topology cimport COMPARTMENTS, FLOWS, RESISTIVE, VESSELS
from cext.plant.valve cimport VALVES, Valve
from cext.plant.vessel cimport Segment, Vessels

cdef enum:
    SEGMENTS = 6          # with inertance, but for AA-DA, which the balloon narrows

ctypedef struct Circulation:
    double dt
    double per_dt
    Vessels vessels
    double aa_da_l_per_dt
    double aa_da_r
    Segment segment[SEGMENTS]             # DA-AB, AA-UB, AB-LB, PA-PD, AB-LEG, AB-VIS
    double leg_narrowed                   # factor on R(AB-LEG): branches.pxd
    double conductance[RESISTIVE]
    Valve valve[VALVES]
    Chamber lv
    Chamber la
    Chamber rv
    Chamber ra
    Pericardium pericardium
    double kappa
    double lv_to_rv                       # septum: share of P_act that the other ventricle feels
    double rv_to_lv
    double blood_delta_mL                 # asked for, against the volume of the start
    double infusion_step_mL               # at most, per step

ctypedef struct CirculationState:
    double v[COMPARTMENTS]                # mL
    double p[COMPARTMENTS]                # mmHg
    double q[FLOWS]                       # mL/s, at n + 1/2
    double net[COMPARTMENTS]
    double net_before[VESSELS]
    double flow_now[RESISTIVE]
    double zeta[VALVES]
    double p_peri
    double act_lv                         # P_act without outflow
    double act_rv
    double out_lv                         # forward outflow, carried to n
    double out_rv
    double right_flow                     # right pump and ECMO as they flow in their tubes
    double ecmo_flow
    double lost_AA                        # blood that a leak behind the ECMO pump loses
    double lost_AB
    double given_mL                       # blood given so far
