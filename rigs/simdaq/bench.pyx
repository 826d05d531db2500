"""What the stand-in's wires lead to: simulated cards in shared memory, and a plant behind them that steps as time passes.

Time belongs to the tick's clock. With hardware timing the stand-in's sample clock calls the plant; otherwise `BenchClock` does,
after each wait of the clock that it wraps. Nothing else moves the plant, so a run in virtual time gives the same bits again.
"""

from libc.math cimport NAN
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset
from posix.dlfcn cimport dlsym

from cext.clock cimport Clock, Wake
from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport QUALITY_ABSENT, Rig
from rigs.simdaq.segment cimport *

from collections.abc import Iterable, Sequence

from cext.tables import load
from rigs.nidaq.driver import Driver
from rigs.nidaq.terminal import Terminal
from rigs.nidaq.wiring import Wiring
from rigs.simdrive.hosted import SimulatedPumpDrive


cdef void* _door(driver, name) except NULL:
    cdef void* found = dlsym(<void*><size_t>driver.handle, name.encode())
    if found == NULL:
        raise OSError(f"{driver.name} is not the stand-in driver: it has no {name}")
    return found


cdef void _step(void* bench, int64_t periods) noexcept nogil:
    (<SimulatedBench>bench).step(periods)


cdef class SimulatedBench:
    """Simulated cards on the stand-in driver, with `plant` (a rig, the virtual one) on the other end of `wiring`.

    A channel's sensor, actuator and range are the plant's; the cards add their converters. `plant` None: loose wires, which a
    test moves by `volts`, `level` and `add_edges`. One bench at a time: the cards are the driver's.

    Raises ValueError: a terminal that no simulated card has. OSError: the library is not the stand-in.
    """

    def __init__(
        self, driver: Driver, wiring: Wiring, Rig plant, double period_s, devices: Iterable[str] = (),
        drives: Sequence[SimulatedPumpDrive] = (),
    ) -> None:
        self.segment = (<SimSegmentOf>_door(driver, "mockloop_simdaq_segment"))()
        self.reset = <SimReset>_door(driver, "mockloop_simdaq_reset")
        self.install = <SimInstall>_door(driver, "mockloop_simdaq_install")
        self.attach = <SimAttach>_door(driver, "mockloop_simdaq_attach")
        self.passed = <SimPassed>_door(driver, "mockloop_simdaq_passed")
        self.plant, self.wiring, self.turned = plant, wiring, []
        self.period_ns = round(period_s * 1e9)
        self.reset()
        for name in devices or wiring.devices:
            if self.install(name.encode(), wiring.product.encode()) < 0:
                raise ValueError(f"the stand-in has no card {wiring.product} for {name}")
        for row in wiring.analog_in:
            self._wire(&self.ai[self.ai_count], row, row.gain_per_V, row.offset)
            self.ai[self.ai_count].rail_V = row.high_V * 1.05
            self.ai_count += 1
        for row in wiring.digital_in:
            self._wire(&self.di[self.di_count], row, 1.0, 0.0)
            self.di[self.di_count].invert = row.invert
            self.di_count += 1
        for row in wiring.counters:
            self._wire(&self.counter[self.counter_count], row, row.gain_per_Hz, row.offset)
            self.counter_count += 1
        for row in wiring.analog_out:
            self._wire(&self.ao[self.ao_count], row, row.gain_per_V, row.offset)
            self.ao_count += 1
        for row in wiring.digital_out:
            self._wire(&self.do[self.do_count], row, 1.0, 0.0)
            self.do[self.do_count].invert = row.invert
            self.do_count += 1
        for drive in drives:
            self._shaft(drive)
        self.attach(_step, <void*>self, self.period_ns)

    cdef object _shaft(self, drive):
        """The pump on this drive's shaft turns with it, and gives it load and flow."""
        cdef ShaftWire* wire = &self.shafts[self.shaft_count]
        ins, outs = [s.path[3:] for s in load.inputs()], [s.path[4:] for s in load.outputs()]
        driven, measured = drive.driven, drive.measured
        self.turned.append(drive)           # keeps the memory
        wire.word = <double*><size_t>drive.hosted.shaft.address()
        wire.speed, wire.enable = outs.index(driven["speed"]), outs.index(driven["enable"])
        wire.current = ins.index(measured["current"]) if "current" in measured else -1
        wire.flow = ins.index(measured["flow"]) if "flow" in measured else -1
        self.shaft_count += 1

    cdef object _wire(self, Wire* wire, row, double gain, double offset):
        cdef SimDevice* device = self._device(row.terminal.device)
        wire.slot, wire.gain, wire.offset = row.slot, gain, offset
        wire.device, wire.port, wire.index = device, row.terminal.port, row.terminal.index
        if wire.port >= SIM_PORTS or wire.index >= SIM_PORT_LINES:
            raise ValueError(f"{row.name}: no simulated card has {row.terminal}")

    cdef SimDevice* _device(self, name) except NULL:
        for i in range(SIM_DEVICES):
            if (<bytes>self.segment.device[i].name).decode() == name:
                return &self.segment.device[i]
        raise ValueError(f"there is no simulated card {name}")

    def begin(self, real_pace: bool) -> None:
        """Opens the plant and lays its first measurements on the wires. `real_pace`: the sample clock waits for real time."""
        self.segment.real_pace = real_pace
        memset(&self.frame, 0, sizeof(Frame))
        self.attach(_step, <void*>self, self.period_ns)
        if self.plant is not None:
            self.plant.open()
            self.take_outputs()
            self.plant.read(&self.frame)
            self.lay_inputs()

    def end(self) -> None:
        """Lets go of the plant; the wires stay as they are."""
        self.attach(NULL, NULL, self.period_ns)
        if self.plant is not None:
            self.plant.close()

    def let_pass(self, int64_t periods) -> None:
        """Time passes without a clock: for tests."""
        with nogil:
            self.step(periods)

    # -- faults

    def fail(self, at_call: int, code: int, count: int = 1) -> None:
        """The `at_call`-th call of the driver from now (1: the next) and `count` - 1 after it answer `code`. 0: none fails."""
        if code >= 0:
            raise ValueError(f"an error code of the driver is below 0, not {code}")
        self.segment.fail_count, self.segment.fail_code = count, code
        self.segment.fail_at = self.segment.calls + at_call if at_call else 0

    @property
    def calls(self) -> int:
        """Calls of the driver so far."""
        return self.segment.calls

    @property
    def passed_s(self) -> float:
        """Time that has passed on the cards."""
        return self.segment.now_ns * 1e-9

    def delay(self, latency_s: float) -> None:
        """Every call that touches the card takes so much longer from now on."""
        self.segment.latency_ns = round(latency_s * 1e9)

    # -- the wires by hand

    def volts(self, terminal: Terminal, value: float | None = None) -> float:
        """The voltage on an analog terminal; `value` lays it there."""
        cdef SimDevice* device = self._device(terminal.device)
        cdef double* at = &device.ai_V[terminal.index] if terminal.kind == "ai" else &device.ao_V[terminal.index]
        if value is not None:
            at[0] = value
        return at[0]

    def level(self, terminal: Terminal, value: bool | None = None) -> bool:
        """The level of a line; `value` lays it there."""
        cdef SimDevice* device = self._device(terminal.device)
        if value is not None:
            device.line[terminal.port][terminal.index] = value
        return bool(device.line[terminal.port][terminal.index])

    def add_edges(self, terminal: Terminal, count: int) -> None:
        """So many pulses arrive at a counter."""
        self._device(terminal.device).edges[terminal.index] += count

    def outputs(self) -> dict[str, float]:
        """What the outputs' wires mean now, by channel name, in units of the signal table."""
        self.take_outputs()
        values = {}
        for row in (*self.wiring.analog_out, *self.wiring.digital_out):
            values[row.name] = (<double*>&self.frame + FIRST_OUTPUT)[<int>row.slot]
        return values

    # -- as time passes

    cdef void step(self, int64_t periods) noexcept nogil:
        cdef int64_t i
        for i in range(periods):
            if self.plant is not None:
                self.take_outputs()
                self.plant.write(&self.frame)
                self.plant.read(&self.frame)
                self.lay_inputs()
            self.passed(self.period_ns)

    cdef void take_outputs(self) noexcept nogil:
        cdef double* value = <double*>&self.frame + FIRST_OUTPUT
        cdef Wire* wire
        cdef int i
        for i in range(self.ao_count):
            wire = &self.ao[i]
            value[wire.slot] = wire.offset + wire.gain * wire.device.ao_V[wire.index]
        for i in range(self.do_count):
            wire = &self.do[i]
            value[wire.slot] = 1.0 if (wire.device.line[wire.port][wire.index] != 0) != wire.invert else 0.0

        for i in range(self.shaft_count):       # a shaft that still turns is held by its drive, or brakes as the drive says
            value[self.shafts[i].speed] = self.shafts[i].word[SHAFT_SPEED]
            value[self.shafts[i].enable] = self.shafts[i].word[SHAFT_RUNNING] > 0.5 or self.shafts[i].word[SHAFT_SPEED] > 0.0

    cdef void lay_inputs(self) noexcept nogil:
        cdef const double* value = <const double*>&self.frame + FIRST_INPUT
        cdef Wire* wire
        cdef int i
        for i in range(self.ai_count):
            wire = &self.ai[i]
            if self.frame.quality[wire.slot] == QUALITY_ABSENT or value[wire.slot] != value[wire.slot]:
                wire.device.ai_V[wire.index] = wire.rail_V      # nothing drives this wire
            else:
                wire.device.ai_V[wire.index] = (value[wire.slot] - wire.offset) / wire.gain
        for i in range(self.shaft_count):
            if self.shafts[i].current >= 0:
                self.shafts[i].word[SHAFT_CURRENT] = value[self.shafts[i].current]
            if self.shafts[i].flow >= 0:
                self.shafts[i].word[SHAFT_FLOW] = value[self.shafts[i].flow]
        for i in range(self.di_count):
            wire = &self.di[i]
            wire.device.line[wire.port][wire.index] = (value[wire.slot] >= 0.5) != wire.invert
        for i in range(self.counter_count):
            wire = &self.counter[i]
            if value[wire.slot] == value[wire.slot]:
                wire.part += (value[wire.slot] - wire.offset) / wire.gain * self.period_ns * 1e-9
            if wire.part >= 1.0:
                wire.device.edges[wire.index] += <uint64_t>wire.part
                wire.part -= <double><uint64_t>wire.part


cdef class BenchClock(Clock):
    """A clock that lets time pass on the simulated bench after each wait of `inner`, missed periods included."""

    def __init__(self, SimulatedBench bench not None, Clock inner not None) -> None:
        self.inner, self.bench = inner, bench
        Clock.__init__(self, inner.period_ns // 1000)

    cdef void start(self) noexcept nogil:
        if self.inner is not None:
            self.inner.start()
            self.missed, self.next_ns = self.inner.missed, self.inner.next_ns

    cdef int64_t now_ns(self) noexcept nogil:
        return self.inner.now_ns() if self.inner is not None else 0

    cdef void wait(self, Wake* wake) noexcept nogil:
        self.inner.wait(wake)
        self.missed, self.next_ns = self.inner.missed, self.inner.next_ns
        self.bench.step(1 + wake.missed)
