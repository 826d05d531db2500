"""Events of a run: the supervisor's events.jsonl and those in the recording, each once, in the order of time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Event = dict[str, Any]
KEYS = {"t_s": float("nan"), "tick": -1, "epoch_s": float("nan"), "kind": "", "priority": "", "text": "", "data": {}}


def read_events_file(path: Path) -> list[Event]:
    """Events of an events.jsonl; [] if there is none. A last line cut off by a kill is left out."""
    found = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            found.append(event)
    return found


def merged(*sources: Iterable[Event]) -> list[Event]:
    """Events of all sources with every key present, equal ones once, sorted by tick (stable)."""
    unique: dict[str, Event] = {}
    for source in sources:
        for event in source:
            whole = {key: event.get(key, default) for key, default in KEYS.items()}
            whole = {key: KEYS[key] if value is None else value for key, value in whole.items()}
            unique.setdefault(json.dumps(whole, sort_keys=True, default=str), whole)
    return sorted(unique.values(), key=lambda event: event["tick"])
