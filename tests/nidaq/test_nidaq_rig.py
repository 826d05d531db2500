"""The NI rig on cards whose wires the test holds: what a voltage means, what an error does, which bench is refused."""

import math

import pytest

from cext.rig import RIG_ABI
from rigs.nidaq.driver import real
from rigs.nidaq.terminal import Terminal, terminal

AOP_WIRE = {"terminal": "Dev1/ai0", "mode": "differential", "volts": (-5.0, 5.0), "gain_per_V": 100.0}
INPUTS = {"aop_mmHg": {"wire": AOP_WIRE}}
AOP = terminal("Dev1/ai0")
ECG = terminal("Dev1/ai1")
GOOD, STALE, RANGE = 0, 2, 4
STEP_mmHg = 10.5 / 65536 * 100.0  # 16 bits over -5 V to 5 V and 5 % beyond


def reading(kit):
    code, frame = kit.hand.read()
    assert code == 0, kit.rig.explain(code)
    return frame


def quality(frame, path):
    from cext.tables.load import inputs

    return int(frame["quality"][[s.path for s in inputs()].index(path)])


@pytest.mark.parametrize("volts", [-1.0, 0.0, 0.731, 2.5])
def test_volts_become_units(loose, volts):
    kit = loose()
    kit.bench.volts(AOP, volts)
    kit.bench.volts(ECG, volts)
    frame = reading(kit)
    assert frame["in.aop_mmHg"] == pytest.approx(100.0 * volts, abs=STEP_mmHg / 2 + 1e-9)
    assert frame["in.ecg_mV"] == pytest.approx(0.5 + 2.0 * volts, abs=21.0 / 65536 + 1e-9)
    assert quality(frame, "in.aop_mmHg") == GOOD
    assert rig_says_absent(frame, "in.lvp_mmHg")


def rig_says_absent(frame, path):
    return math.isnan(frame[path]) and quality(frame, path) == 1


@pytest.mark.parametrize("volts", [-5.2, 5.2, 9.0, math.nan])
def test_an_open_wire_is_out_of_range(loose, volts):
    kit = loose()
    kit.bench.volts(AOP, volts)
    assert quality(reading(kit), "in.aop_mmHg") == RANGE


def test_a_broken_emergency_stop_wire_is_a_stop(loose):
    kit = loose()
    assert reading(kit)["in.estop"] == 1.0
    kit.bench.level(terminal("Dev1/port1/line0"), True)
    assert reading(kit)["in.estop"] == 0.0


def test_edges_become_a_speed_over_the_window_and_a_standstill_is_zero_after_it(loose):
    kit = loose()
    counter = terminal("Dev1/ctr0")
    kit.bench.add_edges(counter, 2**32 - 150)  # the card's 32 bits wrap within the test
    for _ in range(200):
        kit.bench.add_edges(counter, 3)
        frame = reading(kit)
    assert frame["in.pump_speed_rpm"] == pytest.approx(10.0 * 3000.0)
    for _ in range(51):
        frame = reading(kit)
    assert frame["in.pump_speed_rpm"] == 0.0


def test_outputs_reach_their_wires_within_their_range(loose):
    kit = loose()
    kit.hand.write(valve_pressure=1.0, valve_vacuum=0.0, pump_speed_rpm=44000.0, pump_enable=1.0)
    assert kit.bench.volts(terminal("Dev1/ao0")) == pytest.approx(8.0)
    assert [kit.bench.level(terminal(f"Dev1/port0/line{i}")) for i in range(3)] == [True, False, False]
    kit.hand.write(pump_speed_rpm=1e6)
    assert kit.bench.volts(terminal("Dev1/ao0")) == 10.0


def test_opening_puts_every_output_at_rest_and_closing_leaves_it_safe(loose):
    kit = loose(opened=False)
    kit.bench.volts(terminal("Dev1/ao0"), 3.0)
    kit.bench.level(terminal("Dev1/port0/line0"), True)
    kit.rig.open()
    assert kit.bench.outputs() == {"valve_pressure": 0.0, "valve_vacuum": 0.0, "pump_speed_rpm": 0.0, "pump_enable": 0.0}
    kit.hand.energise()
    kit.hand.write(valve_pressure=1.0, pump_speed_rpm=44000.0, pump_enable=1.0)
    kit.rig.close()
    assert kit.bench.outputs() == {"valve_pressure": 0.0, "valve_vacuum": 1.0, "pump_speed_rpm": 31000.0, "pump_enable": 1.0}


def test_a_negative_code_is_handed_on_with_the_drivers_own_words(loose):
    kit = loose()
    kit.bench.fail(1, -200279)
    code, _ = kit.hand.read()
    assert code == -200279
    assert kit.rig.explain(code).startswith("DAQmxReadAnalogF64: SIMULATED driver: Injected error in DAQmxReadAnalogF64")
    assert kit.hand.read()[0] == 0


def test_lines_are_written_even_where_the_analog_outputs_fail(loose):
    kit = loose()
    kit.bench.fail(1, -200561)
    assert kit.hand.write(valve_vacuum=1.0, pump_speed_rpm=20000.0) == -200561
    assert kit.bench.level(terminal("Dev1/port0/line1"))
    assert kit.bench.volts(terminal("Dev1/ao0")) == 0.0


def test_the_watchdog_line_follows_its_feeding(loose):
    kit = loose(watchdog={"line": "Dev1/port0/line7"})
    line = terminal("Dev1/port0/line7")
    for level in (True, False, True):
        assert kit.hand.feed_watchdog(level) == 0
        assert kit.bench.level(line) is level


def test_the_cards_own_watchdog_makes_the_lines_safe_and_make_safe_wakes_it(loose):
    kit = loose(watchdog={"card_timeout_ms": 20.0})
    kit.hand.energise()
    for _ in range(100):
        kit.bench.let_pass(1)
        assert kit.hand.write(valve_pressure=1.0, valve_vacuum=0.0) == 0
    kit.bench.let_pass(25)  # the program is silent
    assert kit.bench.outputs()["valve_pressure"] == 0.0
    assert kit.bench.outputs()["valve_vacuum"] == 1.0
    code = kit.hand.write(valve_pressure=1.0)
    assert code == -200678
    assert kit.bench.outputs()["valve_pressure"] == 0.0
    assert "watchdog" in kit.rig.explain(code)
    assert kit.hand.make_safe() == 0
    assert kit.hand.write(valve_pressure=0.0) == 0


def test_a_long_way_from_opening_to_the_first_tick_is_no_fault(loose):
    kit = loose(watchdog={"card_timeout_ms": 20.0})
    kit.bench.let_pass(50)
    assert kit.hand.write() == 0
    assert kit.bench.outputs()["valve_vacuum"] == 0.0


def test_buffered_samples_have_no_holes_and_say_how_old_they_are(loose):
    kit = loose(inputs=INPUTS, outputs={}, timing="buffered", latency_ms=20.0)
    seen, ages = [], []
    for tick in range(300):
        kit.bench.volts(AOP, tick * 0.01)
        kit.bench.let_pass(1)
        frame = reading(kit)
        if quality(frame, "in.aop_mmHg") == GOOD:
            seen.append(round(float(frame["in.aop_mmHg"])))
            ages.append(float(frame["age_s"][0]))
    assert seen == list(range(len(seen)))
    assert len(seen) == 300 - 20 + 1
    assert max(ages) == pytest.approx(0.019)


def test_a_full_buffer_is_caught_up_with_and_counted(loose):
    kit = loose(inputs=INPUTS, outputs={}, timing="buffered", latency_ms=20.0)
    kit.bench.let_pass(200)
    kit.bench.volts(AOP, 1.0)
    kit.bench.let_pass(21)
    frame = reading(kit)
    assert kit.rig.lines.dropped_scans == 3 * 64  # of 221, 64 at once until at most twice the reserve is left
    assert frame["age_s"][0] == pytest.approx((221 - 3 * 64 - 1) * 1e-3)
    assert frame["in.aop_mmHg"] == pytest.approx(0.0, abs=0.1)
    kit.bench.let_pass(21)
    assert reading(kit)["in.aop_mmHg"] == pytest.approx(100.0, abs=0.1)


def test_a_silent_card_shows_as_age(loose):
    kit = loose(inputs=INPUTS, outputs={}, timing="buffered", latency_ms=20.0)
    kit.bench.let_pass(40)
    ages = [float(reading(kit)["age_s"][0]) for _ in range(200)]
    assert ages[-1] == pytest.approx(0.2 - 0.04, abs=2e-3)


REFUSED = {
    "another card": ({"install": "USB-6001", "inputs": {"aop_mmHg": INPUTS["aop_mmHg"] | {"wire": {
        "terminal": "Dev1/ai0", "mode": "rse", "volts": (-10.0, 10.0), "gain_per_V": 100.0}}}, "outputs": {}},
        "Dev1 is a USB-6001, the bench file is written for a PCIe-6363"),
    "no hardware timing": ({"product": "USB-6001", "timing": "hardware", "inputs": {}, "outputs": {}} | {"inputs": {"aop_mmHg": {
        "wire": {"terminal": "Dev1/ai0", "mode": "rse", "volts": (-10.0, 10.0), "gain_per_V": 100.0}}}},
        "has no hardware-timed single point"),
    "USB on demand": ({"product": "USB-6001", "inputs": {"aop_mmHg": {
        "wire": {"terminal": "Dev1/ai0", "mode": "rse", "volts": (-10.0, 10.0), "gain_per_V": 100.0}}}, "outputs": {}},
        "1000 Hz on demand is too fast, at most 200 Hz"),
    "negative terminal": ({"inputs": {"aop_mmHg": {
        "wire": {"terminal": "Dev1/ai8", "mode": "differential", "volts": (-5.0, 5.0), "gain_per_V": 100.0}}}},
        "Dev1/ai8 (aop_mmHg) cannot be wired differential"),
    "range": ({"inputs": {"aop_mmHg": {
        "wire": {"terminal": "Dev1/ai0", "mode": "rse", "volts": (-20.0, 20.0), "gain_per_V": 100.0}}}},
        "has no range that holds -20 V to 20 V"),
    "too many for the rate": ({"product": "USB-6001", "timing": "buffered", "period_s": 2e-4, "outputs": {}, "inputs": {
        name: {"wire": {"terminal": f"Dev1/ai{i}", "mode": "rse", "volts": (-10.0, 10.0), "gain_per_V": 1.0}}
        for i, name in enumerate(("aop_mmHg", "lvp_mmHg", "lap_mmHg", "cvp_mmHg", "pap_mmHg"))}},
        "samples 5 channels with at most 4000 Hz, not 5000 Hz"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_card_cannot_do_is_refused_in_words(loose, case):
    how, words = REFUSED[case]
    kit = loose(opened=False, **how)
    with pytest.raises(OSError, match=r"^NI-DAQ") as refused:
        kit.rig.open()
    assert words in str(refused.value)
    assert not kit.rig.is_open


def test_a_missing_card_is_named_with_those_that_are_there(loose):
    kit = loose(opened=False)
    moved = kit.bench
    moved.__init__(*bench_under_another_name(kit))
    with pytest.raises(OSError, match=r"there is no device Dev1; the driver sees Dev9 \(SIMULATED PCIe-6363\)"):
        kit.rig.open()


def bench_under_another_name(kit):
    from rigs.nidaq.wiring import wiring
    from rigs.simdaq.loading import load

    row = {"wire": INPUTS["aop_mmHg"]["wire"] | {"terminal": "Dev9/ai0"}}
    table = {"product": "PCIe-6363", "timing": "on-demand", "latency_ms": 50.0, "budget_pct": 50.0}
    return load(), wiring({"aop_mmHg": row}, {}, {"daq": table}), None, 1e-3


def test_a_period_that_does_not_fit_is_refused_with_the_numbers(loose):
    kit = loose(opened=False, reads=20)
    kit.bench.delay(0.002)  # each of five calls a round
    with pytest.raises(OSError, match=r"the period of 1000 us is too short: 20 reads and writes take \d+") as refused:
        kit.rig.open()
    assert "allowed are 500 us (50 % of the period)" in str(refused.value)
    kit.bench.delay(0.0)
    kit.rig.open()
    assert "20 reads and writes take" in kit.rig.header()["preflight"]


def test_a_real_bench_refuses_the_stand_in(driver):
    assert driver.simulated
    with pytest.raises(OSError, match="SIMULATED stand-in, and this bench file is for real cards"):
        real()


def test_terminals_are_read():
    assert terminal("Dev1/port0/line7") == Terminal("Dev1", "digital", 7, 0)
    assert str(terminal("cDAQ1Mod2/ai31")) == "cDAQ1Mod2/ai31"
    for wrong in ("ai0", "Dev1/ai", "Dev1/port0", "Dev1/ai0:3", "Dev1/AI0", ""):
        with pytest.raises(ValueError, match="is no terminal"):
            terminal(wrong)


def test_it_says_its_abi(loose):
    assert loose(opened=False).rig.abi == RIG_ABI
