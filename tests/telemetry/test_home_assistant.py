"""The description by which Home Assistant finds a bench, and the examples of the docs for Telegraf."""

import json
import re
import tomllib
from pathlib import Path

import aiomqtt
import pytest

from cext.tables.metrics import metrics
from controller.telemetry.address import parse
from controller.telemetry.home_assistant import SHOWN, discovery
from controller.telemetry.topics import Topics

PAGE = Path(__file__).parents[2] / "docs" / "telemetry.md"


def test_every_sensor_is_a_metric_with_its_unit_read_from_the_beat_topic():
    topic, found = discovery("left bench", "Left", "1.2")
    assert topic == "homeassistant/device/mockloop_left_bench/config"
    assert set(found["components"]) == set(SHOWN) <= set(metrics())
    assert len({sensor["unique_id"] for sensor in found["components"].values()}) == len(SHOWN)
    for name, sensor in found["components"].items():
        assert sensor["unit_of_measurement"] == metrics()[name].unit
        assert sensor["state_topic"] == Topics("left bench").beat
        assert sensor["value_template"] == "{{ value_json." + name + " }}"
    assert found["availability_topic"] == Topics("left bench").status


def test_it_is_retained_for_whoever_comes_later_and_only_when_asked_for(run, loop, broker, telemetry):
    async def case():
        async with broker() as b:
            for option, there in (("", False), ("?discovery=homeassistant", True)):
                async with telemetry(f"mqtt://127.0.0.1:{b.port}{option}") as t:
                    await t.connected()
                async with aiomqtt.Client("127.0.0.1", b.port) as late:
                    await late.subscribe([("homeassistant/#", 1), ("mockloop/v1/test/status", 1)])
                    heard = {}
                    async for message in late.messages:
                        heard[str(message.topic)] = message
                        if (
                            "homeassistant/device/mockloop_test/config" in heard
                        ) == there and "mockloop/v1/test/status" in heard:
                            break
            message = heard["homeassistant/device/mockloop_test/config"]
            assert message.retain
            assert json.loads(message.payload)["device"]["name"] == "mockloop test (SIMULATED)"

    run(case())


def test_another_discovery_is_refused():
    with pytest.raises(ValueError, match="discovery=hass is refused: allowed is homeassistant"):
        parse("mqtt://h?discovery=hass")
    assert parse("mqtt://h?discovery=homeassistant&version=5").discovery == "homeassistant"


def test_telegraf_of_the_docs_reads_our_topics():
    example = tomllib.loads(re.search(r"```toml\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.S)[1])
    beat, fast = example["inputs"]["mqtt_consumer"]
    for block, topic in ((beat, Topics("bench").beat), (fast, Topics("bench").fast)):
        assert block["topics"] == [topic.replace("bench", "+")]
        parsed = block["topic_parsing"][0]
        assert parsed["topic"] == block["topics"][0]
        assert dict(zip(parsed["tags"].split("/"), topic.split("/"), strict=True))["bench"] == "bench"
        assert (block["data_format"], block["tag_keys"]) == ("json", ["publisher"])
    assert (fast["json_time_key"], fast["json_time_format"]) == ("t", "unix")
