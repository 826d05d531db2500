"""Sensors and actuators of the virtual bench against closed forms."""

from math import pi

import numpy as np
import pytest

from cext.plant.instruments import actuator_response, sensor_response

DT = 1e-3
WIDE = (-1000.0, 1000.0)


def test_a_plain_sensor_reads_the_truth():
    assert sensor_response({}, WIDE, [3.25, -7.5], DT)[0] == [3.25, -7.5]


def test_gain_offset_and_drift():
    readings, _ = sensor_response({"gain_error_pct": 2.0, "offset": 1.5, "drift_per_h": 3600.0}, WIDE, [100.0] * 3, DT)
    assert readings == pytest.approx([103.5 + DT, 103.5 + 2 * DT, 103.5 + 3 * DT])


def test_first_order_lag_is_exact_for_a_step():
    step = np.r_[0.0, np.ones(80)]
    y = np.array(sensor_response({"lag_ms": 8.0}, WIDE, step, DT)[0])
    assert np.abs(y[1:] - (1 - np.exp(-np.arange(1, 81) / 8.0))).max() < 1e-12


def test_second_order_is_exact_for_a_step():
    f, z = 25.0, 0.2
    step = np.r_[0.0, np.ones(400)]
    y = np.array(sensor_response({"natural_hz": f, "damping": z}, WIDE, step, DT)[0])
    w, t = 2 * pi * f, DT * np.arange(1, 401)
    wd = w * np.sqrt(1 - z * z)
    exact = 1 - np.exp(-z * w * t) * (np.cos(wd * t) + z / np.sqrt(1 - z * z) * np.sin(wd * t))
    assert np.abs(y[1:] - exact).max() < 1e-9


def test_delay_in_whole_and_part_steps():
    ramp = np.arange(40.0)
    y = sensor_response({"delay_ms": 10.0}, WIDE, ramp, DT)[0]
    assert y[12:] == ramp[2:30].tolist()
    y = sensor_response({"delay_ms": 10.25}, WIDE, ramp, DT)[0]
    assert y[12:] == pytest.approx(ramp[12:] - 10.25)


def test_noise_has_its_size_and_its_own_seed():
    table = {"noise_rms": 0.4}
    y, _ = sensor_response(table, WIDE, [80.0] * 40_000, DT, seed=5, channel="aop_mmHg")
    assert np.std(y) == pytest.approx(0.4, rel=0.02) and np.mean(y) == pytest.approx(80.0, abs=0.01)
    assert sensor_response(table, WIDE, [80.0] * 9, DT, seed=5, channel="aop_mmHg")[0] == y[:9]
    assert sensor_response(table, WIDE, [80.0] * 9, DT, seed=6, channel="aop_mmHg")[0] != y[:9]
    other = sensor_response(table, WIDE, [80.0] * 40_000, DT, seed=5, channel="lvp_mmHg")[0]
    assert abs(np.corrcoef(y, other)[0, 1]) < 0.02


def test_converter_steps_and_range():
    y, cut = sensor_response({"bits": 8}, (0.0, 256.0), [10.4, 10.6, 300.0, -5.0], DT)
    assert y == [10.0, 11.0, 256.0, 0.0]
    assert cut == [False, False, True, True]


@pytest.mark.parametrize(
    "table",
    [
        {"lag": 1.0},
        {"noise_rms": -1.0},
        {"lag_ms": float("nan")},
        {"delay_ms": 9999.0},
        {"lag_ms": 2.0, "natural_hz": 40.0, "damping": 0.6},
    ],
)
def test_a_table_that_cannot_be_is_refused(table):
    with pytest.raises(ValueError, match="sensor"):
        sensor_response(table, WIDE, [0.0], DT)


def test_actuator_delays_lags_and_limits():
    y = np.array(actuator_response({"delay_ms": 8.0, "lag_ms": 4.0}, (0.0, 1.0), np.full(60, 5.0), DT))
    assert (y[:8] == 0.0).all()
    assert np.abs(y[8:] - (1 - np.exp(-np.arange(1, 53) / 4.0))).max() < 1e-12
    assert actuator_response({}, (0.0, 1.0), [-3.0, 0.4, 7.0], DT) == [0.0, 0.4, 1.0]


def test_a_command_that_is_no_number_is_the_lowest():
    assert actuator_response({}, (0.0, 1.0), [0.8, float("nan"), 0.8], DT) == [0.8, 0.0, 0.8]
