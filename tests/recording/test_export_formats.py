"""Parquet, TDMS and MATLAB exports open again with the field's own readers: equal values, equal widths, equal units."""

import importlib.util

import numpy as np
import pytest

from controller.runs import export_run, open_run
from controller.runs.export import FORMATS
from controller.runs.export_mat import matlab_name

TEXT = 'with "quotes", µ and\nline'


@pytest.fixture
def run_folder(desk):
    recorder = desk.start()
    desk.push(9000)
    desk.push(500, change={"plant.beat": np.nan, "in.aop_mmHg": np.nan, "in.lvp_mmHg": np.inf})
    recorder.send(event={"t_s": 1.0, "tick": 1000, "kind": "alarm", "text": TEXT, "data": {"a": [1]}})
    recorder.send(beat={"t_s": 2.0, "tick": 2000, "hr_bpm": 70.1, "map_mmHg": None})
    recorder.close()
    return desk.folder


@pytest.fixture
def run(run_folder):
    return open_run(run_folder)


def values_of(run, name):
    return run["time" if name == "time.t_s" else name].values


def names_of(run):
    return ["time.t_s", *(name for name, found in run.data_vars.items() if found.dims == ("time",))]


def test_parquet(run_folder, run):
    parquet = pytest.importorskip("pyarrow.parquet")
    shares = []
    frames, beats, events = export_run(run_folder, "parquet", progress=shares.append)
    assert shares[-1] == 1.0 and shares == sorted(shares)
    table = parquet.read_table(frames)
    assert table.num_rows == 9500
    assert set(names_of(run)) == set(table.column_names)
    for name in table.column_names:
        read = table[name].to_pandas().to_numpy()
        np.testing.assert_array_equal(read.astype(values_of(run, name).dtype), values_of(run, name), name)
        units = run["time" if name == "time.t_s" else name].attrs["units"]
        assert table.schema.field(name).metadata[b"unit"].decode() == units
    assert table["plant.beat"].null_count == 500, "a missing integer is null, no number"
    assert (
        str(table.schema.field("plant.lvp_mmHg").type)
        == {"float32": "float", "float64": "double"}[run["plant.lvp_mmHg"].dtype.name]
    )
    assert parquet.read_table(beats)["hr_bpm"].to_pylist() == [70.1]
    assert parquet.read_schema(beats).field("hr_bpm").metadata[b"unit"] == b"bpm"
    assert parquet.read_table(events)["text"].to_pylist() == [TEXT]
    assert b"software_version" in parquet.read_schema(frames).metadata[b"mockloop"]


def test_tdms(run_folder, run):
    nptdms = pytest.importorskip("nptdms")
    (path,) = export_run(run_folder, "tdms")
    with nptdms.TdmsFile.open(path) as file:
        frames = file["frames"]
        assert {channel.name for channel in frames.channels()} == set(names_of(run))
        for channel in frames.channels():
            values = values_of(run, channel.name)
            read = channel[:]
            np.testing.assert_array_equal(read.astype(values.dtype), values, channel.name)
            units = run["time" if channel.name == "time.t_s" else channel.name].attrs["units"]
            assert channel.properties["unit_string"] == units
        assert frames["plant.lvp_mmHg"].dtype == run["plant.lvp_mmHg"].dtype
        assert file["beats"]["hr_bpm"][:].tolist() == [70.1]
        assert file["events"]["text"][:].tolist() == [TEXT]
        assert file["events"]["tick"][:].tolist() == [1000]
        assert file.properties["software_version"] == "0.1.0"


def test_mat(run_folder, run):
    scipy_io = pytest.importorskip("scipy.io")
    (path,) = export_run(run_folder, "mat")
    read = scipy_io.loadmat(path, simplify_cells=True)
    assert set(read["frames"]) == {matlab_name(name) for name in names_of(run)}
    for name in names_of(run):
        values = values_of(run, name)
        found = read["frames"][matlab_name(name)]
        np.testing.assert_array_equal(found.astype(values.dtype), values, name)
        units = run["time" if name == "time.t_s" else name].attrs["units"]
        unit = np.atleast_1d(read["units"][matlab_name(name)])
        assert ("".join(unit) if len(unit) else "") == units, "an empty text comes back as an empty array"
    assert read["frames"]["plant_lvp_mmHg"].dtype == run["plant.lvp_mmHg"].dtype
    assert read["units"]["in_aop_mmHg"] == "mmHg"
    assert read["beats"]["hr_bpm"] == 70.1
    assert read["events"]["text"] == TEXT
    assert read["run"]["software_version"] == "0.1.0"


@pytest.mark.parametrize("form", ["parquet", "tdms", "mat"])
def test_a_choice_of_signals_and_nothing_half_written(run_folder, tmp_path, form):
    out = tmp_path / "out"
    files = export_run(run_folder, form, out, ["in.aop_mmHg", "quality"])
    assert sorted(out.iterdir()) == sorted(files)


@pytest.mark.parametrize("form", ["parquet", "tdms", "mat"])
def test_a_format_without_its_library_says_what_to_install(run_folder, form, monkeypatch):
    monkeypatch.setattr(
        "controller.runs.export.find_spec", lambda name: None if name == FORMATS[form] else importlib.util.find_spec(name)
    )
    with pytest.raises(
        ValueError, match=rf"'{form}' needs {FORMATS[form]}, which is not installed: pip install 'mockloop\[export\]'"
    ):
        export_run(run_folder, form)


def test_a_run_too_long_for_matlab_is_refused_with_what_to_do(run_folder, monkeypatch):
    monkeypatch.setattr("controller.runs.export_mat.LARGEST_BYTES", 1000)
    with pytest.raises(ValueError, match="choose signals with --signal, or --format parquet"):
        export_run(run_folder, "mat")
    assert not list((run_folder / "export").iterdir())
