"""The recorder as a process: what goes in comes out, and how it leaves."""

import json
import re
import signal

import h5py
import numpy as np
import pytest

from cext.tables import load
from controller.recording.layout import layout
from controller.runs import open_run

WAIT_S = 60.0


def test_every_frame_comes_back_in_the_width_of_the_table(desk, expected):
    recorder = desk.start()
    recorder.until_key("ready")
    desk.push(20_000)
    said = recorder.close(overruns=3)
    assert (said["recorded"], said["lost"], said["ended"]) == (20_000, 0, "closed")
    run, frames = open_run(desk.folder), expected(0, 20_000)
    for signal_row in load.signals():
        found = run["time" if signal_row.path == "time.t_s" else signal_row.path].values
        assert found.dtype == np.dtype(signal_row.type), signal_row.path
        np.testing.assert_array_equal(found, frames[signal_row.path].astype(signal_row.type), signal_row.path)
    np.testing.assert_array_equal(run["age_s"].values, frames["age_s"].astype("f4"))
    np.testing.assert_array_equal(run["quality"].values, frames["quality"])
    assert list(run["input"].values) == [s.path for s in load.inputs()]


def test_plain_hdf5_reads_a_closed_recording_without_us(desk):
    recorder = desk.start()
    desk.push(300)
    recorder.close(overruns=3, latency_us={"median": 21.0})
    with h5py.File(desk.folder / "recording.h5", "r") as file:
        assert file.attrs["complete"] == 1
        assert file.attrs["rig"] == "SIMULATED"
        assert (file.attrs["seed"], file.attrs["policy"], file.attrs["build_id"]) == (7, "full", "test")
        assert file["config/bench.toml"].asstr()[()].startswith("[bench]")
        assert json.loads(file["header"].asstr()[()])["realtime"] == {"fifo": False}
        assert json.loads(bytes(file["summary"][...]))["run"] == {"overruns": 3, "latency_us": {"median": 21.0}}
        units = {row["path"].decode(): row["unit"].decode() for row in file["signals"][...]}
        assert all(units[s.path] == s.unit for s in load.signals())
        assert file["frames"].chunks == (1024,)
        assert file["frames"].dtype == layout("full").dtype


def test_a_wired_bench_is_not_called_simulated(desk):
    desk.header(**{**json.loads((desk.folder / "header.json").read_text()), "simulated": False, "hardware": "PXI-6289 2 axes"})
    recorder = desk.start()
    recorder.close()
    assert open_run(desk.folder).attrs["rig"] == "PXI-6289 2 axes"


def test_events_and_beats_are_kept_in_order_with_their_data(desk):
    recorder = desk.start()
    desk.push(1000)
    event = {"t_s": 0.5, "tick": 500, "epoch_s": 1.0, "kind": "alarm", "priority": "high", "text": "Druck zu hoch: ≥ 300 mmHg"}
    recorder.send(event={**event, "data": {"limit": 300}})
    recorder.send(event={**event, "tick": 100, "t_s": 0.1, "kind": "step", "text": "", "data": {}})
    recorder.send(beat={"t_s": 0.8, "tick": 800, "hr_bpm": 75.0, "map_mmHg": None})
    recorder.send(beat={"t_s": 0.9, "tick": 900, "hr_bpm": 76.0, "map_mmHg": 90.5, "unheard_of": 1.0})
    recorder.close()
    run = open_run(desk.folder)
    assert list(run["event_kind"].values[:2]) == ["step", "alarm"]
    assert run["event_text"].values[1] == "Druck zu hoch: ≥ 300 mmHg"
    assert json.loads(run["event_data"].values[1]) == {"limit": 300}
    np.testing.assert_array_equal(run["event"].values[:2], [0.1, 0.5])
    np.testing.assert_array_equal(run["hr_bpm"].values, [75.0, 76.0])
    np.testing.assert_array_equal(run["map_mmHg"].values, [np.nan, 90.5])
    np.testing.assert_array_equal(run["beat_tick"].values, [800, 900])
    assert "unheard_of" in run["event_text"].values[2]


def test_what_is_not_json_is_counted_out_and_does_no_harm(desk):
    recorder = desk.start()
    for garbage in (b"nonsense", b"[1, 2]", b"\xff\xfe", b"", b'{"event": 3}', b'{"beat": []}', b"x" * (3 << 20)):
        recorder.send_raw(garbage + b"\n")
    recorder.send(event={"t_s": 0.0, "tick": 0, "kind": "step", "text": "after"})
    desk.push(100)
    recorder.close()
    run = open_run(desk.folder)
    assert list(run["event_text"].values) == ["after"]
    assert run.sizes["time"] == 100


@pytest.mark.parametrize("how", ["terminated", "supervisor gone"])
def test_told_to_leave_it_drains_the_ring_first(desk, how):
    recorder = desk.start()
    recorder.until_key("ready")
    desk.push(9000)
    if how == "terminated":
        recorder.process.send_signal(signal.SIGTERM)
    else:
        recorder.end_stdin()
    said = recorder.until_key("closed")
    assert recorder.process.wait(WAIT_S) == 0
    assert (said["ended"], said["recorded"]) == (how, 9000)
    run = open_run(desk.folder)
    assert run.sizes["time"] == 9000
    assert run.attrs["complete"] == 0  # nobody said how the run went
    assert desk.ring.readers() == []  # nothing waits for a reader that left


def test_the_terminals_interrupt_is_not_for_the_recorder(desk):
    recorder = desk.start()
    recorder.until_key("ready")
    recorder.process.send_signal(signal.SIGINT)
    desk.push(500)
    assert recorder.close()["recorded"] == 500


def test_a_running_recording_opens(desk):
    recorder = desk.start()
    desk.push(5000)
    recorder.until_position(5000)
    run = open_run(desk.folder)
    assert (run.sizes["time"], run.attrs["complete"]) == (5000, 0)
    desk.push(1000)
    recorder.close()
    assert open_run(desk.folder).sizes["time"] == 6000


def test_without_lossless_what_was_overwritten_is_a_marked_gap(desk):
    desk.push(40_000)  # nobody reads: the ring keeps the last 16384
    recorder = desk.start(lossless=False)
    said = recorder.close()
    kept = said["recorded"]
    assert kept <= 16384
    assert kept + said["lost"] == 40_000
    run = open_run(desk.folder)
    assert run["time.tick"].values[0] == 40_000 - kept
    assert list(run["gap_frames"].values) == [40_000 - kept]
    assert run.attrs["lost_frames"] == 40_000 - kept
    told = [
        re.fullmatch(r"the recorder was too slow and lost (\d+) frames before tick \d+", t) for t in run["event_text"].values
    ]
    assert sum(int(one[1]) for one in told if one) == 40_000 - kept


def test_equal_frames_give_an_equal_hash_whatever_the_timing(new_desk):
    """Blocks, lateness and execution time differ between two runs of one seed; the content must not."""
    hashes = []
    for name, block, late_us in (("a", 64, 0.0), ("b", 1000, 80.0), ("other", 1000, 0.0)):
        desk = new_desk(name)
        recorder = desk.start()
        desk.push(7000, block, change={"time.lateness_us": late_us} | ({"plant.lvp_mmHg": 1.0} if name == "other" else {}))
        hashes.append(recorder.close()["content_sha256"])
        assert open_run(desk.folder).attrs["content_sha256"] == hashes[-1]
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_existing_recording_is_never_overwritten(desk):
    desk.start().close()
    before = (desk.folder / "recording.h5").read_bytes()
    second = desk.start()
    assert second.process.wait(WAIT_S) == 2
    assert "never overwritten" in second.errors()
    assert (desk.folder / "recording.h5").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object is needed"),
        ("{}", "'software_version' is missing"),
        (None, "seed = '7' has the wrong type"),
    ],
)
def test_a_bad_header_is_refused_with_its_reason(desk, content, said):
    path = desk.folder / "header.json"
    path.write_text(content if content is not None else path.read_text().replace('"seed": 7', '"seed": "7"'))
    recorder = desk.start()
    assert recorder.process.wait(WAIT_S) == 2
    assert said in recorder.errors()
    assert not list(desk.folder.glob("recording*"))
