"""A run as a Dataset: index, units, selection, errors."""

import json
import subprocess
import sys

import numpy as np
import pytest

from cext.tables import load
from controller.recording.reading import RecordingError
from controller.runs import open_run
from controller.runs.listing import list_runs


@pytest.fixture
def run_folder(desk):
    recorder = desk.start()
    desk.push(3000)
    recorder.send(event={"t_s": 1.0, "tick": 1000, "epoch_s": 5.0, "kind": "step", "priority": "info", "text": "a"})
    recorder.send(beat={"t_s": 2.0, "tick": 2000, "hr_bpm": 70.0, "map_mmHg": 90.0})
    recorder.close()
    (desk.folder / "events.jsonl").write_text(
        '{"t_s": 1.0, "tick": 1000, "epoch_s": 5.0, "kind": "step", "priority": "info", "text": "a"}\n'
        '{"t_s": 2.5, "tick": 2500, "epoch_s": 6.5, "kind": "alarm", "priority": "high", "text": "b", "data": {"x": 1}}\n'
    )
    return desk.folder


def test_units_descriptions_and_an_index_of_loop_time(run_folder):
    run = open_run(run_folder)
    for signal in load.signals():
        variable = run["time"] if signal.path == "time.t_s" else run[signal.path]
        assert variable.attrs["units"] == signal.unit
        assert variable.attrs["description"] == signal.description
        assert variable.attrs["deterministic"] == signal.deterministic
    assert run["hr_bpm"].attrs["units"] == "bpm"
    np.testing.assert_array_equal(run.sel(time=slice(0.5, 0.502))["time.tick"].values, [500, 501, 502])
    assert run.attrs["t0_epoch_s"] == 1_750_000_000.0
    assert run.attrs["policy"] == "full"
    assert json.loads(run.attrs["header"])["realtime"] == {"fifo": False}


def test_events_of_file_and_recording_are_there_once(run_folder):
    run = open_run(run_folder)
    assert run["event_text"].values.tolist() == ["a", "b"]
    assert json.loads(run["event_data"].values[1]) == {"x": 1}


def test_a_choice_of_signals_and_time_is_what_it_says(run_folder):
    run = open_run(run_folder, ["plant.lvp_mmHg"], 1.5, 2.25)
    assert set(run.data_vars) & {s.path for s in load.signals()} == {"plant.lvp_mmHg"}
    whole = open_run(run_folder)["plant.lvp_mmHg"]
    np.testing.assert_array_equal(run["plant.lvp_mmHg"].values, whole.values[1500:2250])
    assert (run.sizes["event"], run.sizes["beat"], run.sizes["gap"]) == (0, 1, 0)


def test_it_can_be_saved_by_xarray_itself(run_folder, tmp_path):
    run = open_run(run_folder)
    copy = run.drop_dims("event").to_dict()
    assert copy["attrs"]["complete"] == 1


def test_missing_integers_come_as_nan(desk):
    recorder = desk.start()
    desk.push(100)
    desk.push(100, change={"plant.beat": np.nan})
    recorder.close()
    beat = open_run(desk.folder)["plant.beat"].values
    assert np.isnan(beat[100:]).all() and not np.isnan(beat[:100]).any()


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["nowhere"], FileNotFoundError, "is not a folder"),
        (["empty"], RecordingError, "holds no recording"),
        (["run", ["plant.nothing"]], KeyError, "has no signal plant.nothing"),
    ],
)
def test_errors_name_run_and_reason(run_folder, words, error, said):
    (run_folder.parent / "empty").mkdir()
    with pytest.raises(error, match=said):
        open_run(run_folder.parent / words[0], *words[1:])


@pytest.mark.parametrize(
    ("version", "said"), [(("v110", "v110"), "not a recording of mockloop"), (("earliest", "v110"), "is not one we write")]
)
def test_another_programs_file_is_not_taken_for_ours(tmp_path, version, said):
    import h5py

    with h5py.File(tmp_path / "recording.h5", "w", libver=version) as file:
        file["x"] = 1
    with pytest.raises(RecordingError, match=said):
        open_run(tmp_path)
    assert [run.state for run in list_runs(tmp_path.parent) if run.path == tmp_path] == ["unreadable"]


def test_runs_are_listed_with_state_length_and_verdict(run_folder):
    (run_folder / "summary.json").write_text('{"verdict": "PASS"}')
    (listed,) = [run for run in list_runs(run_folder.parent) if run.path == run_folder]
    assert (listed.state, listed.verdict, listed.policy, listed.simulated) == ("closed", "PASS", "full", True)
    assert listed.duration_s == pytest.approx(2.999)
    assert listed.size_MB > 1.0


def test_slow_libraries_are_imported_only_when_needed():
    """The command line imports this package at its start."""
    code = "import sys, controller.runs; print([m for m in ('h5py', 'xarray', 'pandas', 'scipy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=load.FOLDER.parents[1])
    assert told.stdout.strip() == "[]"
