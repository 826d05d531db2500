"""A stop ramps the pumps down: as steep as guard.stop_ramp_s says, whatever the ramp of the setting is."""

import numpy as np
import pytest

STOP_S = 4.0  # flatter than the output's slew of 20000 rpm/s: 46000 rpm in 4 s are 11.5 rpm a tick
PUMPING = {"pump.device": "impella-cp", "pump.level": "P-7", "guard.stop_ramp_s": STOP_S, "pump.ramp_rpm_s": 5000.0}
LEFT_RPM_A_TICK = 46000.0 / STOP_S * 1e-3
RIGHT_RPM = 33000.0


def stopped(bench, scripted, **changes):
    """Frames from the tick of the stop on."""
    made = bench(scripted(30_000), values_set=PUMPING | changes, spec={"right_level_rpm": [0.0, 23000.0, RIGHT_RPM]})
    made.start()
    made.run(9_000)
    made.loop.request("stop")
    frames = made.run(int(1000 * STOP_S) + 500)
    return made, frames[frames["state.state"] == 4]  # STOPPING


def test_the_left_pump_goes_to_standby_at_the_slope_of_a_stop(bench, scripted):
    made, frames = stopped(bench, scripted)
    rpm = frames["cmd.pump_speed_rpm"]
    assert rpm[0] == pytest.approx(42000.0, abs=LEFT_RPM_A_TICK)
    assert np.allclose(np.diff(rpm[1:-1]), -LEFT_RPM_A_TICK)
    assert len(frames) == pytest.approx((42000.0 - 31000.0) / LEFT_RPM_A_TICK, abs=2)
    assert made.state == "ARMED"


def test_a_steeper_ramp_of_the_setting_goes_before_that_of_the_stop(bench, scripted):
    _, frames = stopped(bench, scripted, **{"pump.ramp_rpm_s": 15000.0})
    assert np.allclose(np.diff(frames["cmd.pump_speed_rpm"][1:-1]), -15.0)


def test_the_right_pump_goes_to_standstill_at_the_slope_of_a_stop(bench, scripted):
    _, frames = stopped(bench, scripted, **{"rpump.device": "impella-rp", "rpump.level": "P-2", "rpump.ramp_rpm_s": 5000.0})
    rpm = frames["cmd.rpump_speed_rpm"]
    assert rpm[0] == pytest.approx(RIGHT_RPM, abs=RIGHT_RPM / STOP_S * 1e-3)
    assert np.allclose(np.diff(rpm[1:]), -RIGHT_RPM / STOP_S * 1e-3)


def test_a_stop_in_no_time_steps_to_standby_as_fast_as_the_output_may(bench, scripted):
    made, frames = stopped(bench, scripted, **{"guard.stop_ramp_s": 0.0})
    assert len(frames) <= 1 and made.state == "ARMED"
    assert made.latest()["cmd.pump_speed_rpm"] == 31000.0


def test_a_stop_ends_after_its_time_even_where_a_pump_is_not_down(bench, scripted):
    """Output slew of 20000 rpm/s: from 42000 to 31000 rpm takes 0.55 s, longer than a stop of 0.2 s."""
    made, frames = stopped(bench, scripted, **{"guard.stop_ramp_s": 0.2})
    assert len(frames) == pytest.approx(200, abs=2)
    assert made.state == "ARMED"
