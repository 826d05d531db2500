"""Values that a setting may take, but the devices that are fitted do not have: refused, never clipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cext.tables.load import Value, settings
from cext.tables.models import model_of
from controller.config.device import AUTO, BY_SPEED, Balloon, Device, RotaryPump
from controller.config.effective import OPTION, Effective
from controller.config.errors import Problem

DRIVEN_BY = {"pump.level": "pump.device", "pump.speed_rpm": "pump.device", "rpump.level": "rpump.device"}


def not_fitted(state: Mapping[str, Value], given: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The settings of `given` that drive a pump that is not there, and what fits it. Defaults ask for nothing."""
    for path, device in DRIVEN_BY.items():
        if path in given and state[device] == "none" and given[path] != settings()[path].default:
            yield path, device


def in_words(device: str) -> str:
    """What is wrong with driving the pump of that setting while it is none."""
    return f"drives a pump that is not fitted: {device} is none"


def refused_by_devices(
    devices: Mapping[str, Device], state: Mapping[str, Value], given: Mapping[str, Value]
) -> Iterator[tuple[str, str, str]]:
    """What the fitted devices refuse of `given`, with `state` in force: path, what is wrong, what is allowed.

    Args:
        devices: by the name of the setting that fits them, and the balloon as ``iabp``.
    """
    pump = devices.get("pump.device")
    if isinstance(pump, RotaryPump) and pump.name == state["pump.device"]:
        level, speed = given.get("pump.level"), given.get("pump.speed_rpm")
        if level is not None and level not in (AUTO, BY_SPEED, *pump.levels):
            yield "pump.level", f"is no level of {pump.name}", ", ".join([*pump.levels, AUTO, BY_SPEED])
        low, high = pump.speed_range_rpm
        if speed is not None and speed != 0.0 and not low <= float(speed) <= high:
            yield "pump.speed_rpm", f"is no speed of {pump.name}", f"0, or {low:g} to {high:g} rpm"
    right, wanted = devices.get("rpump.device"), given.get("rpump.level")
    if (
        isinstance(right, RotaryPump)
        and right.name == state["rpump.device"]
        and wanted is not None
        and wanted not in right.levels
    ):
        yield "rpump.level", f"is no level of {right.name}", ", ".join(right.levels)
    balloon, fill = devices.get("iabp"), given.get("iabp.fill_mL")
    if isinstance(balloon, Balloon) and fill is not None and float(fill) > balloon.balloon.nominal_mL:
        nominal = balloon.balloon.nominal_mL
        yield "iabp.fill_mL", f"is more than {balloon.name} holds", f"at most {nominal:g} mL (0: all of it)"


def refused_live(devices: Mapping[str, Device], state: Mapping[str, Value], path: str, value: Value) -> tuple[str, str] | None:
    """What is wrong with `path` = `value` on an open bench, and what is allowed; None where nothing is.

    Zero, P-0 and other defaults are always taken: they ask for nothing.
    """
    if value == settings()[path].default:
        return None
    if refused := model_of(state).refuses(path, value):
        return refused
    for _, device in not_fitted(state, {path: value}):
        return in_words(device), f"a run with {device}"
    for _, what, allowed in refused_by_devices(devices, {**state, path: value}, {path: value}):
        return what, allowed
    return None


def misnamed(problems: Iterable[Problem]) -> bool:
    """Whether the name of a device itself is among the problems."""
    return any(path in problem.key for problem in problems for path in ("pump.device", "iabp.balloon_mL"))


def fitted_problems(effective: Effective, devices: Mapping[str, Device]) -> list[Problem]:
    """What the devices refuse of the settings that are in force before arming, each at the place that gave it.

    A protocol's own settings are left out: `Fit` follows those from step to step. What the circulation model refuses is
    said of ``--set`` only: a bench's own devices just have no effect there, and a patient's file is taken as far as it goes.
    """
    given = {path: entry.value for path, entry in effective.changed.items() if entry.layer != "protocol"}
    found = [
        Problem(effective[path].where or effective[path].layer, path, str(effective[path].value), what, allowed)
        for path, what, allowed in refused_by_devices(devices, effective.values_by_path, given)
    ]
    found += [
        Problem(OPTION, path, str(entry.value), *refused)
        for path, entry in effective.changed.items()
        if entry.layer == OPTION and (refused := effective.model.refuses(path, entry.value))
    ]
    return found + [
        Problem(OPTION, path, str(given[path]), in_words(device), f"beside {device}")
        for path, device in not_fitted(effective.values_by_path, given)
        if effective[path].layer == OPTION
    ]
