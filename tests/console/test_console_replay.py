"""Stored runs on the screen: the blocks that replay them hold what was recorded, whatever the policy was."""

import json
import math

import numpy as np
import pytest

from controller import open_run, run
from controller.console.block import HEAD
from controller.console.channels import HIGHEST, SCALARS, channels
from controller.console.stored import BLOCK_TICKS, Part, Shelf

SCALAR_NAMES = (*SCALARS, *HIGHEST)


def read(whole):
    """(first ticks of the blocks, scalars by block, columns by channel over all of them)."""
    at, firsts, scalars, columns = 0, [], [], {name: [] for name in channels()}
    while at < len(whole):
        magic, n, first, lost, skipped = HEAD.unpack_from(whole, at)
        assert (magic, lost, skipped) == (b"MLB1", 0, 0) and 0 < n <= BLOCK_TICKS
        at += HEAD.size
        scalars.append(dict(zip(SCALAR_NAMES, np.frombuffer(whole, "<f8", len(SCALAR_NAMES), at), strict=True)))
        at += 8 * len(SCALAR_NAMES)
        for name in channels():
            columns[name].append(np.frombuffer(whole, "<f4", n, at))
            at += 4 * n
        firsts += range(int(first), int(first) + n)
    return firsts, scalars, {name: np.concatenate(found) if found else np.empty(0) for name, found in columns.items()}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of one protocol in virtual time: every frame, and windows of 20."""
    from controller.config.experiment import load_experiment
    from controller.job.request import Request
    from controller.job.run_job import run_job

    root = tmp_path_factory.mktemp("runs")
    run("iabp-weaning", out=root / "every-frame")
    request = Request("iabp-weaning", None, None, True, 1, root / "windows", (), "off", "decimated")
    run_job(load_experiment("iabp-weaning"), request)
    return root


def test_a_replay_shows_what_was_recorded(runs):
    data = open_run(runs / "every-frame")
    ticks, scalars, columns = read(Shelf().samples(runs / "every-frame", 20_000, 1500))
    assert ticks == list(range(20_000, 21_500))
    for name in channels():
        assert columns[name] == pytest.approx(data[name].values[20_000:21_500], rel=1e-6, nan_ok=True), name
    for k, found in enumerate(scalars):
        last = 20_000 + BLOCK_TICKS * (k + 1) - 1
        assert found["time.tick"] == last and found["state.state"] == data["state.state"].values[last]
        assert found["plant.balloon_mL"] == pytest.approx(data["plant.balloon_mL"].values[last], rel=1e-6)


def test_windows_are_drawn_as_lines_through_their_means(runs):
    data = open_run(runs / "windows")
    ticks, _, columns = read(Shelf().samples(runs / "windows", 30_000, 2000))
    assert ticks == list(range(30_000, 32_000))
    ends = data["time.tick"].values.astype(int)
    expected = np.interp(ticks, ends - 9.5, data["in.aop_mmHg"].values)
    assert columns["in.aop_mmHg"] == pytest.approx(expected, abs=1e-3)
    beats = [tick for tick, mark in zip(ticks, columns["beat.trigger"], strict=True) if mark > 0.5]
    assert len(beats) in (3, 4), "about 108 beats a minute, each a mark in one tick, none lost to the mean"


def test_beyond_its_ends_there_is_nothing(runs):
    shelf = Shelf()
    last = shelf.about(runs / "every-frame")["last_tick"]
    ticks = read(shelf.samples(runs / "every-frame", last - 9, 4000))[0]
    assert ticks == list(range(last - 9, last + 1))
    assert shelf.samples(runs / "every-frame", last + 1, 4000) == b""


class Frames:
    """Stands for a dataset with these ticks, and counts what is read of it."""

    def __init__(self, ticks, policy="full"):
        self.rows = np.array([(tick,) for tick in ticks], [("time_tick", "<i8")])
        self.shape, self.file, self.reads = self.rows.shape, self, 0
        self.attrs = {"policy": policy}

    def fields(self, name):
        return Field(self, name)

    def __getitem__(self, key):
        return self.rows[key]


class Field:
    def __init__(self, frames, name):
        self.frames, self.name = frames, name

    def __getitem__(self, key):
        self.frames.reads += 1
        return self.frames.rows[self.name][key]


@pytest.mark.parametrize("seed", range(20))
def test_a_tick_is_found_among_gaps_with_few_looks(seed):
    rng = np.random.default_rng(seed)
    ticks = np.cumsum(rng.choice([1, 1, 1, 20, 5000], 3000))
    frames = Frames(ticks)
    part = Part(frames)
    for wanted in [*rng.integers(0, ticks[-1] + 10, 50), ticks[0], ticks[-1], ticks[-1] + 1]:
        frames.reads = 0
        assert part.from_tick(int(wanted)) == np.searchsorted(ticks, wanted)
        assert frames.reads <= 30
    assert Part(Frames([])).from_tick(5) == 0


def test_stretches_of_the_beats_policy_are_found_where_late_events_wrote_earlier_frames():
    part = Part(Frames([100, 101, 102, 500, 501, 50, 51, 102, 103], "beats"))
    assert part.stretches() == [(50, 51), (100, 103), (500, 501)]
    assert [int(row["time_tick"]) for row in part.rows(part.from_tick(51), part.from_tick(501))] == [
        51,
        100,
        101,
        102,
        103,
        500,
    ]


def test_what_is_known_of_a_run(runs):
    about = Shelf().about(runs / "every-frame")
    json.dumps(about, allow_nan=False)
    assert [step["name"] for step in about["steps"]] == ["baseline", "assist-1-1", "assist-1-2", "assist-1-4", "off"]
    assert about["verdict"] == "PASS" and about["simulated"] is True and "iabp" in about["offers"]
    assert about["values"]["iabp.enabled"] is False and about["values"]["patient.hr_bpm"] > 0
    assert any(event["kind"] == "setting" and event["data"]["path"] == "iabp.assist" for event in about["events"])
    data = open_run(runs / "every-frame")
    assert about["beats"]["t_s"] == pytest.approx(data["beat"].values, rel=1e-5)
    for found, stored in zip(about["beats"]["metrics"]["map_mmHg"], data["map_mmHg"].values, strict=True):
        assert (found is None) == math.isnan(stored) and (found is None or found == pytest.approx(stored, rel=1e-5))


def test_only_a_few_runs_stay_open(runs):
    shelf = Shelf()
    for n in range(6):
        link = runs / f"again-{n}"
        link.symlink_to(runs / "every-frame")
        shelf.samples(link, 0, 10)
        link.unlink()
    assert len(shelf._open) == 3


def test_over_http(runs, server_class):
    server = server_class(runs)
    try:
        assert server.get("/api/runs/every-frame/replay")["run"] == "every-frame"
        status, headers, body = server.call("GET", "/api/runs/every-frame/samples?tick=1000&ticks=100")
        assert status == 200 and headers["content-type"] == "application/octet-stream"
        assert read(body)[0] == list(range(1000, 1100))
        assert server.call("GET", "/api/runs/nothing/replay")[0] == 404
        (runs / "empty").mkdir(exist_ok=True)
        assert server.call("GET", "/api/runs/empty/replay")[0] == 409
        for query in ("tick=-1", "tick=x", "ticks=5", "tick=0&ticks=999999", "tick=0&more=1", f"tick={1 << 60}"):
            assert server.call("GET", f"/api/runs/every-frame/samples?{query}")[0] == 422, query
    finally:
        server.close()
