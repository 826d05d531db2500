"""A pump drive on Modbus as a rig, by itself or as a part of a composite one.

The tick meets two mailboxes: it puts its order down and takes the newest report up, both in constant time. How old the report
is, is the age of every channel; a drive without a good reply for max(250 ms, 3 x turnaround) has been stale for ten ticks.
`make_safe` puts the declared safe values into the mailbox and the thread sends them before anything else; what it cannot do is
reach a drive behind a bus that is cut: that is what the drive's own watchdog is for, and arming asks whether it is on.
"""

from libc.math cimport INFINITY, NAN, fmax
from libc.string cimport memset

from cext.cell cimport Cell
from cext.clock cimport monotonic_ns
from cext.generated.frame cimport (
    FIRST_INPUT, INPUT_COUNT, IN_pump_current_A, IN_pump_flow_L_min, IN_pump_speed_rpm, Frame,
)
from cext.rig cimport QUALITY_ABSENT, QUALITY_DRIVER, QUALITY_GOOD, QUALITY_STALE, RIG_CLOSED, RIG_OK, Rig

from rigs.modbus.bus import Bus
from rigs.modbus.description import Description
from rigs.modbus.drive import Drive
from rigs.modbus.port import Connection, Port

TICKS_TO_TRIP = 10   # the guard trips on the sixth bad tick: the reaction falls within the bound


cdef class PumpDrive(Rig):
    """One pump drive.

    Args:
        drive: tables of a checked drive file (configs/drives/*.toml).
        connection: ``tcp`` = ``host:port`` or ``serial`` = device file; ``unit``; ``poll_hz``, ``baud``, ``parity`` and
            ``stop_bits`` go before those of the drive file.
        outputs: bench rows of pump_speed_rpm and pump_enable, for their safe values.
        period_s: of the loop.
        part: part of a composite rig: inputs that the drive does not serve are left alone, not marked absent.
    """

    def __init__(self, drive, connection, outputs, double period_s, bint part=False):
        what = self.what = Description.of(drive)
        given = {key: value for key, value in connection.items() if value is not None}
        self.connection = Connection(
            given.get("unit", 1), given.get("tcp"), given.get("serial"), given.get("baud", what.baud),
            given.get("parity", what.parity), given.get("stop_bits", what.stop_bits),
        )
        self.safe_rpm = outputs["pump_speed_rpm"]["safe"]
        self.safe_enable = outputs["pump_enable"]["safe"]
        self.stale_s = fmax(what.lost_s - TICKS_TO_TRIP * period_s, 0.5 * what.lost_s)
        self.part = part
        self.reads_current = "current" in what.read
        self.reads_flow = "flow" in what.read
        self.orders, self.reports = Cell(sizeof(Order)), Cell(sizeof(Report))
        self.bus = None
        self.order.enable = 0.0
        self.asked_hz = min(given.get("poll_hz", what.poll_hz), what.poll_hz)

    @property
    def serves(self):
        """Inputs that the drive measures."""
        found = ["pump_speed_rpm"]
        if self.reads_current:
            found.append("pump_current_A")
        if self.reads_flow:
            found.append("pump_flow_L_min")
        return tuple(found)

    @property
    def takes(self):
        """Outputs that the drive follows."""
        return ("pump_speed_rpm", "pump_enable")

    def open(self):
        """Starts the thread that connects. A drive that is off shows as age and in `complaints`, not as an error here."""
        what, connection = self.what, self.connection
        memset(&self.order, 0, sizeof(Order))
        memset(&self.report, 0, sizeof(Report))
        self.last_enable = 0.0
        self.orders, self.reports = Cell(sizeof(Order)), Cell(sizeof(Report))
        timeout_s = 0.4 * what.lost_s    # one missed reply is no lost drive
        self.bus = Bus(
            Drive(what, self.safe_rpm, self.safe_enable > 0.5), lambda: Port(connection, timeout_s),
            self.orders, self.reports, self.asked_hz, what.lost_s,
        )
        self.is_open = True
        self.bus.start()

    def close(self):
        """Safe values out as far as the bus allows, thread ended, connection closed. A pump that stands stays so."""
        if self.is_open:
            self.make_safe()
            self.is_open = False
            self.bus.close()

    def complaints(self):
        """What speaks against arming, in words: the drive lost, in fault, in local mode, without watchdog …"""
        if self.bus is None:
            return []
        name = f"pump drive {self.what.name} at {self.connection}"
        found = [f"{name}: {text}" for text in self.bus.said]
        if self.bus.age_s > self.what.lost_s:
            age = f"{self.bus.age_s:.1f} s" if self.bus.age_s < 1e9 else "the start"
            found.insert(0, f"{name}: no good reply since {age} (lost after {self.what.lost_s:g} s): {self.bus.why}")
        return found

    def clear_faults(self):
        """A person's reset: a fault of the drive is reset where its cause has gone. Starts nothing."""
        if self.bus is not None:
            self.bus.clear_faults()

    def found(self):
        """What was found on the bus, for headers and status lines. Times in s."""
        counts = self.bus.counts if self.bus is not None else None
        return {
            "drive": self.what.name, "connection": str(self.connection),
            "turnaround_s": self.bus.pace.turnaround_s if self.bus is not None else None,
            "poll_hz": 1.0 / self.bus.pace.period_s if self.bus is not None else None,
            "connections": counts.connections if counts else 0,
            "exchanges": counts.exchanges if counts else 0,
            "failures": counts.failures if counts else 0,
            "state": self.bus.state if self.bus is not None else None,
        }

    # -- the tick

    cdef void serve(self, Frame* f, int channel, double value, double age_s) noexcept nogil:
        cdef double* to = <double*>f + FIRST_INPUT
        to[channel] = value
        f.age_s[channel] = age_s
        if self.report.replied_s == 0.0 or age_s > self.stale_s:
            f.quality[channel] = QUALITY_STALE
        else:
            f.quality[channel] = QUALITY_DRIVER if self.report.bad > 0.5 else QUALITY_GOOD

    cdef int read(self, Frame* f) noexcept nogil:
        cdef Report newest
        cdef double* to = <double*>f + FIRST_INPUT
        cdef double age_s
        cdef int i
        if not self.is_open:
            return RIG_CLOSED
        if self.reports.get(&newest) > 0:
            self.report = newest
        age_s = 1e-9 * <double>monotonic_ns() - self.report.replied_s if self.report.replied_s > 0.0 else INFINITY
        if not self.part:
            for i in range(INPUT_COUNT):
                to[i] = NAN
                f.age_s[i] = INFINITY
                f.quality[i] = QUALITY_ABSENT
        self.serve(f, IN_pump_speed_rpm, self.report.speed_rpm, age_s)
        if self.reads_current:
            self.serve(f, IN_pump_current_A, self.report.current_A, age_s)
        if self.reads_flow:
            self.serve(f, IN_pump_flow_L_min, self.report.flow_L_min, age_s)
        return RIG_OK

    cdef void send(self) noexcept nogil:
        self.order.written_s = 1e-9 * <double>monotonic_ns()
        self.orders.put(&self.order)

    cdef int write(self, const Frame* f) noexcept nogil:
        cdef double enable = 1.0 if f.out_pump_enable > 0.5 else 0.0
        if not self.is_open:
            return RIG_CLOSED
        if enable > self.last_enable:
            self.order.edges += 1.0   # SAFETY: the only thing that can start the pump
        self.last_enable = enable
        self.order.enable = enable
        self.order.speed_rpm = f.out_pump_speed_rpm
        self.send()
        return RIG_OK

    cdef int make_safe(self) noexcept nogil:
        """SAFETY: holds a running pump at its safe values or stops it; makes no edge, hence never starts one."""
        self.order.speed_rpm = self.safe_rpm
        self.order.enable = self.safe_enable
        self.order.safe += 1.0
        if self.is_open:
            self.send()
        return RIG_OK
