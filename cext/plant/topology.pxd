"""Compartments and flows of the circulation, by number, and which flow joins which compartments.

    LV -(AV)-> AA ascending aorta and arch --> DA descending aorta (balloon) --> AB abdominal and iliac arteries --> LB lower
    body
    AA --> UB upper body;  UB, LB -> SV systemic veins -> VC venae cavae -> RA -(TV)-> RV -(PV)-> PA --> PD -> PVN -> LA
    -(MV)-> LV
    AA -> C1 -> CIM (coronaries: epicardial, intramyocardial) -> RA;   left pump LV -> AA
    right pump VC -> PA;   VA-ECMO VC -> AB (femoral) or VC -> AA (central)

A new path (a leg branch) is a flow more: a number here, a row of FROM and TO, its term in `circulation.pxd`.
"""

cdef enum:  # compartments; vessels first, so that they are one array for the processor
    AA = 0
    DA = 1
    AB = 2
    UB = 3
    LB = 4
    SV = 5
    VC = 6
    PA = 7
    PD = 8
    PVN = 9
    C1 = 10
    CIM = 11
    VESSELS = 12
    LV = 12
    LA = 13
    RV = 14
    RA = 15
    COMPARTMENTS = 16

cdef enum:  # flows: valves in the order of valve.pxd, with inertance, resistive, pump
    Q_AV = 0
    Q_MV = 1
    Q_PV = 2
    Q_TV = 3
    Q_AA_DA = 4
    Q_DA_AB = 5
    Q_AA_UB = 6
    Q_AB_LB = 7
    Q_PA_PD = 8
    Q_UB_SV = 9
    Q_LB_SV = 10
    Q_SV_VC = 11
    Q_VC_RA = 12
    Q_PD_PVN = 13
    Q_PVN_LA = 14
    Q_AA_C1 = 15
    Q_C1_CIM = 16
    Q_CIM_RA = 17
    Q_PUMP = 18
    Q_RPUMP = 19
    Q_ECMO_AB = 20
    Q_ECMO_AA = 21
    FLOWS = 22
    FIRST_RESISTIVE = 9
    RESISTIVE = 9


cdef inline void topology(int* source, int* target) noexcept nogil:
    """Fills FLOWS numbers each: the compartment that a positive flow leaves, and the one it enters."""
    source[Q_AV] = LV; target[Q_AV] = AA
    source[Q_MV] = LA; target[Q_MV] = LV
    source[Q_PV] = RV; target[Q_PV] = PA
    source[Q_TV] = RA; target[Q_TV] = RV
    source[Q_AA_DA] = AA; target[Q_AA_DA] = DA
    source[Q_DA_AB] = DA; target[Q_DA_AB] = AB
    source[Q_AA_UB] = AA; target[Q_AA_UB] = UB
    source[Q_AB_LB] = AB; target[Q_AB_LB] = LB
    source[Q_PA_PD] = PA; target[Q_PA_PD] = PD
    source[Q_UB_SV] = UB; target[Q_UB_SV] = SV
    source[Q_LB_SV] = LB; target[Q_LB_SV] = SV
    source[Q_SV_VC] = SV; target[Q_SV_VC] = VC
    source[Q_VC_RA] = VC; target[Q_VC_RA] = RA
    source[Q_PD_PVN] = PD; target[Q_PD_PVN] = PVN
    source[Q_PVN_LA] = PVN; target[Q_PVN_LA] = LA
    source[Q_AA_C1] = AA; target[Q_AA_C1] = C1
    source[Q_C1_CIM] = C1; target[Q_C1_CIM] = CIM
    source[Q_CIM_RA] = CIM; target[Q_CIM_RA] = RA
    source[Q_PUMP] = LV; target[Q_PUMP] = AA
    source[Q_RPUMP] = VC; target[Q_RPUMP] = PA
    source[Q_ECMO_AB] = VC; target[Q_ECMO_AB] = AB
    source[Q_ECMO_AA] = VC; target[Q_ECMO_AA] = AA
