"""A plan in words, for ``mockloop run … --dry-run`` and for the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cext.tables.load import Value, settings, signals
from controller.config import metrics
from controller.config.limits import Expect
from controller.config.plan import Plan, PlannedStep

if TYPE_CHECKING:
    from controller.config.conditions import AbortIf, SuspendIf
    from controller.config.preconditions import Precondition
    from controller.config.protocol import Step


def lines(plan: Plan) -> list[str]:
    """The whole plan, a line each: what is set before arming, every step with its limits, the teardown, the time."""
    protocol = plan.protocol
    out = [f"{protocol.name}: {protocol.title}"]
    if protocol.set:
        out.append("before arming: " + ", ".join(setting_text(path, value) for path, value in protocol.set.items()))
    out += [precondition_text(condition) for condition in protocol.precondition]
    out += [f"always: {condition_text(c)}" for c in protocol.abort_if]
    out += [f"always: {condition_text(c)}" for c in protocol.suspend_if]
    for planned in plan.steps:
        out.append(f"{planned.number}. {planned.label}{': ' + planned.step.title if planned.step.title else ''}")
        out += [f"     {line}" for line in step_lines(planned)]
    teardown = [setting_text(path, value) for path, value in protocol.teardown.set.items()]
    teardown += [ramp_text(path, ramp.to, ramp.over_s) for path, ramp in protocol.teardown.ramp.items()]
    teardown += [f"hold {seconds(protocol.teardown.hold_s)}"] if protocol.teardown.hold_s else []
    out.append(f"in any case at the end: {', '.join(teardown) or 'stop and disarm'}")
    out.append(f"time: {time_text(plan.shortest_s, plan.expected_s, plan.longest_s)}")
    return out


def step_lines(planned: PlannedStep) -> Iterator[str]:
    """What one step does, how long, and what it must show."""
    step = planned.step
    if step.prompt is not None:
        waits = f", at most {seconds(step.prompt_limit_s)}" if step.prompt_limit_s is not None else ""
        yield f"ask the operator{waits}: {step.prompt}"
    changes = [setting_text(path, value) for path, value in step.set.items()]
    changes += [ramp_text(path, ramp.to, ramp.over_s) for path, ramp in step.ramp.items()]
    if step.zero:
        yield f"zero {', '.join(step.zero)}: mean of {seconds(step.zero_s)}"
    if changes:
        yield "set " + ", ".join(changes)
    if hold := hold_text(step):
        yield f"{hold} ({time_text(planned.shortest_s, planned.expected_s, planned.longest_s)})"
    for expect in step.expect:
        yield f"expect {expect_text(expect)} [{expect.source}]"
    yield from (condition_text(condition) for condition in step.abort_if)
    yield from (condition_text(condition) for condition in step.suspend_if)


def hold_text(step: Step) -> str:
    """How long the step holds, in words; empty if it holds nothing."""
    if step.hold_s is not None:
        measured = f", measure the last {seconds(step.measure_s)}" if step.measure_s is not None else ""
        return f"hold {seconds(step.hold_s)}{measured}"
    if step.hold_beats is not None:
        return f"hold {step.hold_beats} beats, at most {seconds(step.hold_limit_s)}"
    if step.until is not None:
        return f"hold until steady, at most {seconds(step.hold_limit_s)}"
    return ""


def expect_text(expect: Expect) -> str:
    """A limit in words: ``map_mmHg 50 to 68 mmHg``, ``co_L_min at least 0.5 L/min above baseline``."""
    unit = metrics.units()[expect.metric]
    low, high = expect.low, expect.high
    if expect.low_pct is not None or expect.high_pct is not None:
        low, high, unit = expect.low_pct, expect.high_pct, "%"
    sign = "+" if expect.is_relative else ""
    ends = [f"{end:{sign}g}" if end else "0" for end in (low, high) if end is not None]
    if low is not None and high is not None:
        band = " to ".join(ends)
    else:
        band = f"{'at least' if low is not None else 'at most'} {ends[0]}"
    text = f"{expect.metric} {band} {unit}".rstrip()
    if expect.is_relative:
        text += f" against {' in '.join(part for part in (expect.relative_metric, expect.relative_to) if part)}"
    return text


def precondition_text(condition: Precondition) -> str:
    bounds = [
        f"{word} {value:g}" for word, value in (("at least", condition.low), ("at most", condition.high)) if value is not None
    ]
    return f"only with {condition.setting} {' and '.join(bounds)}: {condition.why}"


def condition_text(condition: AbortIf | SuspendIf) -> str:
    """``abort if map_mmHg below 30 mmHg for 10 s (why)``."""
    name = condition.signal or condition.metric or ""
    unit = metrics.units().get(name) or next((s.unit for s in signals() if s.path == name), "")
    bound = f"below {condition.below:g}" if condition.below is not None else f"above {condition.above:g}"
    trips = getattr(condition, "trip", None)
    word = "pause" if trips is None else "trip" if trips else "abort"
    text = f"{word} if {name} {bound} {unit}".rstrip()
    text += f" for {seconds(condition.for_s)}" if condition.for_s else ""
    return f"{text} ({condition.why})" if condition.why else text


def setting_text(path: str, value: Value) -> str:
    """``iabp.assist = 1:2``, ``iabp.enabled = on``, ``pump.speed_rpm = 31000 rpm``."""
    if isinstance(value, bool):
        return f"{path} = {'on' if value else 'off'}"
    shown = value if isinstance(value, str) else f"{value:g}"
    return f"{path} = {shown} {settings()[path].unit}".rstrip()


def ramp_text(path: str, to: float, over_s: float) -> str:
    return f"ramp {setting_text(path, to)} in {seconds(over_s)}"


def seconds(time_s: float | None) -> str:
    """``20 s``, ``2 min 15 s``, ``1 h 05 min``; ``any time`` for None."""
    if time_s is None:
        return "any time"
    if time_s < 60.0:
        return f"{time_s:.3g} s"
    minutes, rest = divmod(round(time_s), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def time_text(least_s: float, expected_s: float, most_s: float | None) -> str:
    """``20 s``, or ``12 s to 40 s, about 26 s`` where it is not fixed."""
    if most_s is not None and most_s - least_s < 0.5:
        return seconds(expected_s)
    upper = f"to {seconds(most_s)}" if most_s is not None else "and as long as the operator takes"
    return f"{seconds(least_s)} {upper}, about {seconds(expected_s)}"
