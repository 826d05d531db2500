"""kill -9 at any instant: the recording opens, nothing that was acknowledged is lost, a successor goes on without a gap."""

import random
import threading
import time

import h5py
import numpy as np
import pytest

from controller.recording.reading import RecordingError, open_segment
from controller.recording.recover import recover
from controller.runs import open_run
from controller.runs.listing import list_runs

FRAMES = 60_000


def acknowledged(desk):
    return desk.ring.readers()[0].acknowledged


def wait_for_acknowledgement(desk, position):
    while acknowledged(desk) < position:
        time.sleep(0.0005)


@pytest.mark.parametrize("seed", range(6))
def test_acknowledged_frames_survive_and_the_successor_leaves_no_gap(desk, expected, seed):
    """Three kills at seeded points of the run, each a seeded moment after that point; exact account of every tick."""
    chance = random.Random(seed)
    points = sorted(chance.sample(range(2000, FRAMES - 20_000), 3))
    recorder = desk.start()
    recorder.until_key("ready")
    pusher = threading.Thread(target=desk.push, args=(FRAMES,))
    pusher.start()
    for number, point in enumerate(points, start=1):
        wait_for_acknowledgement(desk, point)
        time.sleep(chance.random() * 0.004)
        recorder.process.kill()
        recorder.process.wait()
        safe = acknowledged(desk)
        ticks = open_run(desk.folder, ["time.tick"])["time.tick"].values
        assert len(ticks) >= safe >= point
        np.testing.assert_array_equal(ticks, np.arange(len(ticks)))  # no hole, nothing twice, nothing torn
        recorder = desk.start("--resume")
        assert recorder.until_key("ready")["position"] == safe
        assert (desk.folder / f"recording.{number:03d}.h5").exists()
    pusher.join()
    said = recorder.close()
    run = open_run(desk.folder)
    assert run.attrs["segments"] == 4
    assert (run.attrs["complete"], run.attrs["lost_frames"], run.sizes["gap"]) == (1, 0, 0)
    frames = expected(0, FRAMES)
    np.testing.assert_array_equal(run["time.tick"].values, frames["time.tick"])
    np.testing.assert_array_equal(run["plant.lvp_mmHg"].values, frames["plant.lvp_mmHg"])
    assert said["content_sha256"] == recover(desk.folder).content_sha256


def test_the_hash_does_not_see_that_the_recorder_was_killed(new_desk):
    hashes = []
    for name in ("whole", "killed"):
        desk = new_desk(name)
        recorder = desk.start()
        desk.push(3000)
        if name == "killed":
            recorder.until_position(3000)
            recorder.kill()
            recorder = desk.start("--resume")
        desk.push(2000)
        hashes.append(recorder.close()["content_sha256"])
    assert hashes[0] == hashes[1]


def test_recover_mends_in_place_and_says_what_is_missing(desk):
    recorder = desk.start(lossless=False)
    recorder.until_key("ready")
    desk.push(4000)
    recorder.until_position(4000)
    recorder.kill()
    desk.push(20_000)  # the ring forgets 4000 to 7616 before the successor reads
    recorder = desk.start("--resume", lossless=False)
    recorder.until_position(24_000)
    recorder.kill()
    (desk.folder / "events.jsonl").write_text('{"tick": 24999, "t_s": 24.999, "kind": "alarm"}\n{"tick": 250')
    assert [run.state for run in list_runs(desk.folder.parent)] == ["killed"]
    for name in ("recording.h5", "recording.001.h5"):
        with pytest.raises(OSError, match="already open"):
            h5py.File(desk.folder / name, "r")

    found = recover(desk.folder)

    assert found.repaired == ["recording.h5", "recording.001.h5"]
    assert [(gap.tick_before, gap.tick_after, gap.frames) for gap in found.gaps] == [(3999, 24_000 - 16_384, 3616)]
    assert found.frames == 24_000 - 3616
    assert found.missing_at_end_s == pytest.approx(1.0)
    assert found.missing_s == pytest.approx(4.616)
    assert any("3616 frames, 3.616 s" in sentence for sentence in found.sentences())
    for name, rows in (("recording.h5", 4000), ("recording.001.h5", 16_384)):
        with h5py.File(desk.folder / name, "r+") as file:  # any tool opens it now, for writing too
            assert file["frames"].shape == (rows,)
            file.attrs["operator_note"] = "mended"
    again = recover(desk.folder)
    assert (again.repaired, again.frames) == ([], found.frames)


def test_recover_leaves_a_whole_recording_as_it_is(desk):
    recorder = desk.start()
    desk.push(2000)
    recorder.close()
    before = (desk.folder / "recording.h5").read_bytes()
    found = recover(desk.folder)
    assert (found.repaired, found.frames, found.complete, found.missing_s) == ([], 2000, True, 0.0)
    assert (desk.folder / "recording.h5").read_bytes() == before


def test_recover_refuses_a_recording_that_is_being_written(desk):
    recorder = desk.start()
    desk.push(1000)
    recorder.until_position(1000)
    with pytest.raises(RecordingError, match="is being written"):
        recover(desk.folder)
    assert [run.state for run in list_runs(desk.folder.parent)] == ["running"]
    recorder.close()
    assert [run.state for run in list_runs(desk.folder.parent)] == ["closed"]


@pytest.mark.parametrize("seed", range(8))
def test_killed_while_it_starts_it_leaves_a_file_that_opens_or_none(desk, seed):
    recorder = desk.start()
    while not list(desk.folder.glob("recording*")):
        assert recorder.process.poll() is None
    time.sleep(random.Random(seed).random() * 0.02)
    recorder.kill()
    named = desk.folder / "recording.h5"
    if named.exists():
        with open_segment(named) as file:
            assert file["frames"].shape == (0,)
        assert recover(desk.folder).frames == 0
    else:
        with pytest.raises(RecordingError, match=r"no segment|no recording"):
            recover(desk.folder)
    assert not list(desk.folder.glob("*.part"))
    recorder = desk.start("--resume")
    desk.push(700)
    recorder.close()
    assert open_run(desk.folder).sizes["time"] == 700


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("what", ["superblock", "root group", "frames"])
def test_damage_is_named_at_once(desk, killed, what):
    """HDF5's SWMR reader would look at damaged metadata again for ever, each pause twice as long as the last."""
    recorder = desk.start()
    desk.push(2000)
    recorder.until_position(2000)
    recorder.kill() if killed else recorder.close()
    path = desk.folder / "recording.h5"
    content = path.read_bytes()
    heads = [at for at in range(len(content)) if content.startswith(b"OHDR", at)]
    place = {"superblock": 37, "root group": heads[0] + 20, "frames": heads[1] + 20}[what]
    path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
    if what == "frames":  # which header is whose is HDF5's choice: one of the datasets is damaged
        with pytest.raises(RecordingError, match="is damaged"):
            open_run(desk.folder)
    else:
        with pytest.raises(RecordingError, match=r"recording\.h5 (cannot be opened|is damaged)"):
            open_run(desk.folder)
    with pytest.raises(RecordingError, match=r"no segment can be read: [^{}]*recording\.h5[^{}]*$"):
        recover(desk.folder)
