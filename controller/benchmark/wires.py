"""What a call of the NI-DAQ driver costs this program: the compiled path beside nidaqmx's own stream readers and writers.

Measured on the stand-in driver, which answers at once: the overhead of the calls, not the time that a card takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from controller.benchmark.row import Row, at_most

if TYPE_CHECKING:
    from rigs.nidaq.lines import Lines

ROUNDS = 20_000
PYTHON_ROUNDS = 2_000
REPEATS = 9
TARGET_US = 1.0  # 16 AI + 4 AO + 8 DI + 8 DO


def wires() -> Iterator[Row]:
    """16 analog inputs, 4 analog outputs, 8 lines in and 8 out: four calls a round."""
    import nidaqmx
    from nidaqmx.constants import LineGrouping, TerminalConfiguration

    from rigs.nidaq.lines import Lines
    from rigs.nidaq.tasks import _address
    from rigs.nidaq.wiring import Wiring
    from rigs.simdaq.bench import SimulatedBench
    from rigs.simdaq.loading import load

    driver = load()
    nothing = Wiring((), (), (), (), (), "on-demand", "PCIe-6363", 0.0, 50.0, None, None, True)
    bench = SimulatedBench(driver, nothing, None, 1e-3, devices=["Dev1"])
    with nidaqmx.Task() as ai, nidaqmx.Task() as ao, nidaqmx.Task() as di, nidaqmx.Task() as do:
        ai.ai_channels.add_ai_voltage_chan("Dev1/ai0:15", terminal_config=TerminalConfiguration.RSE, min_val=-10, max_val=10)
        ao.ao_channels.add_ao_voltage_chan("Dev1/ao0:3", min_val=-10, max_val=10)
        di.di_channels.add_di_chan("Dev1/port0/line0:7", line_grouping=LineGrouping.CHAN_PER_LINE)
        do.do_channels.add_do_chan("Dev1/port0/line8:15", line_grouping=LineGrouping.CHAN_PER_LINE)
        for task in (ai, ao, di, do):
            task.start()
        lines = Lines(driver.handle, 0.1)
        lines.attach(ai=_address(ai), ai_count=16, ao=_address(ao), ao_count=4, di=_address(di), di_count=8,
                     do=_address(do), do_count=8)  # fmt: skip
        ours_us = _compiled_us(lines)
        theirs_us = _stream_us(ai, ao, di, do)
        lines.detach()
    bench.end()
    how = f"16 AI + 4 AO + 8 DI + 8 DO, 4 calls; stand-in driver: overhead, no card; {ROUNDS} rounds x {REPEATS}"
    yield at_most("NI-DAQ calls of a tick, compiled", ours_us, "us", TARGET_US, how)
    yield Row(
        "the same through nidaqmx.stream_readers and _writers", theirs_us, "us", how=f"{theirs_us / ours_us:.0f} times as long"
    )


def _compiled_us(lines: Lines) -> float:
    lines.measure(ROUNDS)
    return median(float(lines.measure(ROUNDS).mean()) for _ in range(REPEATS))


def _stream_us(ai: Any, ao: Any, di: Any, do: Any) -> float:
    import numpy as np
    from nidaqmx.stream_readers import AnalogMultiChannelReader, DigitalMultiChannelReader
    from nidaqmx.stream_writers import AnalogMultiChannelWriter, DigitalMultiChannelWriter

    read_analog, read_lines = AnalogMultiChannelReader(ai.in_stream), DigitalMultiChannelReader(di.in_stream)
    write_analog, write_lines = AnalogMultiChannelWriter(ao.out_stream), DigitalMultiChannelWriter(do.out_stream)
    volts_in, volts_out = np.zeros(16), np.zeros(4)
    levels_in, levels_out = np.zeros(8, bool), np.zeros(8, bool)
    for reader in (read_analog, read_lines, write_analog, write_lines):
        reader.verify_array_shape = False  # its fastest way

    def once() -> float:
        begin = time.perf_counter()
        for _ in range(PYTHON_ROUNDS):
            read_analog.read_one_sample(volts_in)
            read_lines.read_one_sample_one_line(levels_in)
            write_analog.write_one_sample(volts_out)
            write_lines.write_one_sample_one_line(levels_out)
        return (time.perf_counter() - begin) / PYTHON_ROUNDS * 1e6

    once()
    return median(once() for _ in range(REPEATS))
