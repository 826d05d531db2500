"""A CSV export opens again with equal values."""

import csv
import json

import numpy as np
import pytest

from controller.runs import export_run, open_run


@pytest.fixture
def run_folder(desk):
    recorder = desk.start()
    desk.push(1500)
    desk.push(500, change={"plant.beat": np.nan, "in.aop_mmHg": np.nan, "in.lvp_mmHg": np.inf})
    text = 'with "quotes", comma\nand line'
    recorder.send(event={"t_s": 1.0, "tick": 1000, "kind": "alarm", "text": text, "data": {"a": [1]}})
    recorder.send(beat={"t_s": 2.0, "tick": 2000, "hr_bpm": 70.1, "map_mmHg": None})
    recorder.close()
    return desk.folder


def test_every_value_survives(run_folder):
    shares = []
    paths = export_run(run_folder, "csv", progress=shares.append)
    assert [path.name for path in paths] == ["frames.csv", "beats.csv", "events.csv", "signals.csv"]
    assert shares[-1] == 1.0 and shares == sorted(shares)
    run = open_run(run_folder)
    with paths[0].open(newline="") as file:
        names, *lines = csv.reader(file)
    assert names[0] == "time.t_s"
    assert len(lines) == 2000
    for name, column in zip(names, zip(*lines, strict=True), strict=True):
        values = run["time" if name == "time.t_s" else name].values
        read = np.array([float(word or "nan") for word in column])
        np.testing.assert_array_equal(read.astype(values.dtype), values, name)
        if values.dtype.kind != "f":
            assert "." not in "".join(column), name
    with paths[2].open(newline="") as file:
        (event,) = csv.DictReader(file)
    assert event["text"] == 'with "quotes", comma\nand line'
    assert json.loads(event["data"]) == {"a": [1]}
    with paths[1].open(newline="") as file:
        (beat,) = csv.DictReader(file)
    assert (float(beat["hr_bpm"]), beat["map_mmHg"]) == (70.1, "")
    with paths[3].open(newline="") as file:
        units = {row["column"]: row["unit"] for row in csv.DictReader(file)}
    assert units["plant.lvp_mmHg"] == "mmHg"


def test_a_choice_of_signals_into_a_folder_of_ones_own(run_folder, tmp_path):
    paths = export_run(run_folder, "csv", tmp_path / "out", ["in.aop_mmHg", "quality"])
    header = paths[0].read_text().split("\n", 1)[0].split(",")
    assert header[:2] == ["time.t_s", "in.aop_mmHg"]
    assert "quality:in.aop_mmHg" in header


def test_an_unknown_format_is_named_with_what_is_allowed(run_folder):
    with pytest.raises(ValueError, match="'xls' is not known: allowed is one of csv"):
        export_run(run_folder, "xls")
    assert not (run_folder / "export").exists()
