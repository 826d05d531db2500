"""MQTT discovery of Home Assistant: one retained description of the bench as a device with its metrics as sensors.

Form: device discovery of the MQTT integration (Home Assistant 2024.11 and newer), abbreviations spelled out where they may be.
"""

from __future__ import annotations

import re
from typing import Any

from cext.tables.metrics import metrics
from controller.telemetry.topics import OFFLINE, ONLINE, Topics

PREFIX = "homeassistant"
# What one looks at from the next room; every other metric is on the beat topic for a sensor of one's own.
SHOWN = (
    "hr_bpm", "aop_systolic_mmHg", "aop_diastolic_mmHg", "map_mmHg", "aop_augmented_mmHg", "lvedp_mmHg", "lap_mean_mmHg", "cvp_mmHg",
    "pap_mean_mmHg", "co_L_min", "native_co_L_min", "pump_flow_L_min", "rpump_flow_L_min", "ecmo_flow_L_min", "lv_ejection_fraction_pct",
)  # fmt: skip
EXPIRE_S = 30  # without a beat a value is no longer shown as one


def discovery(bench: str, title: str, software: str) -> tuple[str, dict[str, Any]]:
    """Topic and payload. `title`: words for the device; `software`: version."""
    name = "mockloop_" + re.sub(r"[^A-Za-z0-9_-]", "_", bench)
    topics = Topics(bench)
    rows = metrics()
    sensors = {
        metric: {
            "platform": "sensor",
            "unique_id": f"{name}_{metric}",
            "name": rows[metric].label,
            "state_topic": topics.beat,
            # A metric without meaning is null, which comes out as None: unknown
            "value_template": f"{{{{ value_json.{metric} }}}}",
            "unit_of_measurement": rows[metric].unit,
            "suggested_display_precision": rows[metric].decimals,
            "state_class": "measurement",
            "expire_after": EXPIRE_S,
        }
        for metric in SHOWN
    }
    payload = {
        "device": {"identifiers": [name], "name": title, "manufacturer": "mockloop", "sw_version": software},
        "origin": {"name": "mockloop", "sw_version": software},
        "components": sensors,
        "availability_topic": topics.status,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "qos": 0,
    }
    return f"{PREFIX}/device/{name}/config", payload
