"""Sensor and actuator tables of a bench file to structs: see instruments.pyx."""

from libc.stdint cimport uint64_t
from cext.plant.actuator cimport Actuator
from cext.plant.sensor cimport Sensor

cdef int sensor_from(Sensor* p, str channel, dict table, object limits, double dt) except -1
cdef int actuator_from(Actuator* p, str channel, dict table, object limits, double dt) except -1
cdef uint64_t channel_seed(long long seed, str channel)
