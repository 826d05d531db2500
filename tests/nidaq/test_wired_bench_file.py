"""What `mockloop check` finds in a bench file with wires, without the card."""

import pytest

from controller.config import load_bench
from controller.config.check import check
from controller.config.find import shipped

AOP = '"Dev1/ai0", mode = "differential", volts = [-5, 5], gain_per_V = 100'
DAP = '"Dev1/ai1", mode = "differential", volts = [-5, 5], gain_per_V = 100'
PUMP = '"Dev1/ao0", volts = [0, 10], gain_per_V = 5500'
ESTOP = '"Dev1/port1/line0", invert = true'
P6363, USB = "pcie-6363", "usb-6001-monitor"

CASES = {
    "a terminal used twice": (P6363, DAP, DAP.replace("ai1", "ai0"), "inputs.dap_mmHg.wire.terminal",
                              "uses Dev1/ai0, which inputs.aop_mmHg uses already"),
    "a line used twice": (P6363, 'line = "Dev1/port0/line7"', 'line = "Dev1/port0/line1"', "watchdog.line",
                          "uses Dev1/port0/line1, which outputs.valve_vacuum uses already"),
    "the negative terminal of another pair": (
        P6363, DAP, DAP.replace("ai1", "ai8").replace("differential", "rse"), "inputs.dap_mmHg.wire.terminal",
        "uses Dev1/ai8, which inputs.aop_mmHg (the negative terminal of the pair Dev1/ai0) uses already"),
    "a negative terminal as a pair": (P6363, DAP, DAP.replace("ai1", "ai31"), "inputs.dap_mmHg.wire.terminal",
                                      "is the negative terminal of a differential pair"),
    "an output without a safe value": (P6363, "standby = 1\nsafe = 1\n", "standby = 1\n", "outputs.valve_vacuum.safe",
                                       "is required and missing"),
    "a controlled input without a limit": (
        P6363, "max_age_ms = 5\ntrip_high = 250\n", "max_age_ms = 5\n", "inputs.aop_mmHg.trip_high",
        "is required and missing: the bench offers iabp, which acts on this input"),
    "a limit that the voltage cannot carry": (P6363, AOP, AOP.replace("[-5, 5]", "[-2, 2]"), "inputs.aop_mmHg.trip_high",
                                              "can never be measured"),
    "a rate beyond the card": (USB, "period_us = 1000", "period_us = 300", "loop.period_us",
                               "is beyond the card: a USB-6001 samples 8 channels with at most 2500 Hz"),
    "hardware timing that the card has not": (USB, 'timing = "buffered"\nlatency_ms = 50 ', 'timing = "hardware"\n#', "daq.timing",
                                              "is not possible: a USB-6001 has no hardware-timed single point"),
    "a loop over USB": (USB, 'timing = "buffered"\nlatency_ms = 50 ', 'timing = "on-demand"\n#', "loop.period_us",
                        "is too short for a USB-6001"),
    "a card that nobody knows": (USB, 'product = "USB-6001"', 'product = "USB-6002"', "daq.product", "is no card that"),
    "no such terminal": (USB, '"Dev1/ai7"', '"Dev1/ai8"', "inputs.ecg_mV.wire.terminal", "is no terminal of a USB-6001"),
    "no such mode": (USB, '"Dev1/ai7", mode = "rse"', '"Dev1/ai7", mode = "nrse"', "inputs.ecg_mV.wire.mode", "is not possible"),
    "no such range": (USB, 'mode = "rse", gain_per_V = 1.0', 'mode = "rse", volts = [-12, 12], gain_per_V = 1.0',
                      "inputs.ecg_mV.wire.volts", "is no range of a USB-6001"),
    "a name that is none": (USB, '"Dev1/ai7"', '"ai7"', "inputs.ecg_mV.wire.terminal", "is no terminal"),
    "no mode": (USB, '"Dev1/ai7", mode = "rse"', '"Dev1/ai7"', "inputs.ecg_mV.wire.mode", "is required and missing"),
    "no gain": (USB, ', gain_per_V = 1.0', "", "inputs.ecg_mV.wire.gain_per_V", "is required and missing"),
    "no wire": (USB, 'wire = { terminal = "Dev1/ai7", mode = "rse", gain_per_V = 1.0 }', "", "inputs.ecg_mV.wire",
                "is required and missing"),
    "a gain of 0": (USB, "gain_per_V = 1.0", "gain_per_V = 0.0", "inputs.ecg_mV.wire.gain_per_V", "is 0"),
    "a key of another kind": (P6363, ESTOP, ESTOP + ", gain_per_V = 2", "inputs.estop.wire.gain_per_V", "has no effect on"),
    "an output on an input": (P6363, PUMP, '"Dev1/ai23", mode = "differential", gain_per_V = 5500',
                              "outputs.pump_speed_rpm.wire.terminal", "is an input of the card"),
    "an input on an output": (P6363, ESTOP, '"Dev1/ao1", gain_per_V = 1', "inputs.estop.wire.terminal", "is an output of the card"),
    "more than the output carries": (P6363, "gain_per_V = 5500", "gain_per_V = 5000", "outputs.pump_speed_rpm.range",
                                     "is more than the voltage range carries"),
    "a drive and a terminal": (P6363, ESTOP, ESTOP + ', drive = "left"', "inputs.estop.wire", "needs one of terminal and drive"),
    "a watchdog on an input": (P6363, 'line = "Dev1/port0/line7"', 'line = "Dev1/ai9"', "watchdog.line", "is no digital line"),
    "a watchdog and none": (P6363, 'line = "Dev1/port0/line7"', 'line = "Dev1/port0/line7"\nallow_no_watchdog = true',
                            "watchdog.allow_no_watchdog", "has no effect"),
    "older than the buffer": (USB, "required = true\nmax_age_ms = 200", "required = true\nmax_age_ms = 60",
                              "inputs.aop_mmHg.max_age_ms", "is shorter than the buffer is deep"),
    "a buffer that is none": (P6363, "budget_pct = 50", "latency_ms = 20\nbudget_pct = 50", "daq.latency_ms", "has no effect"),
    "simulated and real": (P6363, "simulated = false", "simulated = true", "bench.simulated", "contradicts rig = nidaq"),
    "a patient on real wires": (P6363, 'offers = ["iabp"', 'offers = ["patient-model", "iabp"', "bench.offers",
                                "cannot hold patient-model"),
}  # fmt: skip


@pytest.mark.parametrize(("bench", "old", "new", "key", "what"), CASES.values(), ids=CASES)
def test_found(tmp_path, bench, old, new, key, what):
    text = (shipped() / "benches" / f"{bench}.toml").read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    file = tmp_path / "bench.toml"
    file.write_text(text.replace(old, new, 1) if text.count(old) > 1 else text.replace(old, new), encoding="utf-8")
    found = [(p.key, p.what) for p in check(file)]
    assert len(found) == 1, found
    assert found[0][0] == key
    assert found[0][1].startswith(what), found[0][1]


def test_buffered_timing_drives_nothing(tmp_path):
    text = (shipped() / "benches" / f"{USB}.toml").read_text(encoding="utf-8")
    file = tmp_path / "bench.toml"
    valve = (
        '[outputs.valve_vacuum]\nrange = [0, 1]\nrest = 0\nstandby = 1\nsafe = 1\nwire = { terminal = "Dev1/port0/line0" }\n'
    )
    estop = '[inputs.estop]\nrange = [0, 1]\nrequired = true\nwire = { terminal = "Dev1/port0/line1" }\n'
    file.write_text(text + valve + estop, encoding="utf-8")
    assert [(p.key, p.what.partition(":")[0]) for p in check(file)] == [("outputs.valve_vacuum", "cannot be driven")]


def test_wires_where_there_are_none(tmp_path):
    text = (shipped() / "benches" / "virtual.toml").read_text(encoding="utf-8")
    file = tmp_path / "bench.toml"
    file.write_text(text + '[watchdog]\nline = "Dev1/port0/line0"\n', encoding="utf-8")
    assert [(p.key, p.what) for p in check(file)] == [("watchdog", "has no effect: rig = virtual has no wires")]


@pytest.mark.parametrize("name", [P6363, USB, "simulated-wires"])
def test_shipped_benches_are_right(name):
    bench = load_bench(name)
    assert bench.daq is not None
    assert bench.bench.simulated == (name == "simulated-wires")


def test_simulated_wires_is_wired_like_the_card_that_it_stands_for():
    real, simulated = load_bench(P6363), load_bench("simulated-wires")
    for table in ("inputs", "outputs"):
        wires, copy = ({name: row.wire for name, row in getattr(bench, table).items()} for bench in (real, simulated))
        on_card = {name: wire for name, wire in copy.items() if wire is not None and wire.drive is None}
        assert on_card == {name: wire for name, wire in wires.items() if name in on_card}
        assert set(wires) - set(on_card) <= {"pump_speed_rpm", "pump_enable", "pump_current_A"}  # the drive's
        assert len(on_card) >= 2
    assert real.daq == simulated.daq


AS_NIDAQ = 'rig = "nidaq"\nsimulated = false'


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ('rig = "simulated-wires"\nsimulated = true', AS_NIDAQ, "drives.left.simulated", "is not possible: rig = nidaq"),
        ("poll_hz = 50 ", 'tcp = "192.168.0.9:502"\npoll_hz = 50 ', "drives.left", "says none or several"),
        ("simulated = true   ", 'tcp = "192.168.0.9:502" ', "drives.left", "is no simulated drive"),
    ],
)
def test_simulated_wires_have_simulated_drives_and_real_ones_real_drives(tmp_path, old, new, key, what):
    from controller.config.find import shipped

    text = (shipped() / "benches" / "simulated-wires.toml").read_text(encoding="utf-8")
    text = text.replace('"patient-model", ', "").replace('metrics_from = "plant"', 'metrics_from = "inputs"')
    assert text.count(old) == 1
    file = tmp_path / "bench.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert any(p.key == key and p.what.startswith(what) for p in check(file)), check(file)
