"""Compartments and flows of the circulation, by number, and which flow joins which compartments.

    LV -(AV)-> AA ascending aorta and arch --> DA descending aorta (balloon) --> AB abdominal and iliac arteries
    AB --> VIS viscera and kidneys, LEG the leg that a catheter goes through, LB the rest of the lower body, other leg and pelvis
    AA --> UB upper body;  UB, VIS, LEG, LB -> SV systemic veins -> VC venae cavae -> RA -(TV)-> RV -(PV)-> PA --> PD -> PVN -> LA
    -(MV)-> LV
    AA -> C1 -> CIM (coronaries: epicardial, intramyocardial) -> RA;   left pump LV -> AA
    right pump VC -> PA;   VA-ECMO VC -> AB (femoral) or VC -> AA (central), VC -> LEG (distal perfusion cannula)

A new path is a flow more: a number here, a row of FROM and TO, its term in `circulation.pxd`.
"""

cdef enum:  # compartments; vessels first, so that they are one array for the processor
    AA = 0
    DA = 1
    AB = 2
    UB = 3
    LB = 4
    LEG = 5
    VIS = 6
    SV = 7
    VC = 8
    PA = 9
    PD = 10
    PVN = 11
    C1 = 12
    CIM = 13
    VESSELS = 14
    LV = 14
    LA = 15
    RV = 16
    RA = 17
    COMPARTMENTS = 18

cdef enum:  # flows: valves in the order of valve.pxd, with inertance, resistive, pump
    Q_AV = 0
    Q_MV = 1
    Q_PV = 2
    Q_TV = 3
    Q_AA_DA = 4
    Q_DA_AB = 5
    Q_AA_UB = 6
    Q_AB_LB = 7
    Q_AB_LEG = 8
    Q_AB_VIS = 9
    Q_PA_PD = 10
    Q_UB_SV = 11
    Q_LB_SV = 12
    Q_LEG_SV = 13
    Q_VIS_SV = 14
    Q_SV_VC = 15
    Q_VC_RA = 16
    Q_PD_PVN = 17
    Q_PVN_LA = 18
    Q_AA_C1 = 19
    Q_C1_CIM = 20
    Q_CIM_RA = 21
    Q_PUMP = 22
    Q_RPUMP = 23
    Q_ECMO_AB = 24
    Q_ECMO_AA = 25
    Q_ECMO_LEG = 26
    FLOWS = 27
    FIRST_RESISTIVE = 11
    RESISTIVE = 11


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
    source[Q_AB_LEG] = AB; target[Q_AB_LEG] = LEG
    source[Q_AB_VIS] = AB; target[Q_AB_VIS] = VIS
    source[Q_PA_PD] = PA; target[Q_PA_PD] = PD
    source[Q_UB_SV] = UB; target[Q_UB_SV] = SV
    source[Q_LB_SV] = LB; target[Q_LB_SV] = SV
    source[Q_LEG_SV] = LEG; target[Q_LEG_SV] = SV
    source[Q_VIS_SV] = VIS; target[Q_VIS_SV] = SV
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
    source[Q_ECMO_LEG] = VC; target[Q_ECMO_LEG] = LEG
