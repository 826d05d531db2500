"""The virtual rig: see virtual.pyx."""

from libc.stdint cimport uint64_t
from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.generated.settings cimport Settings
from cext.plant.actuator cimport Actuator, ActuatorState
from cext.plant.plant cimport Plant, PlantInputs, PlantState
from cext.plant.rotary_pump cimport RotaryPump
from cext.plant.sensor cimport Sensor, SensorState
from cext.rig cimport Rig

cdef enum:
    PUMP_CHOICES = 16


cdef class VirtualRig(Rig):
    cdef Plant plant
    cdef PlantState state
    cdef Settings in_force                    # those that the plant's parameters were derived from
    cdef RotaryPump pumps[PUMP_CHOICES]       # by the index of pump.device
    cdef RotaryPump right_pumps[PUMP_CHOICES] # by the index of rpump.device
    cdef int pump_choice
    cdef Sensor sensors[INPUT_COUNT]
    cdef SensorState sensor_states[INPUT_COUNT]
    cdef bint present[INPUT_COUNT]
    cdef bint referred[INPUT_COUNT]           # a reference in place of the plant is on the sensor
    cdef double reference[INPUT_COUNT]
    cdef Actuator actuators[OUTPUT_COUNT]
    cdef ActuatorState actuator_states[OUTPUT_COUNT]
    cdef double commands[OUTPUT_COUNT]
    cdef double rest[OUTPUT_COUNT]
    cdef double safe[OUTPUT_COUNT]
    cdef double period
    cdef uint64_t rhythm_seed
    cdef bint owed                            # read since the last step: the period must still pass
    cdef void advance(self) noexcept nogil
    cdef void begin(self) noexcept nogil
    cdef void fit_pump(self) noexcept nogil
