"""The loop: one tick from sensor to actuator to ring."""

from cext.clock cimport Clock
from cext.commands cimport CommandRing
from cext.cell cimport Cell
from cext.estimate.beats cimport Beats
from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings
from cext.guard cimport Guard
from cext.laws.counterpulsation cimport Counterpulsation
from cext.laws.pump_speed cimport PumpSpeed
from cext.machine cimport Machine
from cext.ramps cimport Ramps
from cext.rig cimport Rig
from cext.ring cimport RingWriter
from cext.spec cimport CoreSpec
from cext.statistics cimport Histogram
