"""What the supervisor announces of a recorder that complains."""

import asyncio
import os
import sys
from types import SimpleNamespace

import pytest

from controller.job import recorder
from controller.job.recorder import RecorderHelper
from controller.processes.helper import Helper


@pytest.fixture
def heard(tmp_path):
    """`heard(line)` is a line from the recorder; `heard.alarms` are the texts that were announced."""
    alarms, read_end, write_end = [], *os.pipe()
    os.close(write_end)
    session = SimpleNamespace(
        loop=SimpleNamespace(ring=SimpleNamespace(fd=read_end)),
        event=lambda kind, text, priority, **data: alarms.append((kind, priority, text)),
    )
    helper = RecorderHelper(session, tmp_path, "full", lossless=False)

    def hear(line):
        helper._hear(line)

    hear.alarms, hear.helper = alarms, helper
    yield hear
    os.close(helper._fd)
    os.close(read_end)


def test_a_disk_that_stays_full_is_one_alarm(heard):
    for free in ("0.0", "0.1", "0.0"):  # each a new start that is refused
        heard({"error": "disk-full", "text": f"{free} MB free"})
    assert heard.alarms == [("alarm", "medium", "recording: 0.0 MB free; the loop goes on")]
    assert heard.helper.complaint == "0.0 MB free"


def test_a_disk_that_is_full_again_is_a_new_alarm(heard):
    heard({"error": "disk-full", "text": "0.0 MB free"})
    heard({"recorded": 1, "lost": 0, "position": 1, "tick": 1, "disk_free_MB": 99.0})
    heard({"error": "disk-full", "text": "0.3 MB free"})
    heard({"error": "disk", "text": "No space left on device"})
    assert [text for _, _, text in heard.alarms] == [
        "recording: 0.0 MB free; the loop goes on",
        "recording: 0.3 MB free; the loop goes on",
        "recording: No space left on device; the loop goes on",
    ]


def test_what_dead_recorders_wrote_counts(heard):
    heard({"ready": True, "position": 0})
    heard({"recorded": 900, "lost": 7, "position": 907, "tick": 906, "disk_free_MB": 9.0})
    heard({"ready": True, "position": 1000})  # 93 more had been flushed before it died
    heard({"recorded": 10, "lost": 0, "position": 1010, "tick": 1009, "disk_free_MB": 9.0})
    heard({"closed": True, "recorded": 500, "lost": 2, "position": 1502, "tick": 1501, "disk_free_MB": 9.0})
    assert (heard.helper.closed["recorded"], heard.helper.closed["lost"]) == (993 + 500, 9)


CLOSES = """
import json, sys, time
sys.stdin.readline()
for _ in range({words}):
    time.sleep(0.1)
    print(json.dumps({{"closing": True}}), flush=True)
time.sleep({silence})
print(json.dumps({{"closed": True, "recorded": 5, "lost": 0, "position": 5, "tick": 5, "disk_free_MB": 9.0}}), flush=True)
"""


@pytest.mark.parametrize(("words", "silence", "whole"), [(12, 0.0, True), (3, 20.0, False)])
def test_a_recorder_that_says_it_is_closing_is_waited_for(heard, monkeypatch, words, silence, whole):
    monkeypatch.setattr(recorder, "CLOSE_S", 0.5)
    one = heard.helper

    async def closing():
        program = CLOSES.format(words=words, silence=silence)
        one._helper = Helper("recorder", [sys.executable, "-c", program], on_line=one._hear)
        await one._helper.start()
        spare = os.dup(one._fd)
        await one.close({})
        one._fd = spare  # for the fixture to close

    asyncio.run(closing())
    assert (one.closed is not None, one.complaint is None) == (whole, whole)
    if not whole:
        assert "did not say 'closed' within 0.5 s" in one.complaint
