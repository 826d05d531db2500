"""Whether a protocol, a bench, its devices and the settings before arming fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cext.tables.load import Value, inputs, settings
from controller.config import metrics
from controller.config.bench import Bench
from controller.config.capabilities import TRIGGER_INPUTS
from controller.config.conditions import AbortIf, SuspendIf
from controller.config.device import BY_SPEED, Device
from controller.config.dut import dut_faults
from controller.config.effective import Effective
from controller.config.errors import Fault, Loc
from controller.config.fitted import in_words, not_fitted, refused_by_devices
from controller.config.nearest import nearest
from controller.config.preconditions import unmet
from controller.config.protocol import Protocol, Step


@dataclass(frozen=True)
class Fit:
    """A protocol against what it is to run on. `devices` by name of the setting that fits them (``pump.device``).

    `misnamed`: the name of a device is wrong itself, so that nothing is said of what the device would refuse.
    """

    protocol: Protocol
    bench: Bench
    settings: Effective
    devices: Mapping[str, Device]
    misnamed: bool = False

    def faults(self) -> list[Fault]:
        """Everything that does not fit, at its place in the protocol's file."""
        before = unmet(self.protocol.precondition, self.settings, self._modelled)
        return [
            *self._capabilities(),
            *before,
            *self._metrics(),
            *self._signals(),
            *self._zeros(),
            *self._course(),
            *dut_faults(self.protocol.dut, self.bench.inputs),
        ]

    @property
    def _modelled(self) -> bool:
        return "patient-model" in self.bench.bench.offers

    def _capabilities(self) -> Iterator[Fault]:
        offers, model = self.bench.bench.offers, self.settings.model
        for i, name in enumerate(self.protocol.protocol.requires):
            if name in offers and not model.carries(name):
                what = f"is not to be had with the circulation model {model.name}, which is {model.extent}"
                yield Fault(("protocol", "requires", i), what, ", ".join(one for one in offers if model.carries(one)))
            if name not in offers:
                what = f"is not offered by the bench {self.bench.name}"
                yield Fault(("protocol", "requires", i), what, ", ".join(offers) or "nothing: the bench offers nothing")

    def _metrics(self) -> Iterator[Fault]:
        for i, step in enumerate(self.protocol.steps):
            for j, expect in enumerate(step.expect):
                for key, name in (("metric", expect.metric), ("relative_metric", expect.relative_metric)):
                    yield from self._metric(("step", i, "expect", j, key), name)
            for name in step.within or {}:
                yield from self._metric(("step", i, "within", name), name)

    def _metric(self, loc: Loc, name: str | None) -> Iterator[Fault]:
        if name is None:
            return
        model = self.settings.model
        if (missing := [one for one in metrics.plant_signals(name) if not model.has(one)]) and self._modelled:
            what = f"is never measured: the circulation model {model.name} is {model.extent}, without {', '.join(missing)}"
            yield Fault(loc, what)
        if self.bench.bench.metrics_from == "plant":
            return
        channels = metrics.made_of().get(name)
        if channels is None:
            yield Fault(loc, f"cannot be measured on the bench {self.bench.name}: {name} needs a patient model")
        elif missing := [channel for channel in channels if channel not in self.bench.inputs]:
            yield Fault(loc, f"cannot be measured on the bench {self.bench.name}: it has no {', '.join(missing)}")

    def _signals(self) -> Iterator[Fault]:
        tables: list[tuple[Loc, tuple[AbortIf, ...], tuple[SuspendIf, ...]]] = [
            ((), self.protocol.abort_if, self.protocol.suspend_if)
        ]
        tables += [(("step", i), step.abort_if, step.suspend_if) for i, step in enumerate(self.protocol.steps)]
        for loc, aborts, suspends in tables:
            both: tuple[tuple[str, tuple[AbortIf | SuspendIf, ...]], ...] = (("abort_if", aborts), ("suspend_if", suspends))
            for key, conditions in both:
                for j, condition in enumerate(conditions):
                    yield from self._signal((*loc, key, j, "signal"), condition.signal)
                    yield from self._metric((*loc, key, j, "metric"), condition.metric)

    def _signal(self, loc: Loc, path: str | None) -> Iterator[Fault]:
        group, _, name = (path or "").partition(".")
        if group == "in" and name not in self.bench.inputs:
            yield Fault(loc, f"is not an input of the bench {self.bench.name}", ", ".join(f"in.{n}" for n in self.bench.inputs))
        model = self.settings.model
        if group == "plant" and self._modelled and not model.has(str(path)):
            yield Fault(loc, f"is never known: the circulation model {model.name} is {model.extent}")
        if group == "plant" and not self._modelled:
            yield Fault(loc, f"is never known: the bench {self.bench.name} has no patient model")

    def _zeros(self) -> Iterator[Fault]:
        analog = [one.path.removeprefix("in.") for one in inputs() if one.kind != "digital"]
        there = [name for name in self.bench.inputs if name in analog]
        for i, step in enumerate(self.protocol.steps):
            for j, name in enumerate(step.zero):
                if name not in there:
                    what = f"is no input of the bench {self.bench.name} that can be zeroed"
                    yield Fault(("step", i, "zero", j), what, ", ".join(there), nearest(name, there))

    def _course(self) -> Iterator[Fault]:
        """Follows the settings from step to step and looks at what each change means where it comes."""
        state = self.settings.values_by_path
        yield from self._given(("set",), state, self.protocol.set, before_arming=True)
        yield from self._trigger(("set",), state, self.protocol.set)
        for i, step in enumerate(self.protocol.steps):
            ramped = {path: ramp.to for path, ramp in step.ramp.items()}
            state = {**state, **step.set, **ramped}
            yield from self._given(("step", i, "set"), state, step.set)
            yield from self._trigger(("step", i, "set"), state, step.set)
            yield from self._given(("step", i, "ramp"), state, ramped)
            yield from self._steady(i, step, state)
        teardown = self.protocol.teardown
        ramped = {path: ramp.to for path, ramp in teardown.ramp.items()}
        state = {**state, **teardown.set, **ramped}
        yield from self._given(("teardown", "set"), state, teardown.set)
        yield from self._given(("teardown", "ramp"), state, ramped)

    def _given(
        self, loc: Loc, state: Mapping[str, Value], given: Mapping[str, Value], before_arming: bool = False
    ) -> Iterator[Fault]:
        """Faults of what `given` does to the devices, with `state` in force after it."""
        for path, value in given.items():
            if refused := self.settings.model.refuses(path, value):
                yield Fault((*loc, path), *refused)
        if self.misnamed:
            return
        for path, what, allowed in refused_by_devices(self.devices, state, given):
            yield Fault((*loc, path), what, allowed)
        for path, device in not_fitted(state, given):
            yield Fault((*loc, path), in_words(device), f"[set] {device}")
        if state["pump.device"] == "none":
            return
        if "pump.speed_rpm" in given and not before_arming and state["pump.level"] != BY_SPEED:
            what = f"has no effect: pump.level is {state['pump.level']} here"
            yield Fault((*loc, "pump.speed_rpm"), what, f'beside pump.level = "{BY_SPEED}"')

    def _trigger(self, loc: Loc, state: Mapping[str, Value], given: Mapping[str, Value]) -> Iterator[Fault]:
        """A balloon pump that `given` puts to work on a trigger whose input the bench does not have."""
        word = str(state["iabp.trigger"])
        channel = TRIGGER_INPUTS.get(word)
        if channel is None or channel in self.bench.inputs or not state["iabp.enabled"]:
            return
        allowed = ", ".join(
            one for one in settings()["iabp.trigger"].choices if TRIGGER_INPUTS.get(one, "aop_mmHg") in self.bench.inputs
        )
        for path in ("iabp.trigger", "iabp.enabled"):
            if path in given:
                what = f"has no trigger: iabp.trigger is {word}, and the bench {self.bench.name} has no input {channel}"
                yield Fault((*loc, path), what, f"iabp.trigger = {allowed}")
                return

    def _steady(self, i: int, step: Step, state: Mapping[str, Value]) -> Iterator[Fault]:
        if step.until is None or step.limit_s is None:
            return
        least = steady_least_s(step, state)
        if step.limit_s < least:
            what = f"is over before {step.windows} windows can be: they take {least:.3g} s or more"
            yield Fault(("step", i, "limit_s"), what, f"at least {least:.3g} s, better several times that")


def steady_least_s(step: Step, state: Mapping[str, Value]) -> float:
    """Shortest time in which ``until = "steady"`` can be met: its windows, each at least an assist group long."""
    group = int(str(state["iabp.assist"]).partition(":")[2]) if state["iabp.enabled"] else 1
    group_s = group * 60.0 / heart_rate_bpm(state)
    return step.windows * max(step.window_s, group_s)


def heart_rate_bpm(state: Mapping[str, Value]) -> float:
    """Heart rate that the settings ask for; 75 where no patient model says (the middle of normal, 60 to 100)."""
    return float(state.get("patient.hr_bpm", 75.0))
