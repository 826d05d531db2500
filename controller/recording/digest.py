"""The hash of a recording's content: equal for equal frames, whatever the machine's timing was."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np


class Digest:
    """sha256 over rows in the order of their position: the bytes as in the file, with zeros for the columns that are
    not deterministic (lateness, execution time) and for the padding at the end of a row.
    """

    def __init__(self, dtype: np.dtype[Any], not_deterministic: list[str]) -> None:
        self._running = hashlib.sha256()
        fields: Mapping[str, Any] = dtype.fields or {}
        spans = [(int(at), int(at) + kind.itemsize) for kind, at, *_ in fields.values()]
        blank = [(at, end) for name, (at, end) in zip(fields, spans, strict=True) if name in not_deterministic]
        self._blank = [*blank, (max(end for _, end in spans), dtype.itemsize)]

    def add(self, rows: np.ndarray[Any, Any]) -> None:
        """Adds rows of the dtype."""
        raw = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize).copy()
        for start, end in self._blank:
            raw[:, start:end] = 0
        self._running.update(raw.data)

    def hexdigest(self) -> str:
        """The hash of everything added so far, in hexadecimal."""
        return self._running.hexdigest()
