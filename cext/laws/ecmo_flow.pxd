"""ECMO pump speed: as set, or found for a flow. Asks for cmd.ecmo_speed_rpm and cmd.ecmo_enable.

    dn/dt = 300 rpm/s per L/min * (flow asked for - flow measured), at most 500 rpm/s       n between 0 and 5000 rpm
Without a measured flow the speed stays. Not running the circuit is clamped: a pump that stands in an open circuit runs backward.
"""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings
from cext.spec cimport CoreSpec

cdef struct EcmoFlow:
    double reference_rpm


cdef inline void ecmo_flow_init(EcmoFlow* p) noexcept nogil:
    p.reference_rpm = 0.0


cdef inline void ecmo_flow_step(EcmoFlow* p, const Settings* s, const CoreSpec* spec, Frame* f, bint running) noexcept nogil:
    cdef double change = 0.0, most = 500.0 * spec.period_s
    if not running or s.ecmo_enabled < 0.5:
        p.reference_rpm = 0.0
        f.cmd_ecmo_speed_rpm = 0.0
        f.cmd_ecmo_enable = 0.0
        return
    if p.reference_rpm <= 0.0 and (s.ecmo_speed_rpm > 0.0 or s.ecmo_flow_L_min > 0.0):
        p.reference_rpm = 1500.0   # where a circuit begins to move blood forward against an artery
    if s.ecmo_speed_rpm > 0.0:
        change = s.ecmo_speed_rpm - p.reference_rpm
    elif s.ecmo_flow_L_min > 0.0:
        if isfinite(f.in_ecmo_flow_L_min):
            change = 300.0 * spec.period_s * (s.ecmo_flow_L_min - f.in_ecmo_flow_L_min)
    else:
        change = -p.reference_rpm
    p.reference_rpm = fmin(fmax(p.reference_rpm + fmin(fmax(change, -most), most), 0.0), 5000.0)
    f.cmd_ecmo_speed_rpm = p.reference_rpm
    f.cmd_ecmo_enable = 1.0
