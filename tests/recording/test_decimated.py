"""Policy `decimated`: every window against plain statistics of its frames."""

import json
import math

import numpy as np
import pytest

from cext.tables import load
from controller.recording import header as headers
from controller.recording.layout import CLOCKS
from controller.recording.policies import policy
from controller.runs import open_run

WINDOW = 20


@pytest.fixture
def header(desk):
    return headers.read(desk.folder / "header.json")


def rows_of(made):
    return np.concatenate([rows for rows in made if len(rows)])


@pytest.mark.parametrize("block", [1, 7, 20, 33, 1000])
def test_windows_do_not_depend_on_the_blocks_frames_come_in(header, expected, block):
    whole, cut = policy("decimated", header, 4096), policy("decimated", header, 4096)
    frames = expected(0, 1000)
    wanted = rows_of([*whole.take(frames, 0), *whole.finish()])
    made = []
    for first in range(0, 1000, block):
        made += [rows.copy() for rows in cut.take(frames[first : first + block], first)]
        assert cut.safe % WINDOW == 0  # what is acknowledged is on disk as whole windows
    np.testing.assert_array_equal(rows_of([*made, *cut.finish()]), wanted)
    assert len(wanted) == 50


def test_each_window_holds_mean_lowest_and_highest(header, expected):
    frames = expected(0, 200)
    rows = rows_of(policy("decimated", header, 4096).take(frames, 0))
    windows = frames.reshape(10, WINDOW)
    for signal in load.signals():
        values = windows[signal.path]
        if np.dtype(signal.type).kind == "f" and signal.path not in CLOCKS:
            exact = np.array([math.fsum(window) / WINDOW for window in values])
            rounding = WINDOW * np.finfo("f8").eps * np.abs(values).mean(axis=1)  # of a sum of that many terms
            width = np.finfo(signal.type).eps * np.abs(exact)  # of the recorded type
            assert (np.abs(rows[signal.cname] - exact) <= rounding + width).all(), signal.path
        else:
            np.testing.assert_array_equal(rows[signal.cname], values[:, -1].astype(signal.type), signal.path)
        if signal.path not in CLOCKS and signal.type != "u4":
            np.testing.assert_array_equal(rows[signal.cname + "_min"], values.min(axis=1).astype(signal.type), signal.path)
            np.testing.assert_array_equal(rows[signal.cname + "_max"], values.max(axis=1).astype(signal.type), signal.path)
    assert rows["position"].tolist() == list(range(19, 200, 20))
    assert set(rows["window_frames"]) == {WINDOW}


def test_a_bit_that_was_set_for_one_tick_is_seen(header, expected):
    frames = expected(0, WINDOW)
    frames["state.conditions"] = 0b0010
    frames["state.conditions"][3] = 0b0101
    rows = rows_of(policy("decimated", header, 4096).take(frames, 0))
    assert (rows["state_conditions"][0], rows["state_conditions_min"][0], rows["state_conditions_max"][0]) == (2, 0, 0b0111)


def test_what_is_not_finite_does_not_spoil_its_window(header, expected):
    frames = expected(0, 2 * WINDOW)
    frames["in.aop_mmHg"] = np.arange(2.0 * WINDOW)
    frames["in.aop_mmHg"][5] = np.nan
    frames["in.aop_mmHg"][WINDOW:] = np.nan
    rows = rows_of(policy("decimated", header, 4096).take(frames, 0))
    kept = np.delete(np.arange(WINDOW), 5)
    np.testing.assert_array_equal(rows["in_aop_mmHg"], np.array([kept.mean(), np.nan]))
    np.testing.assert_array_equal(rows["in_aop_mmHg_min"], np.array([0, np.nan], "f4"))
    np.testing.assert_array_equal(rows["in_aop_mmHg_max"], np.array([WINDOW - 1, np.nan], "f4"))


def test_a_gap_ends_a_window_and_is_marked(desk):
    content = json.loads((desk.folder / "header.json").read_text())
    desk.header(**content, recording={"window_frames": 100})
    desk.push(20_050)  # 3666 of them forgotten before the recorder reads
    recorder = desk.start("--policy", "decimated", lossless=False)
    said = recorder.close()
    run = open_run(desk.folder)
    assert run["window_frames"].values.sum() == said["recorded"] == 16_384
    assert run["window_frames"].values.tolist() == [100] * 163 + [84]
    assert run["gap_frames"].values.tolist() == [20_050 - 16_384]
    assert run["in.aop_mmHg_min"].attrs["statistic"] == "min"
    assert (run["in.aop_mmHg_min"].values <= run["in.aop_mmHg"].values).all()


def test_killed_at_once_after_an_acknowledgement_whole_windows_are_there(desk):
    recorder = desk.start("--policy", "decimated")
    recorder.until_key("ready")
    desk.push(5010)
    recorder.until_position(5000)
    recorder.kill()
    recorder = desk.start("--policy", "decimated", "--resume")
    assert recorder.until_key("ready")["position"] == 5000
    recorder.close()
    run = open_run(desk.folder)
    assert run["window_frames"].values.sum() == 5010
    assert run.sizes["gap"] == 0


@pytest.mark.parametrize("value", [1, 0, -5, 1e9, "20", True])
def test_a_window_that_makes_no_sense_is_refused(desk, value):
    content = json.loads((desk.folder / "header.json").read_text())
    with pytest.raises(headers.HeaderError, match="allowed is 2 to 10000"):
        policy("decimated", headers.parse({**content, "recording": {"window_frames": value}}), 4096)
