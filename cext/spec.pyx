"""Python's way to fill the CoreSpec."""

import math
from collections.abc import Mapping, Sequence

from cext.tables.load import inputs, outputs


cdef class Spec:
    """Channels, limits and policy of a bench for the core.

    `inputs_` and `outputs_` map channel names (``aop_mmHg``, ``valve_pressure``) to their rows: inputs ``low, high,
    required, max_age_s, least_activity, trip_low, trip_high``; outputs ``low, high, rest, safe, standby, slew_per_s``, in the units
    of the signal table. An input that is not named is absent from the bench; an output that is not named is held at 0.
    `level_rpm` gives the speeds of P-0 … P-9 in rpm, None where the pump has no such level;
    `boost_rpm` that of boost, `right_level_rpm` the levels of the right pump.

    Raises:
        KeyError: a channel that the signal table does not have.
        ValueError: an output whose rest, safe or standby value lies outside its range, or is not finite; an input limit that
            is no number; a valve that cannot shut.
    """

    def __init__(
        self,
        inputs_: Mapping[str, Mapping[str, float]],
        outputs_: Mapping[str, Mapping[str, float]],
        *,
        period_s: float = 0.001,
        overrun_trips: bool = False,
        overrun_limit: int = 0,
        level_rpm: Sequence[float | None] = (),
        pump_range_rpm: Sequence[float] = (0.0, 0.0),
        boost_rpm: float | None = None,
        right_level_rpm: Sequence[float | None] = (),
    ) -> None:
        cdef int i
        in_names = [s.path.removeprefix("in.") for s in inputs()]
        guarded = [s.pressure_limit for s in inputs()]
        out_names = [s.path.removeprefix("out.") for s in outputs()]
        unknown = [n for n in inputs_ if n not in in_names] + [n for n in outputs_ if n not in out_names]
        if unknown:
            raise KeyError(f"channels {unknown} are not in the signal table")
        self.c.period_s = period_s
        self.c.overrun_trips = overrun_trips
        self.c.overrun_limit = overrun_limit
        for i, name in enumerate(in_names):
            row = inputs_.get(name, {})
            unordered = [key for key in ("low", "high", "max_age_s", "least_activity", "trip_low", "trip_high")
                         if math.isnan(row.get(key, 0.0))]
            if unordered:
                raise ValueError(f"input {name}: {', '.join(unordered)} must be a number: nothing lies beyond NaN")
            self.c.inputs[i].present = name in inputs_
            self.c.inputs[i].required = bool(row.get("required", False))
            self.c.inputs[i].low = row.get("low", -math.inf)
            self.c.inputs[i].high = row.get("high", math.inf)
            self.c.inputs[i].max_age_s = row.get("max_age_s", 0.005)
            self.c.inputs[i].least_activity = row.get("least_activity", 0.0)
            self.c.inputs[i].trip_low = row.get("trip_low", -math.inf)
            self.c.inputs[i].trip_high = row.get("trip_high", math.inf)
            self.c.inputs[i].pressure = guarded[i]
        for i, name in enumerate(out_names):
            row = outputs_.get(name, {"low": 0.0, "high": 0.0})
            low, high = row["low"], row["high"]
            if name.startswith("valve_") and not low <= 0.0 <= high:
                raise ValueError(f"output {name}: range {low:g} to {high:g} must contain 0, or the valve can never shut")
            values = [row.get(key, 0.0) for key in ("rest", "safe", "standby")]
            if not all(math.isfinite(v) and low <= v <= high for v in values):
                raise ValueError(f"output {name}: rest, safe, standby {values} must be finite and within {low:g} to {high:g}")
            self.c.outputs[i].low, self.c.outputs[i].high = low, high
            self.c.outputs[i].rest, self.c.outputs[i].safe, self.c.outputs[i].standby = values
            slew = row.get("slew_per_s", 0.0)
            if not slew >= 0.0:
                raise ValueError(f"output {name}: slew_per_s = {slew} is refused: allowed is 0 (not limited) and more")
            self.c.outputs[i].slew_per_s = slew
        for i in range(10):
            rpm = level_rpm[i] if i < len(level_rpm) else None
            self.c.level_rpm[i] = math.nan if rpm is None else rpm
        self.c.boost_rpm = math.nan if boost_rpm is None else boost_rpm
        self.c.rpump_high_rpm = 0.0
        for i in range(10):
            rpm = right_level_rpm[i] if i < len(right_level_rpm) else None
            self.c.rpump_level_rpm[i] = math.nan if rpm is None else rpm
            self.c.rpump_high_rpm = max(self.c.rpump_high_rpm, 0.0 if rpm is None else rpm)
        self.c.pump_low_rpm = pump_range_rpm[0]
        self.c.pump_high_rpm = pump_range_rpm[1]
