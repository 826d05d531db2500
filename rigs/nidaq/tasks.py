"""Tasks of a bench, made with the nidaqmx package: what the tick then reads and writes through their handles."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from rigs.nidaq.wiring import Wiring

if TYPE_CHECKING:
    import nidaqmx

BUFFER_S = 10.0  # of a buffered task, at least
Made = TypeVar("Made")


def words(error: BaseException) -> str:
    """The driver's own text on one line."""
    return " ".join(str(error).split())


class Tasks:
    """The tasks of one bench. Opened in an order that leaves outputs at rest if anything fails.

    `handles` holds what `Lines.attach` takes.
    """

    def __init__(self, wiring: Wiring, period_s: float) -> None:
        self._wiring = wiring
        self._rate_Hz = 1.0 / period_s
        self._tasks: list[Any] = []
        self._doing = ""
        self.handles: dict[str, Any] = {}

    def open(self) -> None:
        """Makes, configures and starts every task, outputs first and at once at rest.

        Raises OSError with the terminals concerned and the driver's own text.
        """
        self._do(self._outputs)
        self._do(self._inputs)

    def watch(self) -> None:
        """Starts the watchdogs, which then want to be fed. Raises OSError like `open`."""
        self._do(self._watchdogs)

    def _do(self, what: Callable[[], None]) -> None:
        from nidaqmx.errors import Error

        try:
            what()
        except Error as error:
            raise OSError(f"NI-DAQ, {self._doing}: {words(error)}") from error

    def _task(self, doing: str, **attach: int) -> nidaqmx.Task:
        from nidaqmx import Task

        self._doing = doing
        task = self._made(Task)
        for key, count in attach.items():
            self.handles[key] = _address(task)
            self.handles[f"{key}_count"] = count
        return task

    def _made(self, kind: type[Made], *args: Any, **options: Any) -> Made:
        """A task of nidaqmx.

        The constructor makes the driver's task and then asks for its name: where that call fails, nobody else could clear it.
        """
        from nidaqmx.errors import Error

        task: Any = kind.__new__(kind)
        try:
            task.__init__(*args, **options)
        except Error:
            if task._handle is not None:
                with contextlib.suppress(Error):
                    task._interpreter.clear_task(task._handle)
                task._handle = None
            raise
        self._tasks.append(task)
        return cast(Made, task)

    def _outputs(self) -> None:
        from nidaqmx.constants import LineGrouping

        analog, digital = self._wiring.analog_out, self._wiring.digital_out
        if digital:
            names = ", ".join(str(row.terminal) for row in digital)
            task = self._task(f"digital outputs {names}", do=len(digital))
            for row in digital:
                task.do_channels.add_do_chan(str(row.terminal), line_grouping=LineGrouping.CHAN_PER_LINE)
            task.start()
            task.write([row.level(row.rest) for row in digital] if len(digital) > 1 else digital[0].level(digital[0].rest))
        if analog:
            names = ", ".join(str(row.terminal) for row in analog)
            task = self._task(f"analog outputs {names}", ao=len(analog))
            for out in analog:
                task.ao_channels.add_ao_voltage_chan(str(out.terminal), min_val=out.low_V, max_val=out.high_V)
            task.start()
            task.write([out.volts(out.rest) for out in analog] if len(analog) > 1 else analog[0].volts(analog[0].rest))

    def _inputs(self) -> None:
        from nidaqmx.constants import AcquisitionType, LineGrouping, TerminalConfiguration

        wiring = self._wiring
        modes = {
            "rse": TerminalConfiguration.RSE,
            "nrse": TerminalConfiguration.NRSE,
            "differential": TerminalConfiguration.DIFF,
            "pseudodifferential": TerminalConfiguration.PSEUDO_DIFF,
            "default": TerminalConfiguration.DEFAULT,
        }
        if wiring.digital_in:
            names = ", ".join(str(row.terminal) for row in wiring.digital_in)
            task = self._task(f"digital inputs {names}", di=len(wiring.digital_in))
            for row in wiring.digital_in:
                task.di_channels.add_di_chan(str(row.terminal), line_grouping=LineGrouping.CHAN_PER_LINE)
            task.start()
        self.handles["counters"] = []
        for counter in wiring.counters:
            task = self._task(f"counter {counter.terminal}")
            task.ci_channels.add_ci_count_edges_chan(str(counter.terminal))
            self.handles["counters"].append(_address(task))
            task.start()
        if wiring.analog_in:
            names = ", ".join(str(row.terminal) for row in wiring.analog_in)
            task = self._task(f"analog inputs {names}", ai=len(wiring.analog_in))
            for channel in wiring.analog_in:
                task.ai_channels.add_ai_voltage_chan(
                    str(channel.terminal), terminal_config=modes[channel.mode], min_val=channel.low_V, max_val=channel.high_V
                )
            if wiring.timing == "hardware":
                task.timing.cfg_samp_clk_timing(self._rate_Hz, sample_mode=AcquisitionType.HW_TIMED_SINGLE_POINT)
            elif wiring.timing == "buffered":
                task.timing.cfg_samp_clk_timing(
                    self._rate_Hz, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=round(BUFFER_S * self._rate_Hz)
                )
                self.handles["kept_scans"] = max(1, round(wiring.latency_s * self._rate_Hz))
            task.start()

    def _watchdogs(self) -> None:
        from nidaqmx.constants import Level, LineGrouping
        from nidaqmx.system.watchdog import DOExpirationState, WatchdogTask

        wiring = self._wiring
        if wiring.watchdog_line is not None:
            task = self._task(f"watchdog line {wiring.watchdog_line}", watchdog_line=1)
            del self.handles["watchdog_line_count"]
            task.do_channels.add_do_chan(str(wiring.watchdog_line), line_grouping=LineGrouping.CHAN_PER_LINE)
            task.start()
        if wiring.watchdog_s is not None:
            device = wiring.devices[0]
            self._doing = f"watchdog of {device}"
            watchdog = self._made(WatchdogTask, device, timeout=wiring.watchdog_s)
            states = [
                DOExpirationState(
                    physical_channel=str(row.terminal), expiration_state=Level.HIGH if row.level(row.safe) else Level.LOW
                )
                for row in wiring.digital_out
            ]
            if states:
                watchdog.cfg_watchdog_do_expir_states(states)
            watchdog.start()
            self.handles["watchdog_card"] = _address(watchdog)

    def close(self) -> None:
        """Stops and clears every task, each even if another one fails; the outputs keep what was written last."""
        from nidaqmx.errors import Error

        self.handles = {}
        failed: list[str] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for task in reversed(self._tasks):
                with contextlib.suppress(Error):
                    task.stop()
                try:
                    task.close()
                except Error as error:
                    failed.append(words(error))
                    task._handle = None  # told below: its destructor need not warn of it anywhere else
        self._tasks = []
        if failed:
            raise OSError("NI-DAQ, clearing the tasks: " + "; ".join(failed))


def _address(task: Any) -> int:
    """The task's handle as the C functions take it."""
    return int(task._handle.value)
