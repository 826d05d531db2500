"""Device files to structs: see devices.pyx."""

from cext.plant.balloon cimport Balloon
from cext.plant.rotary_pump cimport RotaryPump

cdef int balloon_from(Balloon* p, dict device, double dt) except -1
cdef int rotary_pump_from(RotaryPump* p, dict device, double dt) except -1
