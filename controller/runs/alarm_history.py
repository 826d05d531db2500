"""What became of each alarm of a run, told from its events: whether it came first, when it ended, who acknowledged it and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def alarm_history(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row an alarm, in the order in which they were raised; one raised again before it was over is one row that counts.

    Keys: condition, priority, text, t_s, tick, first_out, count, signal, value, limit, unit (None where there is no number
    to it), ended_s, acknowledged_s, acknowledged_by (None: never).
    """
    rows: list[dict[str, Any]] = []
    active: dict[str, dict[str, Any]] = {}
    for event in events:
        data = event.get("data") or {}
        name = data.get("condition")
        if event["kind"] == "alarm" and name:
            row = active.get(name)
            if row is None:
                row = active[name] = _begun(event, data)
                rows.append(row)
            row["count"] = data.get("count", row["count"])
            row["ended_s"] = None
            if row["count"] > 1 and row["acknowledged_s"] is not None:
                row["acknowledged_s"] = row["acknowledged_by"] = None  # raised again, it wants to be seen again
        elif event["kind"] == "alarm-end" and name in active:
            active[name]["ended_s"] = event["t_s"]
        elif event["kind"] == "operator" and name in active and data.get("by"):
            active[name]["acknowledged_s"], active[name]["acknowledged_by"] = event["t_s"], data["by"]
        if name in active and active[name]["ended_s"] is not None and active[name]["acknowledged_s"] is not None:
            del active[name]
    return rows


def _begun(event: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "condition": data["condition"],
        "priority": event["priority"],
        "text": event["text"],
        "t_s": event["t_s"],
        "tick": event.get("tick"),
        "first_out": bool(data.get("first_out")),
        "count": int(data.get("count", 1)),
        **{key: data.get(key) for key in ("signal", "value", "limit", "unit")},
        "ended_s": None,
        "acknowledged_s": None,
        "acknowledged_by": None,
    }
