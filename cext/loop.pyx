"""One tick from sensor to actuator to ring, and the loop around it. The order of the tick is architecture's; see `step`."""

from libc.math cimport NAN

from cext.clock cimport MonotonicClock, Wake, monotonic_ns
from cext.commands cimport Command
from cext.core cimport core_answer, core_ask, core_init
from cext.generated.frame cimport FIRST_CMD, FIRST_INPUT, INPUT_COUNT, OUTPUT_COUNT, SIGNAL_COUNT
from cext.generated.settings cimport SETTING_COUNT, SETTING_FIELDS
from cext.generated.states cimport (
    COND_arm, COND_disarm, COND_reset, COND_start, COND_stop, COND_trip_request, CONDITION_COUNT, STATE_FAULT, STATE_RUNNING,
    STATE_SAFE,
)
from cext.law cimport LAW_ABI, Law
from cext.ramps cimport ramp_begin, ramp_cancel
from cext.rig cimport QUALITY_ABSENT
from cext.spec cimport Spec

import math
from collections.abc import Mapping

from cext.commands import CommandsFull
from cext.tables.load import inputs, settings

cdef enum:
    EDGES_A_TICK = 4
    LOOK_TICKS = 256         # between two looks at the ring's room
    UNSAFE_TICKS = 100       # make_safe refused for this long: FAULT
    KIND_SET = 100
    KIND_ZERO = 101          # a new offset of an input's calibration
    VERDICT_OK = 0
    VERDICT_UNKNOWN = 1      # neither a setting nor a request

REQUESTS = {
    "arm": COND_arm, "disarm": COND_disarm, "start": COND_start, "stop": COND_stop, "reset": COND_reset,
    "trip": COND_trip_request,
}
_INDEX = {path: i for i, path in enumerate(settings())}
_INPUTS = [signal.path.removeprefix("in.") for signal in inputs()]

cdef unsigned int REQUEST_MASK = sum(1 << bit for bit in REQUESTS.values())
if SETTING_FIELDS.decode().split() != list(_INDEX):
    raise ImportError("the tables list other settings than the compiled core, or in another order: build it again (make build)")


cdef class Loop:
    """Owns the tick. One thread calls `run`; any thread may use `commands`, `ring` and `live`.

    `values` maps setting paths to encoded numbers (cext.tables.load.Setting.encode); what is missing keeps its default.
    With `lossless`, `run` waits for the ring's lossless readers instead of lapping them (virtual time only).
    `calibration`: gain and offset by input. `law`: a plug-in that steps after the built-in laws, before limit and gate.
    """

    def __init__(
        self, Rig rig not None, Spec spec not None, RingWriter ring not None, Clock clock not None,
        values: Mapping[str, float], *, lossless: bool = False, calibration: Mapping[str, tuple[float, float]] | None = None,
        Law law = None,
    ) -> None:
        cdef double* setting = <double*>&self.core.settings
        cdef double* signal = <double*>&self.frame
        cdef int i
        if ring.frame_bytes != sizeof(Frame):
            raise ValueError(f"the ring has frames of {ring.frame_bytes} bytes, a frame of this core has {sizeof(Frame)}")
        if lossless and isinstance(clock, MonotonicClock):
            raise ValueError("a loop in real time waits for nobody: lossless needs a step clock")
        self.rig, self.ring, self.clock, self.lossless = rig, ring, clock, lossless
        self.live = Cell(sizeof(Frame))
        self.commands = Commands()
        self.lateness, self.execution = Histogram(), Histogram()
        for path, row in settings().items():
            number = values.get(path, row.encode(row.default))
            if not row.holds(number):
                raise ValueError(f"{path} = {number} is refused: allowed is {row.allowed}")
            setting[_INDEX[path]] = number
        for i in range(SIGNAL_COUNT):
            signal[i] = math.nan
        for i in range(INPUT_COUNT):
            self.frame.quality[i] = QUALITY_ABSENT
            self.frame.age_s[i] = math.inf
        self.core.spec = spec.c
        core_init(&self.core)
        for name, (gain, offset) in (calibration or {}).items():
            if not (math.isfinite(gain) and gain != 0.0 and math.isfinite(offset)):
                raise ValueError(f"calibration of {name}: gain = {gain}, offset = {offset} must be finite, the gain not 0")
            i = _INPUTS.index(name)
            self.core.calibration.on[i] = True
            self.core.calibration.gain[i], self.core.calibration.offset[i] = gain, offset
        for i in range(OUTPUT_COUNT):
            signal[FIRST_CMD + i] = 0.0
            (<double*>&self.frame.out_valve_pressure)[i] = spec.c.outputs[i].rest
        self.frame.state_sim_faults = 0.0
        self.tick = self.missed = 0
        rig.settings = &self.core.settings
        if law is not None and law.abi != LAW_ABI:
            said = f"was compiled for LAW_ABI {law.abi}" if law.abi else "does not say its LAW_ABI (self.abi = LAW_ABI in __cinit__)"
            raise ImportError(f"law {type(law).__name__} {said}, this core has {LAW_ABI}: rebuild its package")
        self.law = law
        if law is not None:
            law.settings, law.spec = &self.core.settings, &self.core.spec

    def request(self, name: str) -> int:
        """Sends an edge (arm, disarm, start, stop, reset, trip); returns its number. Raises KeyError, CommandsFull.

        A request is a sign of life as well: what a supervisor asks for must not fail because it was busy before. A trip is
        demanded beside the queue first, and is in force in the next tick whatever waits there; 0 if the queue was full.
        """
        kind = REQUESTS[name]
        self.commands.heartbeat()
        if kind != COND_trip_request:
            return self.commands.send(kind)
        self.commands.trip()
        try:
            return self.commands.send(kind)
        except CommandsFull:
            return 0

    def set(self, path: str, double value, double ramp_s=0.0) -> int:
        """Sends a new value (encoded) for a setting; returns its number.

        With `ramp_s` the tick moves the setting linearly from the value in force.

        Raises:
            KeyError: no such setting. ValueError: a value that it does not take. CommandsFull.
        """
        row = settings()[path]
        if not row.holds(value):
            raise ValueError(f"{path} = {value} is refused: allowed is {row.allowed}")
        return self.commands.send(KIND_SET, _INDEX[path], value, ramp_s)

    def zero(self, name: str, double offset) -> int:
        """Sends a new offset (in the input's unit) of an input's calibration; its gain stays. Returns the command's number.

        Raises:
            ValueError: no such input, or not finite. CommandsFull.
        """
        if name not in _INPUTS:
            raise ValueError(f"there is no input {name}; inputs are {', '.join(_INPUTS)}")
        return self.commands.send(KIND_ZERO, _INPUTS.index(name), offset)

    def calibration(self) -> dict[str, tuple[float, float]]:
        """Gain and offset in force of every input that is calibrated."""
        return {
            name: (self.core.calibration.gain[i], self.core.calibration.offset[i])
            for i, name in enumerate(_INPUTS) if self.core.calibration.on[i]
        }

    def values(self) -> dict[str, float]:
        """The settings in force, encoded. Each number is whole; across settings they may come from two ticks."""
        cdef const double* setting = <const double*>&self.core.settings
        return {path: setting[i] for path, i in _INDEX.items()}

    def run(self, int64_t until_tick) -> int:
        """Steps until `until_tick` ticks are done, quit is asked for, or (lossless) the ring has no room for 20 ms.

        Without the GIL. Returns the ticks done.
        """
        cdef Wake wake
        cdef int64_t room = 0
        with nogil:
            while self.tick < until_tick and not self.commands.quit_wanted():
                if self.lossless and room == 0:
                    room = self.ring.wait_room(0.020)
                    if room == 0:
                        break
                    if room > LOOK_TICKS:
                        room = LOOK_TICKS    # a reader may register meanwhile
                room -= 1
                self.clock.wait(&wake)
                self.lateness.add(wake.lateness_ns)
                self.step(&wake)
        return self.tick

    cdef unsigned int requests(self) noexcept nogil:
        """Takes at most EDGES_A_TICK commands: settings are applied, edges returned as condition bits."""
        cdef Command command
        cdef unsigned int edges = 0
        cdef int taken = 0
        cdef int64_t ticks
        cdef unsigned long long verdict
        cdef double* setting = <double*>&self.core.settings
        while taken < EDGES_A_TICK and self.commands.take(&command):
            taken += 1
            verdict = VERDICT_OK
            if command.kind == KIND_SET and 0 <= command.target < SETTING_COUNT:
                ticks = <int64_t>(command.ramp_s / self.core.spec.period_s + 0.5)
                if ticks > 0:
                    ramp_begin(&self.core.ramps, setting, <int>command.target, command.value, self.tick, ticks)
                else:
                    ramp_cancel(&self.core.ramps, <int>command.target)
                    setting[command.target] = command.value
            elif command.kind == KIND_ZERO and 0 <= command.target < INPUT_COUNT:
                self.core.calibration.on[command.target] = True
                self.core.calibration.offset[command.target] = command.value
            elif 0 <= command.kind < CONDITION_COUNT and REQUEST_MASK & (1u << <int>command.kind):
                edges |= 1u << <int>command.kind
            else:
                verdict = VERDICT_UNKNOWN
            self.commands.acknowledge(command.number, verdict)
        return edges

    cdef void put_out(self) noexcept nogil:
        """Writes the outputs and toggles the watchdog line. Entering SAFE or FAULT, and whenever either fails, the rig is also
        told to make safe.
        """
        cdef bint tripped = self.core.machine.state == STATE_SAFE or self.core.machine.state == STATE_FAULT
        cdef bint entered = self.core.machine.state != self.core.machine.previous
        cdef int code
        self.rig.energised = self.core.energised
        code = self.rig.write(&self.frame)
        self.watchdog = not self.watchdog
        if code >= 0 and not tripped:
            code = self.rig.feed_watchdog(self.watchdog)   # SAFETY: SAFE and FAULT let the watchdog line stand still
        if code < 0 or (tripped and (entered or self.unsafe_ticks > 0)):
            # SAFETY: in the same tick, and again every tick until the rig has done it
            if self.rig.make_safe() < 0:
                self.unsafe_ticks += 1
                self.core.unrecoverable = self.core.unrecoverable or self.unsafe_ticks >= UNSAFE_TICKS
            else:
                self.unsafe_ticks = 0
        self.core.failed_call = code if code < 0 else 0

    cdef void step(self, const Wake* wake) noexcept nogil:
        cdef int64_t began_ns = monotonic_ns()
        cdef int code, i
        cdef unsigned int edges, causes
        cdef bint stop
        cdef unsigned long long heartbeats
        self.missed += wake.missed
        self.frame.time_tick = <double>self.tick
        self.frame.time_t_s = <double>self.tick * self.core.spec.period_s
        self.frame.time_lateness_us = <double>wake.lateness_ns * 1e-3
        self.frame.time_missed = <double>self.missed
        code = self.rig.read(&self.frame)
        if code < 0:
            for i in range(INPUT_COUNT):
                (<double*>&self.frame)[FIRST_INPUT + i] = NAN   # SAFETY: nothing of a failed read is believed
        edges = self.requests()
        if self.commands.trip_wanted():
            edges |= 1u << COND_trip_request      # SAFETY: a demanded trip waits behind no other command
        stop = self.commands.stop_wanted()
        heartbeats = self.commands.heartbeats()   # after the requests: a request and its sign of life come together
        causes = core_ask(&self.core, &self.frame, edges, stop, heartbeats, self.missed, code)
        if self.law is not None:
            self.law.step(&self.frame, <double*>&self.frame + FIRST_CMD, self.core.machine.state == STATE_RUNNING)
        core_answer(&self.core, &self.frame, causes, code)   # SAFETY: limit, state and gate come after every law
        self.put_out()
        self.ring.push(&self.frame)
        self.live.put(&self.frame)
        began_ns = monotonic_ns() - began_ns
        self.execution.add(began_ns)
        self.frame.time_exec_us = <double>began_ns * 1e-3
        self.tick += 1
