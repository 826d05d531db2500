"""Checks between the steps of a protocol, which need no other file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cext.tables.load import settings
from controller.config.capabilities import needed_by
from controller.config.errors import Fault, Loc
from controller.config.nearest import nearest

if TYPE_CHECKING:
    from controller.config.protocol import Protocol

MOST_RUNS = 65_535  # run.step is recorded in 16 bits


def faults(protocol: Protocol) -> list[Fault]:
    """Names given twice, references to steps that do not come before, settings that cannot change any more, and so on."""
    return [
        *_names(protocol),
        *_references(protocol),
        *_repeats(protocol),
        *_not_live(protocol),
        *_not_required(protocol),
    ]


def written(protocol: Protocol) -> Iterator[tuple[Loc, str]]:
    """Place and path of every setting that the protocol sets or ramps."""
    tables: list[tuple[Loc, dict[str, Any]]] = [(("set",), protocol.set)]
    for i, step in enumerate(protocol.steps):
        tables += [(("step", i, "set"), step.set), (("step", i, "ramp"), step.ramp)]
    tables += [(("teardown", "set"), protocol.teardown.set), (("teardown", "ramp"), protocol.teardown.ramp)]
    for loc, table in tables:
        for path in table:
            yield (*loc, path), path


def _names(protocol: Protocol) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for i, step in enumerate(protocol.steps):
        first = seen.setdefault(step.name, i)
        if first != i:
            yield Fault(("step", i, "name"), f"is the name of step {first + 1} already", "a name of its own")


def _references(protocol: Protocol) -> Iterator[Fault]:
    names = [step.name for step in protocol.steps]
    for i, step in enumerate(protocol.steps):
        places: list[tuple[Loc, str | None]] = [(("step", i, "repeat_from"), step.repeat_from)]
        places += [(("step", i, "expect", j, "relative_to"), e.relative_to) for j, e in enumerate(step.expect)]
        for loc, name in places:
            if name is None or name in names[:i] or (name == step.name and loc[-1] == "repeat_from"):
                continue
            before = ", ".join(names[:i]) or "none: this is the first step"
            what = "is not an earlier step" if name in names else "there is no step of this name"
            allowed = f"a step before this one ({before})"
            yield Fault(loc, what, allowed, nearest(name, names[:i]), absent_from=("step",))
        for j, expect in enumerate(step.expect):
            if expect.relative_to in names[:i]:
                reference = protocol.steps[names.index(expect.relative_to)]
                if reference.hold_s is None and reference.hold_beats is None and reference.until is None:
                    yield Fault(("step", i, "expect", j, "relative_to"), "holds nothing, so nothing was measured in it")


def _repeats(protocol: Protocol) -> Iterator[Fault]:
    names = [step.name for step in protocol.steps]
    end = -1
    runs = len(names)
    for i, step in enumerate(protocol.steps):
        if step.repeat == 1:
            continue
        start = names.index(step.repeat_from) if step.repeat_from in names[:i] else i
        if start <= end:
            what = f"repeats a step that is in the repeated block before (up to {names[end]})"
            yield Fault(("step", i, "repeat_from"), what, "blocks side by side")
        runs += (step.repeat - 1) * (i - start + 1)
        end = i
    if runs > MOST_RUNS:
        yield Fault(("step",), f"makes {runs} steps with all repeats", f"at most {MOST_RUNS}")


def _not_live(protocol: Protocol) -> Iterator[Fault]:
    for loc, path in written(protocol):
        if loc[0] != "set" and not settings()[path].live:
            yield Fault(loc, "cannot change once the bench is armed", "in the table [set] at the top, before the steps")


def _not_required(protocol: Protocol) -> Iterator[Fault]:
    told: set[str] = set()
    for loc, path in written(protocol):
        needed = needed_by(path)
        if needed and needed not in protocol.protocol.requires and needed not in told:
            told.add(needed)
            what = f'needs the capability "{needed}", which requires does not name'
            yield Fault(loc, what, f'[protocol] requires = ["{needed}", …]', absent_from=("protocol", "requires"))
