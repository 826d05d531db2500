"""A file's tables without their faulty parts, so that one mistake does not hide the next.

What a table cannot do without (the name of a step, the source of a limit) is not taken out together with its table: a word
stands in for it, the one that was probably meant where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from controller.config.errors import Fault, Loc


class Pruned:
    """A copy of `tables` from which faulty parts are removed round by round.

    Items of a list move up when one is removed; `original` says where in the file a place was.
    """

    def __init__(self, tables: dict[str, Any]) -> None:
        self.tables: dict[str, Any] = _copy(tables)
        self._removed: list[Loc] = []  # in the places of the original
        self._kept: dict[Loc, list[int]] = {}  # original list -> original numbers of the items that are left
        self._meant: dict[Loc, str] = {}  # what was probably meant by what was removed
        self._tried: dict[Loc, list[Any]] = {}  # what has stood in, where

    def original(self, fault: Fault) -> Fault:
        """The fault with its place in the file as it is."""
        return replace(fault, loc=self._original(fault.loc))

    def is_news(self, fault: Fault) -> bool:
        """Whether the fault is not just what a removal caused: something in it, all of it, or what it misses is gone."""
        looked_in = fault.absent_from
        if looked_in is not None:
            depth = len(looked_in) + 1
            if any(len(gone) <= depth and gone == (*looked_in, *gone[-1:])[: len(gone)] for gone in self._removed):
                return False
        if fault.missing and self._original(fault.loc[:-1]) in self._kept:
            return False  # a list that is too short since an item was removed
        loc = self._original(fault.loc)
        return not any(gone[: len(loc)] == loc or loc[: len(gone)] == gone for gone in self._removed)

    def remove(self, faults: Iterable[Fault], declared_at: Callable[[Loc], Any]) -> bool:
        """Takes out what the faults point at, or fills in what is missing (else the part around it goes). False if nothing is left.

        `declared_at`: the type that a place is declared with.
        """
        left = [fault for fault in faults if not (fault.missing and self._fill(fault.loc, declared_at(fault.loc)))]
        self._meant |= {self._original(fault.loc): fault.hint for fault in left if fault.hint}
        targets = {self._target(fault.loc) for fault in left}
        if () in targets:
            return False
        inner_first = sorted(targets, key=lambda loc: (len(loc), [(isinstance(p, str), p) for p in loc]), reverse=True)
        originals = {loc: self._original(loc) for loc in inner_first}
        for loc in inner_first:
            self._remove(loc, originals[loc])
        return True

    def _fill(self, loc: Loc, declared: Any) -> bool:
        """Puts something at `loc` that was not tried there before; False where nothing (more) can stand in."""
        place = self._original(loc)
        tried = self._tried.setdefault(place, [])
        meant = [self._meant[place]] if place in self._meant else []
        if declared is str:
            meant.append(f"unnamed-{len(self._tried)}")
        elif declared is bool or get_origin(declared) is Literal:
            meant += get_args(declared) or (True, False)
        left = [word for word in meant if word not in tried]
        if len(loc) < 2 or not left:
            return False
        table: Any = self.tables
        for part in loc[:-1]:
            table = table[part]
        table[loc[-1]] = left[0]
        tried.append(left[0])
        self._removed.append(place)
        return True

    def _target(self, loc: Loc) -> Loc:
        """The innermost part of `loc` that exists."""
        here: Any = self.tables
        for depth, part in enumerate(loc):
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return loc[:depth]
        return loc

    def _remove(self, loc: Loc, original: Loc) -> None:
        parent: Any = self.tables
        for part in loc[:-1]:
            parent = parent[part]
        last = loc[-1]
        if isinstance(parent, list) and isinstance(last, int):
            kept = self._kept.setdefault(original[:-1], list(range(len(parent))))
            del parent[last], kept[last]
        else:
            del parent[last]
        self._removed.append(original)

    def _original(self, loc: Loc) -> Loc:
        found: Loc = ()
        for part in loc:
            kept = self._kept.get(found)
            if kept is not None and isinstance(part, int):
                part = kept[part] if part < len(kept) else part + 1_000_000
            found = (*found, part)
        return found


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
