"""Which of the known names was probably meant. Says nothing rather than something far-fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGITS = re.compile(r"\d+")
_PARTS = re.compile(r"[._\- ]")


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of `known` that was probably meant by `word`; ``""`` if none is near.

    Near is a name with few slips of the pen: at most one in three characters of its last dotted part. Names that
    differ in their numbers alone (``P-9`` and ``P-8``, ``1:9`` and ``1:8``) are no slips, but other things. A word that is
    the beginning or a whole part of exactly one name stands for it (``hr`` for ``hr_bpm``, ``shock`` for
    ``cardiogenic-shock``).
    """
    typed = word.strip().lower()
    names = {name.lower(): name for name in known}
    if typed in names:
        return names[typed]
    most = max(1, len(_last(typed)) // 3)
    found = [
        (slips, name)
        for name in names
        if abs(len(name) - len(typed)) <= most
        and not (_DIGITS.search(name) and _numbers(name) != _numbers(typed) and _bare(name) == _bare(typed))
        and (slips := _slips(typed, name)) <= min(most, len(_last(name)) - 1)
    ]
    if found:
        return names[min(found)[1]]
    if len(_last(typed)) < 2:
        return ""
    begins = [name for name in names if name.startswith(typed) and name[len(typed)] in "._-"]
    parts = [name for name in names if len(typed) > 3 and typed in _PARTS.split(name)]
    for some in (begins, parts):
        if len(some) == 1:
            return names[some[0]]
    return ""


def nearest_path(path: str, known: Iterable[str]) -> str:
    """The same for names in groups (``patient.hr_bpm``): a name that is right and stands in one other group only is meant."""
    paths = list(known)
    same = [other for other in paths if other.partition(".")[2] == (path.partition(".")[2] or path)]
    return same[0] if len(same) == 1 else nearest(path, paths)


def _last(name: str) -> str:
    return name.rpartition(".")[2] or name


def _bare(name: str) -> str:
    return _DIGITS.sub("#", name)


def _numbers(name: str) -> list[str]:
    return _DIGITS.findall(name)


def _slips(a: str, b: str) -> int:
    """Characters left out, put in, replaced, or swapped with their neighbour (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, start=1):
        older, before, row = before, row, [i]
        for j, d in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (c != d))
            if i > 1 and j > 1 and c == b[j - 2] and a[i - 2] == d:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
