"""Policy `beats`: frames around events only, and nothing that grows with the run."""

import json

import numpy as np
import pytest

from controller.recording import header as headers
from controller.recording.policies import policy
from controller.runs import open_run


@pytest.fixture
def header(desk):
    content = json.loads((desk.folder / "header.json").read_text())
    return headers.parse({**content, "recording": {"before_s": 2.0, "after_s": 0.5}})


def run_policy(header, expected, events, ticks=60_000, block=1000):
    """Ticks given out when each event is heard at its place in the stream: {heard at: tick of the event}."""
    rules, given = policy("beats", header, 4096), []
    for first in range(0, ticks, block):
        given += [rows["time_tick"].copy() for rows in rules.take(expected(first, block), first)]
        for heard, tick in events:
            if first <= heard < first + block:
                given += [rows["time_tick"].copy() for rows in rules.note(tick)]
    return np.concatenate(given) if given else np.empty(0, int)


@pytest.mark.parametrize("delay", [0, 5000, 19_000])
def test_around_an_event_every_frame_once_however_late_it_is_heard(header, expected, delay):
    given = run_policy(header, expected, [(30_000 + delay, 30_000)])
    np.testing.assert_array_equal(np.sort(given), np.arange(28_000, 30_501))


def test_overlapping_events_give_their_union_once(header, expected):
    given = run_policy(header, expected, [(10_000, 10_000), (11_500, 11_200), (12_000, 9000), (40_000, 40_000)])
    union = [*range(7000, 11_701), *range(38_000, 40_501)]
    np.testing.assert_array_equal(np.sort(given), union)


def test_an_event_of_the_future_is_waited_for(header, expected):
    given = run_policy(header, expected, [(1000, 1200)])
    np.testing.assert_array_equal(np.sort(given), np.arange(0, 1701))


def test_without_events_no_frame_is_kept(header, expected):
    assert len(run_policy(header, expected, [])) == 0


def test_a_run_keeps_beats_and_the_frames_near_events(desk, expected):
    content = json.loads((desk.folder / "header.json").read_text())
    desk.header(**content, recording={"before_s": 2.0, "after_s": 0.5})
    recorder = desk.start("--policy", "beats")
    recorder.until_key("ready")
    for beat in range(40):
        desk.push(1000)
        tick = 1000 * (beat + 1) - 1
        recorder.send(beat={"t_s": tick * 1e-3, "tick": tick, "hr_bpm": 60.0, "map_mmHg": 80.0 + beat})
        if beat == 20:
            recorder.send(event={"t_s": 20.5, "tick": 20_500, "kind": "alarm", "priority": "high", "text": "x"})
    said = recorder.close()
    assert (said["recorded"], said["rows"], said["beats"]) == (40_000, 2501, 40)
    run = open_run(desk.folder)
    np.testing.assert_array_equal(run["time.tick"].values, np.arange(18_500, 21_001))
    frames = expected(18_500, 2501)
    np.testing.assert_array_equal(run["plant.aop_mmHg"].values, frames["plant.aop_mmHg"])
    np.testing.assert_array_equal(run["map_mmHg"].values, 80.0 + np.arange(40))
    assert run.sizes["gap"] == 0
    assert run.attrs["content_sha256"] == said["content_sha256"]


def growth(desk, frames):
    """(resident kB of the recorder, bytes of its file) after so many frames."""
    recorder = desk.started[-1] if desk.started else desk.start("--policy", "beats")
    if not desk.ring.written:
        recorder.until_key("ready")
    while desk.ring.written < frames:
        desk.push(50_000, 4096)
        recorder.send(beat={"t_s": desk.ring.written * 1e-3, "tick": desk.ring.written, "hr_bpm": 60.0, "map_mmHg": 80.0})
    recorder.until_position(frames)
    status = (f"/proc/{recorder.process.pid}/status").encode()
    with open(status) as file:  # noqa: PTH123
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return resident, (desk.folder / "recording.h5").stat().st_size


def assert_flat(desk, early, late):
    resident_0, size_0 = growth(desk, early)
    resident_1, size_1 = growth(desk, late)
    beats = (late - early) // 50_000
    assert resident_1 - resident_0 < 4000  # kB: the history is 91 s of rows, 40 MB, and already full
    assert size_1 - size_0 <= beats * 32 + 64 * 1024  # a beat is 32 bytes, chunks are allocated ahead


def test_memory_and_file_do_not_grow_with_the_run(desk):
    assert_flat(desk, 200_000, 700_000)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_memory_and_file_do_not_grow_over_a_day(desk):
    assert_flat(desk, 1_000_000, 86_400_000)
