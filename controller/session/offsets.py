"""Offsets of the balloon's timing that are set, and that the timing in force does not heed: said, not swallowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cext.tables.load import settings

HEEDED_BY = {"iabp.inflation_offset_ms": ("semi-auto", "manual"), "iabp.deflation_offset_ms": ("manual",)}


def unheeded(values: Mapping[str, object], changed: Iterable[str]) -> list[str]:
    """A sentence for each offset among `changed` paths that is not at its default and has no effect. `values`: settings by path."""
    timing = values.get("iabp.timing")
    found = []
    for path in changed:
        heeded = HEEDED_BY.get(path)
        if (
            heeded
            and timing not in heeded
            and values[path] != settings()[path].decode(settings()[path].encode(settings()[path].default))
        ):
            found.append(
                f"{path} = {values[path]:g} ms has no effect while iabp.timing is {timing}: it is heeded in {' and '.join(heeded)}"
            )
    return found
