"""The stand-in driver under the unmodified nidaqmx package, found by the dynamic linker as the real one would be."""

import os
import shutil
import subprocess
import sys

import pytest

from rigs.nidaq.cards import cards
from rigs.simdaq.loading import install

TALK = """
import json
import nidaqmx
from nidaqmx.constants import AcquisitionType, TerminalConfiguration
from nidaqmx.errors import DaqError
from nidaqmx.stream_readers import AnalogMultiChannelReader
from nidaqmx.system import System
import numpy as np

device = System.local().devices["Dev1"]
said = {"product": device.product_type, "simulated": device.is_simulated, "inputs": len(device.ai_physical_chans.channel_names)}
with nidaqmx.Task() as task:
    task.ai_channels.add_ai_voltage_chan("Dev1/ai0:3", terminal_config=TerminalConfiguration.DIFF, min_val=-10, max_val=10)
    said["channels"] = task.channel_names
    task.start()
    said["read"] = len(task.read())
    data = np.ones(4)
    AnalogMultiChannelReader(task.in_stream).read_one_sample(data)
    said["stream"] = float(np.abs(data).max())
    with nidaqmx.Task() as second:
        second.ai_channels.add_ai_voltage_chan("Dev1/ai16")
        try:
            second.start()
        except DaqError as error:
            said["reserved"] = (error.error_code, str(error))
with nidaqmx.Task() as task:
    task.do_channels.add_do_chan("Dev1/port0/line0:3")
    try:
        task.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    except DaqError as error:
        said["kinds"] = error.error_code
print(json.dumps(said))
"""


@pytest.mark.skipif(shutil.which("gcc") is None and shutil.which("ld") is None, reason="find_library needs gcc or ld")
def test_unmodified_nidaqmx_runs_on_it_through_the_linker_alone(tmp_path):
    import json

    install(tmp_path)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"LD_LIBRARY_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", TALK], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["product"], said["simulated"], said["inputs"]) == ("SIMULATED PCIe-6363", True, 32)
    assert said["channels"] == ["Dev1/ai0", "Dev1/ai1", "Dev1/ai2", "Dev1/ai3"]
    assert (said["read"], said["stream"]) == (4, 0.0)
    assert said["reserved"][0] == -50103
    assert "SIMULATED driver" in said["reserved"][1]
    assert said["kinds"] == -200431


@pytest.mark.parametrize("product", sorted(cards()))
def test_its_cards_are_those_of_the_table(loose, product):
    """cards.c and cards.toml are written twice; here they are compared through nidaqmx."""
    from nidaqmx.constants import AcquisitionType
    from nidaqmx.system import System

    card = cards()[product]
    mode = card.modes[0]
    row = {"aop_mmHg": {"wire": {"terminal": "Dev1/ai0", "mode": mode, "volts": (-10.0, 10.0), "gain_per_V": 100.0}}}
    loose(inputs=row, outputs={}, product=product, opened=False)
    device = System.local().devices["Dev1"]
    assert device.product_type == f"SIMULATED {product}"
    assert device.bus_type.name == {"PCIe": "PCIE", "USB": "USB"}[card.bus]
    lines = [len([n for n in device.do_lines.channel_names if f"/port{p}/" in n]) for p in range(len(card.lines))]
    assert (len(device.ai_physical_chans), len(device.ao_physical_chans), len(device.ci_physical_chans), tuple(lines)) == (
        card.ai, card.ao, card.counters, card.lines,
    )  # fmt: skip
    assert (device.ai_max_single_chan_rate, device.ai_max_multi_chan_rate) == (card.ai_single_Hz, card.ai_multi_Hz)
    assert tuple(v for v in device.ai_voltage_rngs if v > 0) == card.ranges_V
    assert (AcquisitionType.HW_TIMED_SINGLE_POINT in device.ai_samp_modes) is card.single_point
    for i in range(card.ai):
        found = {c.name.lower().replace("diff", "differential") for c in device.ai_physical_chans[i].ai_term_cfgs}
        pairs = card.negative_of(i) is not None
        assert found == {m for m in card.modes if m != "differential" or pairs}


def test_a_read_is_one_call_for_each_kind_of_channel(loose):
    kit = loose()
    calls = kit.bench.calls
    kit.hand.read()
    assert kit.bench.calls == calls + 3  # analog, lines, counter


@pytest.mark.skipif(
    os.environ.get("MOCKLOOP_STAND_IN") != "linker", reason="only under .ci/linker, which configures the linker"
)
def test_the_linker_finds_it_by_itself(driver):
    import ctypes.util

    assert "LD_LIBRARY_PATH" not in os.environ
    assert ctypes.util.find_library("nidaqmx") == driver.name == "libnidaqmx.so.1", "not by a path of ours"
    assert driver.simulated
