"""A whole bench without hardware: the real NI-DAQ rig, on the stand-in driver, on simulated cards, on the virtual plant.

The tick goes through everything that it goes through on real cards. What it is told beside that, and no real bench could tell, is
the truth of the plant (plant.*), which metrics and reports of a simulated bench are made from.
"""

from libc.string cimport memcpy

from cext.clock cimport Clock, MonotonicClock, StepClock
from cext.generated.frame cimport Frame
from cext.rig cimport RIG_ABI, Rig
from rigs.simdaq.bench cimport BenchClock, SimulatedBench

from cext.tables import load

cdef int FIRST_PLANT = -1
cdef int PLANT_COUNT = 0
for _i, _signal in enumerate(load.signals()):
    if _signal.path.startswith("plant."):
        FIRST_PLANT = _i if FIRST_PLANT < 0 else FIRST_PLANT
        PLANT_COUNT = _i - FIRST_PLANT + 1


cdef class SimulatedWires(Rig):
    """`inner`: the rig that believes in its cards. `bench`: the cards and what is behind them."""

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, Rig inner not None, SimulatedBench bench not None, double period_s) -> None:
        self.inner, self.bench, self.period_s = inner, bench, period_s

    def make_clock(self, realtime: bool) -> Clock:
        """The simulated card's sample clock, or a clock after which the plant steps."""
        self.real_pace = realtime
        clock = self.inner.make_clock(realtime)
        if clock is not None:
            return clock
        return BenchClock(self.bench, (MonotonicClock if realtime else StepClock)(round(self.period_s * 1e6)))

    def open(self) -> None:
        """Opens the plant, then the rig. Raises OSError with the driver's words."""
        self.hand_on()
        self.bench.begin(self.real_pace)
        try:
            self.inner.open()
        except BaseException:
            self.bench.end()
            raise
        self.is_open = True

    def close(self) -> None:
        """Closes the rig, then the plant. Raises OSError with the driver's words."""
        if not self.is_open:
            return
        self.is_open = False
        self.hand_on()
        try:
            self.inner.close()
        finally:
            self.bench.end()

    def explain(self, code: int) -> str:
        return self.inner.explain(code)

    def complaints(self) -> list[str]:
        return self.inner.complaints()

    def clear_faults(self) -> None:
        self.inner.clear_faults()

    def header(self) -> dict[str, object]:
        return {"simulated": "SIMULATED: no hardware behind these wires"} | self.inner.header()

    def put_reference(self, channel: str, value: float | None) -> bool:
        """On the sensor of the plant: sensor, wire and converter measure it."""
        return self.bench.plant is not None and self.bench.plant.put_reference(channel, value)

    cdef void hand_on(self) noexcept nogil:
        self.inner.settings = self.settings
        self.inner.energised = self.energised
        if self.bench.plant is not None:
            self.bench.plant.settings = self.settings

    cdef int read(self, Frame* f) noexcept nogil:
        cdef int code
        self.hand_on()
        code = self.inner.read(f)
        if self.bench.plant is not None:
            memcpy(<double*>f + FIRST_PLANT, <const double*>&self.bench.frame + FIRST_PLANT, PLANT_COUNT * sizeof(double))
        return code

    cdef int write(self, const Frame* f) noexcept nogil:
        self.hand_on()
        return self.inner.write(f)

    cdef int make_safe(self) noexcept nogil:
        self.hand_on()
        return self.inner.make_safe()

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        return self.inner.feed_watchdog(level)
