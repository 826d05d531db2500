"""A bench on NI-DAQ cards: volts, levels and edges as the signals of the table.

The tick reads and writes through rigs.nidaq.lines; tasks, survey of the cards and preflight are Python and run at opening.
Outputs are written on demand in every timing: they leave when they are computed, and a safe value never waits for a sample
clock that may be what has failed.
"""

from libc.math cimport NAN, fmax, fmin
from libc.stdint cimport uint32_t

from cext.clock cimport Clock
from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport QUALITY_ABSENT, QUALITY_GOOD, QUALITY_RANGE, QUALITY_STALE, RIG_ABI, RIG_CLOSED, RIG_OK, Rig
from rigs.nidaq.lines cimport Lines, SampleClock

from collections.abc import Mapping
from typing import Any

from rigs.nidaq.driver import Driver
from rigs.nidaq.preflight import READS, preflight
from rigs.nidaq.survey import survey
from rigs.nidaq.tasks import Tasks
from rigs.nidaq.wiring import Wiring

cdef enum:
    CLOSING_TRIES = 3        # to write the safe values on the way out


cdef class NidaqRig(Rig):
    """`wiring`: the bench's terminals. `driver`: the library that nidaqmx has loaded. `period_s`: of the tick.

    `reads`: rounds of the preflight. Raises OSError where the library lacks a function.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, wiring: Wiring, driver: Driver, double period_s, reads: int = READS) -> None:
        cdef int i
        self.wiring, self.period_s, self.simulated, self.reads = wiring, period_s, driver.simulated, reads
        self.lines = Lines(driver.handle, max(10 * period_s, 0.05))
        self.found, self.measured = {}, ""
        for i, row in enumerate(wiring.analog_in):
            self.ai[i] = AnalogRow(row.slot, row.gain_per_V, row.offset, row.low_V, row.high_V, 0.0, 0.0)
        for i, row in enumerate(wiring.digital_in):
            self.di[i] = DigitalRow(row.slot, row.invert, 0.0, 0.0)
        for i, row in enumerate(wiring.counters):
            self.counter[i].slot, self.counter[i].offset = row.slot, row.offset
            self.counter[i].gain_per_Hz = row.gain_per_Hz
            self.counter[i].ticks = min(max(round(row.window_s / period_s), 1), WINDOW_TICKS - 1)
        for i, row in enumerate(wiring.analog_out):
            self.ao[i] = AnalogRow(row.slot, row.gain_per_V, row.offset, row.low_V, row.high_V, row.rest, row.safe)
        for i, row in enumerate(wiring.digital_out):
            self.do[i] = DigitalRow(row.slot, row.invert, row.rest, row.safe)

    def make_clock(self, realtime: bool) -> Clock | None:
        """The card's sample clock where the bench is timed by it; None: the machine's own.

        Raises ValueError: a real bench in virtual time.
        """
        if not realtime and not self.simulated:
            raise ValueError("a wired bench runs in real time only: leave out --fast")
        self.virtual_time = not realtime
        if self.wiring.timing != "hardware":
            return None
        self.sample_clock = SampleClock(self.lines, round(self.period_s * 1e6), realtime)
        return self.sample_clock

    def open(self) -> None:
        """Asks the cards, makes the tasks with every output at rest, and measures. Raises OSError with the driver's words."""
        if self.is_open:
            return
        self.found = survey(self.wiring, self.period_s)
        self.tasks = Tasks(self.wiring, self.period_s)
        try:
            self.tasks.open()
            self.lines.attach(**self.tasks.handles)
            for i in range(4):
                self.counter[i].filled = self.counter[i].at = 0
            self.settle(rest=True)
            clock = self.sample_clock if self.wiring.timing == "hardware" else None
            if self.wiring.timing == "hardware" and clock is None:
                clock = SampleClock(self.lines, round(self.period_s * 1e6), not self.simulated)
            budget_pct = None if self.virtual_time else self.wiring.budget_pct
            self.measured = preflight(self.lines, clock, self.period_s, budget_pct, self.reads)
            self.tasks.watch()               # last: from now on it wants to be fed
            self.lines.attach(**self.tasks.handles)
            self.first_write = True
        except BaseException:
            self.leave(rest=True)
            raise
        self.is_open = True

    def settle(self, *, rest: bool) -> None:
        """Puts the rest (or safe) values on the wires; tries again a few times. Raises OSError with the driver's words."""
        cdef int i, code = RIG_OK
        for i in range(CLOSING_TRIES):
            code = self.put_levels(rest)
            if code >= 0:
                return
        raise OSError(f"NI-DAQ: the outputs could not be set to their {'rest' if rest else 'safe'} values: {self.lines.error}")

    def leave(self, *, rest: bool) -> None:
        """Lets go of the cards, with the outputs at rest or safe. What fails on the way does not stop the rest of it."""
        self.is_open = False
        try:
            self.settle(rest=rest)
        finally:
            self.lines.detach()
            self.tasks.close()

    def close(self) -> None:
        """Writes the safe values (rest where nothing was energised), then releases the cards.

        Raises OSError where the driver refuses either.
        """
        if self.is_open:
            self.leave(rest=not self.energised)

    def explain(self, code: int) -> str:
        """The driver's own words for the last error."""
        return Rig.explain(self, code) or self.lines.error

    def header(self) -> dict[str, Any]:
        """The cards that were found, the preflight's numbers, and what watches over the program."""
        return {
            "cards": dict(self.found),
            "timing": self.wiring.timing,
            "preflight": self.measured,
            "watchdog": self.wiring.watchdog or "none",
            "dropped_scans": self.lines.dropped_scans,
        }

    cdef int read(self, Frame* f) noexcept nogil:
        cdef double* to = <double*>f + FIRST_INPUT
        cdef double volts, age_s
        cdef int i, slot, code
        for i in range(INPUT_COUNT):
            to[i] = NAN
            f.quality[i] = QUALITY_ABSENT
            f.age_s[i] = 0.0
        if not self.is_open:
            return RIG_CLOSED
        if self.sample_clock is not None and self.sample_clock.code < 0:
            return self.sample_clock.code
        code = self.lines.read_all()
        if code < 0:
            return code
        age_s = (self.lines.left_scans + self.lines.waited_scans) * self.period_s if self.lines.kept_scans > 0 else 0.0
        for i in range(self.lines.ai_count):
            slot, volts = self.ai[i].slot, self.lines.ai_V[i]
            to[slot] = self.ai[i].offset + self.ai[i].gain_per_V * volts
            f.age_s[slot] = age_s
            f.quality[slot] = QUALITY_GOOD
            if not self.ai[i].low_V <= volts <= self.ai[i].high_V:
                f.quality[slot] = QUALITY_RANGE            # an open wire drifts to a rail
            if self.lines.kept_scans > 0 and not self.lines.sampled:
                f.quality[slot] = QUALITY_STALE            # the buffer fills for the first time
        for i in range(self.lines.di_count):
            slot = self.di[i].slot
            to[slot] = 1.0 if (self.lines.di_level[i] != 0) != self.di[i].invert else 0.0
            f.quality[slot] = QUALITY_GOOD
        self.count(f)
        return RIG_OK

    cdef void count(self, Frame* f) noexcept nogil:
        """Edges within the window, as a frequency; the 32 bits of the card wrap, and so does the difference."""
        cdef double* to = <double*>f + FIRST_INPUT
        cdef CounterRow* row
        cdef uint32_t edges
        cdef int i, oldest
        for i in range(self.lines.counter_count):
            row = &self.counter[i]
            row.past[row.at] = self.lines.edges[i]
            oldest = (row.at - row.filled + WINDOW_TICKS) % WINDOW_TICKS
            edges = self.lines.edges[i] - row.past[oldest]
            row.at = (row.at + 1) % WINDOW_TICKS
            f.quality[row.slot] = QUALITY_GOOD if row.filled > 0 else QUALITY_STALE
            to[row.slot] = row.offset
            if row.filled > 0:
                to[row.slot] += row.gain_per_Hz * edges / (row.filled * self.period_s)
            if row.filled < row.ticks:
                row.filled += 1

    cdef void put(self, const double* value) noexcept nogil:
        """Values by index in the signal table become volts and levels; a voltage never leaves the channel's range."""
        cdef int i
        for i in range(self.lines.ao_count):
            self.lines.ao_V[i] = fmin(
                fmax((value[self.ao[i].slot] - self.ao[i].offset) / self.ao[i].gain_per_V, self.ao[i].low_V), self.ao[i].high_V
            )
        for i in range(self.lines.do_count):
            self.lines.do_level[i] = (value[self.do[i].slot] >= 0.5) != self.do[i].invert

    cdef int write(self, const Frame* f) noexcept nogil:
        cdef int code
        if not self.is_open:
            return RIG_CLOSED
        if self.first_write:
            self.lines.revive_card()     # nobody fed it between opening and the first tick
            self.first_write = False
        self.put(<const double*>f + FIRST_OUTPUT)
        code = self.lines.write_all()
        return code if code < 0 else self.lines.feed_card()

    cdef int make_safe(self) noexcept nogil:
        return self.put_levels(not self.energised) if self.is_open else RIG_OK

    cdef int put_levels(self, bint rest) noexcept nogil:
        """The rest or safe values; the driver's code."""
        cdef double value[OUTPUT_COUNT]
        cdef int i
        for i in range(self.lines.ao_count):
            value[self.ao[i].slot] = self.ao[i].rest if rest else self.ao[i].safe
        for i in range(self.lines.do_count):
            value[self.do[i].slot] = self.do[i].rest if rest else self.do[i].safe
        self.put(value)
        # SAFETY: a card whose watchdog has expired is woken first, or it would take no values
        self.lines.revive_card()
        return self.lines.write_all()

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        return self.lines.feed_line(level) if self.is_open else RIG_CLOSED
