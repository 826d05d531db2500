"""Sensor and actuator tables of a bench file to the structs of the plant. Outside the tick.

Sensor: gain_error_pct, offset (or offset_<unit>), drift_per_h, noise_rms in the signal's unit, delay_ms, lag_ms or
natural_hz + damping, bits of the converter over the channel's range. Actuator: delay_ms, lag_ms. Everything is 0 where not
given.
"""

from math import exp, isfinite, pi

from libc.stdint cimport uint64_t
from libc.string cimport memset
from cext.plant.actuator cimport ACTUATOR_LINE, Actuator, ActuatorState, actuator_start, actuator_step
from cext.plant.sensor cimport SENSOR_LINE, Sensor, SensorState, sensor_read
from cext.plant.random cimport random_word

SENSOR_KEYS = ("gain_error_pct", "offset", "drift_per_h", "noise_rms", "delay_ms", "lag_ms", "natural_hz", "damping", "bits")
ACTUATOR_KEYS = ("delay_ms", "lag_ms")


def _numbers(channel: str, what: str, table: dict, keys: tuple) -> dict:
    """The table with every key of `keys` as a float (0 where not given).

    Raises:
        ValueError: an unknown key, or a value that is no finite number.
    """
    found = dict.fromkeys(keys, 0.0)
    for name, value in table.items():
        key = "offset" if name.startswith("offset") and "offset" in keys else name
        if key not in found:
            raise ValueError(f"{channel}: {what} has no {name!r}, known are {', '.join(keys)}")
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise ValueError(f"{channel}: {what} {name} = {value!r}, it must be a finite number")
        if value < 0 and key not in ("gain_error_pct", "offset", "drift_per_h"):
            raise ValueError(f"{channel}: {what} {name} = {value!r}, it must not be below 0")
        found[key] = float(value)
    return found


def _delay(channel: str, delay_ms: float, dt: float, line: int) -> tuple:
    """Whole steps and the part of a step of a delay. Raises ValueError where the line is too short."""
    steps = delay_ms * 1e-3 / dt
    if steps > line - 2:
        raise ValueError(f"{channel}: delay_ms = {delay_ms:g} ms is refused: at most {(line - 2) * dt * 1e3:g} ms")
    whole = int(steps + 1e-9)
    return whole, max(0.0, steps - whole)


def second_order_step(natural_hz: float, damping: float, dt: float) -> tuple:
    """a11, a12, a21, a22, b1, b2 of y'' = w^2*(u - y) - 2*z*w*y' over `dt` s with u held: exact, by the exponential of the
    matrix."""
    import numpy as np

    w = 2.0 * pi * natural_hz
    m = np.array([[0.0, 1.0, 0.0], [-w * w, -2.0 * damping * w, w * w], [0.0, 0.0, 0.0]]) * (dt / 1024.0)
    e = np.eye(3)
    term = np.eye(3)
    for n in range(1, 12):
        term = term @ m / n
        e = e + term
    for _ in range(10):
        e = e @ e
    return tuple(float(x) for x in (e[0, 0], e[0, 1], e[1, 0], e[1, 1], e[0, 2], e[1, 2]))


cdef int sensor_from(Sensor* p, str channel, dict table, object limits, double dt) except -1:
    """Raises ValueError for a table that cannot be."""
    n = _numbers(channel, "sensor", table, SENSOR_KEYS)
    memset(p, 0, sizeof(Sensor))
    if n["natural_hz"] > 0.0 and n["lag_ms"] > 0.0:
        raise ValueError(f"{channel}: sensor has both lag_ms and natural_hz: give one")
    if n["natural_hz"] > 0.0:
        p.a11, p.a12, p.a21, p.a22, p.b1, p.b2 = second_order_step(n["natural_hz"], n["damping"], dt)
    else:
        p.a11 = exp(-dt / (1e-3 * n["lag_ms"])) if n["lag_ms"] > 0.0 else 0.0
        p.b1 = 1.0 - p.a11
    p.delay_steps, p.delay_part = _delay(channel, n["delay_ms"], dt, SENSOR_LINE)
    p.gain = 1.0 + 0.01 * n["gain_error_pct"]
    p.offset = n["offset"]
    p.drift_step = n["drift_per_h"] * dt / 3600.0
    p.noise = n["noise_rms"]
    p.low, p.high = (float(x) for x in limits)
    if n["bits"] > 0.0:
        p.lsb = (p.high - p.low) / 2.0 ** n["bits"]
        p.per_lsb = 1.0 / p.lsb
    return 0


cdef int actuator_from(Actuator* p, str channel, dict table, object limits, double dt) except -1:
    """Raises ValueError for a table that cannot be."""
    n = _numbers(channel, "actuator", table, ACTUATOR_KEYS)
    memset(p, 0, sizeof(Actuator))
    p.delay_steps, p.delay_part = _delay(channel, n["delay_ms"], dt, ACTUATOR_LINE)
    p.follow = 1.0 - exp(-dt / (1e-3 * n["lag_ms"])) if n["lag_ms"] > 0.0 else 1.0
    p.low, p.high = (float(x) for x in limits)
    return 0


cdef uint64_t channel_seed(long long seed, str channel):
    """A state of its own for every channel's noise, whatever other channels there are."""
    cdef uint64_t state = <uint64_t>seed
    cdef uint64_t mixed = random_word(&state)
    for letter in channel.encode():
        state = mixed ^ <uint64_t>(<int>letter)
        mixed = random_word(&state)
    return mixed


def sensor_response(table, limits, truth, dt_s, seed=0, channel="sensor"):
    """(readings, saturated) of a sensor table for the array `truth`. Raises ValueError for a table that cannot be."""
    cdef Sensor p
    cdef SensorState s
    memset(&s, 0, sizeof(s))
    sensor_from(&p, channel, table, limits, dt_s)
    s.random = channel_seed(seed, channel)
    readings, cut = [], []
    for x in truth:
        readings.append(sensor_read(&p, &s, x))
        cut.append(bool(s.saturated))
    return readings, cut


def actuator_response(table, limits, commands, dt_s, start=0.0):
    """What an actuator table makes of the array `commands`, settled at `start`. Raises ValueError for a table that cannot
    be."""
    cdef Actuator p
    cdef ActuatorState s
    actuator_from(&p, "actuator", table, limits, dt_s)
    actuator_start(&p, &s, start)
    return [actuator_step(&p, &s, u) for u in commands]
