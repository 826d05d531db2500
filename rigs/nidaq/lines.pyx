"""The tick's half of the NI-DAQmx driver: reads and writes through the C functions that nidaqmx itself has loaded, on the
handles of its tasks, without the GIL. Volts and levels; what they mean is the rig's business (rig.pyx)."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy
from posix.dlfcn cimport dlerror, dlsym
from posix.time cimport CLOCK_MONOTONIC, clock_nanosleep, timespec

from cext.clock cimport Wake, monotonic_ns
from cext.rig cimport RIG_OK
from rigs.nidaq.calls cimport *

from collections.abc import Sequence

cdef enum:
    GROUP_BY_SCAN = 1
    RESET_TIMER = 0          # DAQmxControlWatchdogTask
    CLEAR_EXPIRATION = 1

FUNCTIONS = (
    "DAQmxReadAnalogF64", "DAQmxWriteAnalogF64", "DAQmxReadDigitalLines", "DAQmxWriteDigitalLines", "DAQmxReadCounterScalarU32",
    "DAQmxGetReadAvailSampPerChan", "DAQmxWaitForNextSampleClock", "DAQmxControlWatchdogTask", "DAQmxGetExtendedErrorInfo",
)
NAMES = {
    CALL_READ_ANALOG: "DAQmxReadAnalogF64", CALL_READ_DIGITAL: "DAQmxReadDigitalLines",
    CALL_READ_COUNTER: "DAQmxReadCounterScalarU32", CALL_AVAILABLE: "DAQmxGetReadAvailSampPerChan",
    CALL_WRITE_ANALOG: "DAQmxWriteAnalogF64", CALL_WRITE_DIGITAL: "DAQmxWriteDigitalLines",
    CALL_WAIT: "DAQmxWaitForNextSampleClock", CALL_WATCHDOG: "DAQmxControlWatchdogTask",
}


cdef class Lines:
    """`library`: dlopen handle of the driver (``lib_importer.cdll._library._handle`` of nidaqmx). `timeout_s`: of one call.

    Raises OSError where the library lacks a function that the tick needs.
    """

    def __init__(self, library: int, timeout_s: float) -> None:
        cdef void** to = <void**>&self.call
        self.timeout_s = timeout_s
        for i, name in enumerate(FUNCTIONS):
            to[i] = dlsym(<void*><size_t>library, name.encode())
            if to[i] == NULL:
                raise OSError(f"the NI-DAQmx library has no function {name}: {(dlerror() or b'').decode()}")

    def attach(
        self, *, ai: int = 0, ai_count: int = 0, di: int = 0, di_count: int = 0, ao: int = 0, ao_count: int = 0,
        do: int = 0, do_count: int = 0, counters: Sequence[int] = (), watchdog_line: int = 0, watchdog_card: int = 0,
        kept_scans: int = 0,
    ) -> None:
        """Takes over the handles of started tasks (0: there is none), each with its number of channels.

        `kept_scans`: the analog inputs are sampled into a buffer, of which this many scans are kept as a reserve.
        """
        if max(ai_count, ao_count) > MOST_ANALOG or max(di_count, do_count) > MOST_DIGITAL or len(counters) > MOST_COUNTERS:
            raise ValueError(
                f"NI-DAQ: at most {MOST_ANALOG} analog and {MOST_DIGITAL} digital channels each way and {MOST_COUNTERS} counters"
            )
        self.ai, self.di, self.ao, self.do = <void*><size_t>ai, <void*><size_t>di, <void*><size_t>ao, <void*><size_t>do
        self.ai_count, self.di_count, self.ao_count, self.do_count = ai_count, di_count, ao_count, do_count
        self.watchdog_line, self.watchdog_card = <void*><size_t>watchdog_line, <void*><size_t>watchdog_card
        self.counter_count = len(counters)
        for i, handle in enumerate(counters):
            self.counter[i] = <void*><size_t><object>handle
        self.kept_scans, self.flowing, self.sampled, self.waited_scans = kept_scans, False, False, 0
        self.left_scans, self.dropped_scans = 0, 0
        self.failing, self.failed_code = False, 0

    def detach(self) -> None:
        """Forgets every handle: nothing is called any more."""
        self.attach()

    @property
    def error(self) -> str:
        """The last error: the call, and the driver's own extended text. Empty: there was none."""
        if self.failed_code == 0:
            return ""
        text = (<bytes>self.failed_text).decode(errors="replace").strip() or f"status code {self.failed_code}"
        return f"{NAMES[self.failed_call]}: {text}"

    def measure(self, int count, SampleClock clock=None) -> np.ndarray:
        """Time in us that each of `count` rounds of reading and writing everything took, with the outputs as they are.

        With `clock` each round waits for the card's sample clock first; the wait does not count.
        Raises OSError with the driver's words when a call fails.
        """
        taken = np.empty(count)
        cdef double* taken_us = <double*><size_t>taken.ctypes.data
        cdef int64_t begin_ns
        cdef int i, code = RIG_OK
        cdef Wake wake
        with nogil:
            for i in range(count):
                if clock is not None:
                    clock.wait(&wake)
                    code = clock.code
                begin_ns = monotonic_ns()
                if code >= 0:
                    code = self.read_all()
                if code >= 0:
                    code = self.write_all()
                if code >= 0:
                    code = self.feed_card()
                if code < 0:
                    break
                taken_us[i] = (monotonic_ns() - begin_ns) * 1e-3
        if code < 0:
            raise OSError(self.error)
        return taken

    cdef int note(self, int32_t code, Call call) noexcept nogil:
        """Keeps the driver's own words of the first failure in a row: they are only known to this thread, and only now."""
        if code >= 0:
            return RIG_OK
        if not self.failing:
            self.failing = True
            self.failed_code, self.failed_call = code, call
            self.failed_text[0] = 0
            self.call.error_info(self.failed_text, ERROR_BYTES)
            self.failed_text[ERROR_BYTES - 1] = 0
        return code

    cdef int read_analog(self) noexcept nogil:
        cdef int32_t got = 0
        if self.ai == NULL:
            return RIG_OK
        if self.kept_scans > 0:
            return self.read_buffered()
        return self.note(
            self.call.read_analog(self.ai, 1, self.timeout_s, GROUP_BY_SCAN, self.ai_V, self.ai_count, &got, NULL),
            CALL_READ_ANALOG,
        )

    cdef int read_buffered(self) noexcept nogil:
        """One scan out of the card's buffer a tick, so that the waveform has no holes; with `kept_scans` in reserve.

        Too many in the buffer (the two clocks drift, or the tick was late): the surplus is dropped and counted.
        """
        cdef uint32_t surplus
        cdef int code = self.note(self.call.available(self.ai, &self.left_scans), CALL_AVAILABLE)
        if code < 0:
            return code
        self.flowing = (self.flowing or self.left_scans >= <uint32_t>self.kept_scans) and self.left_scans > 0
        self.waited_scans += 1
        while self.left_scans > <uint32_t>(2 * self.kept_scans):
            surplus = self.left_scans - self.kept_scans
            surplus = surplus if surplus < BURST else BURST
            code = self.take(surplus)
            if code < 0:
                return code
            self.dropped_scans += surplus
        return self.take(1) if self.flowing else RIG_OK

    cdef int take(self, uint32_t scans) noexcept nogil:
        """So many scans out of the buffer; the last of them stays in ai_V."""
        cdef int32_t got = 0
        cdef int code = self.note(
            self.call.read_analog(self.ai, <int32_t>scans, 0.0, GROUP_BY_SCAN, self.ai_V, self.ai_count * BURST, &got, NULL),
            CALL_READ_ANALOG,
        )
        if code < 0:
            return code
        if scans > 1:
            memcpy(self.ai_V, &self.ai_V[(scans - 1) * self.ai_count], self.ai_count * sizeof(double))
        self.left_scans -= scans
        self.waited_scans = 0
        self.sampled = True
        return RIG_OK

    cdef int read_digital(self) noexcept nogil:
        cdef int32_t got = 0
        cdef int32_t size = 0
        if self.di == NULL:
            return RIG_OK
        return self.note(
            self.call.read_digital(self.di, 1, self.timeout_s, GROUP_BY_SCAN, self.di_level, MOST_DIGITAL, &got, &size, NULL),
            CALL_READ_DIGITAL,
        )

    cdef int read_counters(self) noexcept nogil:
        cdef int i, code
        for i in range(self.counter_count):
            code = self.note(self.call.read_counter(self.counter[i], self.timeout_s, &self.edges[i], NULL), CALL_READ_COUNTER)
            if code < 0:
                return code
        return RIG_OK

    cdef int read_all(self) noexcept nogil:
        """Everything that the bench measures; stops at the first error."""
        cdef int code = self.read_analog()
        if code >= 0:
            code = self.read_digital()
        if code >= 0:
            code = self.read_counters()
        if code >= 0:
            self.failing = False
        return code

    cdef int write_all(self) noexcept nogil:
        """Everything that the bench drives; the first error."""
        cdef int32_t done = 0
        cdef int analog = RIG_OK, digital = RIG_OK
        if self.ao != NULL:
            analog = self.note(
                self.call.write_analog(self.ao, 1, 0, self.timeout_s, GROUP_BY_SCAN, self.ao_V, &done, NULL), CALL_WRITE_ANALOG
            )
        if self.do != NULL:
            # SAFETY: the digital lines are written even where the analog outputs fail
            digital = self.note(
                self.call.write_digital(self.do, 1, 0, self.timeout_s, GROUP_BY_SCAN, self.do_level, &done, NULL),
                CALL_WRITE_DIGITAL,
            )
        return analog if analog < 0 else digital

    cdef int feed_card(self) noexcept nogil:
        """The card's own watchdog: this process still writes."""
        if self.watchdog_card == NULL:
            return RIG_OK
        return self.note(self.call.watchdog(self.watchdog_card, RESET_TIMER), CALL_WATCHDOG)

    cdef int revive_card(self) noexcept nogil:
        """After it expired the card takes no writes until it is told so."""
        if self.watchdog_card == NULL:
            return RIG_OK
        return self.note(self.call.watchdog(self.watchdog_card, CLEAR_EXPIRATION), CALL_WATCHDOG)

    cdef int feed_line(self, bint level) noexcept nogil:
        cdef int32_t done = 0
        cdef unsigned char value = level
        if self.watchdog_line == NULL:
            return RIG_OK
        return self.note(
            self.call.write_digital(self.watchdog_line, 1, 0, self.timeout_s, GROUP_BY_SCAN, &value, &done, NULL),
            CALL_WRITE_DIGITAL,
        )


cdef class SampleClock(Clock):
    """The card's sample clock as the clock of the tick (hardware-timed single point).

    The card does not tell when a pulse was. Lateness is counted from a grid that starts at the first wake-up, moves with the
    period, and is pulled back whenever a wake-up comes before it; it may fall back by 100 ppm, more than two crystals differ.
    `real`: False where the card is simulated and its clock passes in virtual time.
    """

    def __init__(self, Lines lines not None, int64_t period_us, real: bool) -> None:
        self.lines, self.real = lines, real
        Clock.__init__(self, period_us)

    cdef int64_t now_ns(self) noexcept nogil:
        return monotonic_ns() if self.real else self.next_ns - self.period_ns

    cdef void wait(self, Wake* wake) noexcept nogil:
        cdef uint32_t late = 0
        cdef int64_t now_ns
        cdef timespec span
        self.code = self.lines.note(self.lines.call.wait(self.lines.ai, self.lines.timeout_s, &late), CALL_WAIT)
        if self.code < 0 and self.real:
            # SAFETY: without the card's clock the tick goes on by the machine's, so that it can make safe
            span.tv_sec, span.tv_nsec = self.period_ns // 1000000000, self.period_ns % 1000000000
            clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL)
        if not self.real:
            self.account(self.next_ns, wake)
            return
        now_ns = monotonic_ns()
        if now_ns < self.next_ns or self.next_ns == 0:
            self.next_ns = now_ns
        self.account(now_ns, wake)
        self.next_ns += self.period_ns // 10000
        if late and wake.missed == 0:
            wake.missed = 1                 # the card says so, and it knows
            self.missed += 1
