"""A pump drive on a bus as the tick sees it: see pump_drive.pyx."""

from cext.cell cimport Cell
from cext.generated.frame cimport Frame
from cext.rig cimport Rig
from rigs.modbus.mailbox cimport Order, Report


cdef class PumpDrive(Rig):
    cdef Cell orders
    cdef Cell reports
    cdef Order order
    cdef Report report
    cdef double safe_rpm
    cdef double safe_enable
    cdef double last_enable        # as written by the tick; make_safe makes no edge
    cdef double asked_hz
    cdef double stale_s            # age from which a value is stale: before the drive counts as lost
    cdef bint part                 # of a composite rig: leaves other channels alone
    cdef bint reads_current
    cdef bint reads_flow
    cdef object bus
    cdef object what
    cdef object connection
    cdef void serve(self, Frame* f, int channel, double value, double age_s) noexcept nogil
    cdef void send(self) noexcept nogil
