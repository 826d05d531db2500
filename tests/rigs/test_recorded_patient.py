"""A record as a bench: what is played is the record, in phase and with its gaps, and at its end the run ends."""

import asyncio

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from cext.tables.load import inputs
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.protocol.engine import run_protocol
from controller.session.assemble import assemble
from controller.signals import RecordError
from controller.signals.grid import Grid
from controller.signals.playing import played
from rigs.hand import Hand
from rigs.recorded import RecordedRig

RR_S = 0.8
FOOT_S = 0.12  # of the pressure after R
GAP_S = (12.0, 16.0)
DIASTOLIC = 22.5 * float(np.exp(-0.5 / 0.35))  # left at the end of a beat, above 70 mmHg


def ecg_of(t):
    r = np.mod(t - 0.4, RR_S)
    r = np.minimum(r, RR_S - r) * np.where(r > RR_S / 2, -1.0, 1.0)
    after = np.mod(t - 0.4, RR_S)
    return (
        1.1 * np.exp(-((r / 0.011) ** 2))
        + 0.25 * np.exp(-(((after - 0.28) / 0.045) ** 2))
        + 0.1 * np.exp(-(((r + 0.16) / 0.03) ** 2))
    )


def pressure_of(t):
    after = np.mod(t - 0.4 - FOOT_S, RR_S)
    systole = np.where(after < 0.3, 45.0 * np.sin(np.pi * after / 0.36) + DIASTOLIC * (1.0 - after / 0.3), 0.0)
    notch = 8.0 * np.exp(-(((after - 0.36) / 0.03) ** 2))
    return 70.0 + systole + notch + np.where(after >= 0.3, 22.5 * np.exp(-(after - 0.3) / 0.35), 0.0)


def write(path, name, rate_hz, made, until_s=30.0, gap=None):
    t = np.arange(round(until_s * rate_hz)) / rate_hz
    if gap:
        t = t[(t < gap[0]) | (t >= gap[1])]
    rows = "\n".join(f"{a:.5f},{b:.5f}" for a, b in zip(t, made(t), strict=True))
    path.write_text(f"t_s,{name}\n{rows}\n")
    return path


@pytest.fixture
def record(tmp_path):
    """ECG at 250 Hz and pressure at 125 Hz in files of their own, one time origin; rows of the ECG are missing for 4 s."""
    return [
        write(tmp_path / "ecg.csv", "II_mV", 250.0, ecg_of, gap=GAP_S),
        write(tmp_path / "abp.csv", "ABP_mmHg", 125.0, pressure_of),
    ]


PROTOCOL = """
[protocol]
name = "played"
title = "Played"
requires = ["iabp"]
bench = "recording"
override = ["iabp-in-ar"]
[set]
iabp.enabled = true
[[step]]
name = "one"
hold_s = {first}
[[step]]
name = "two"
hold_s = {second}
[teardown]
set = {{ iabp.enabled = false }}
hold_s = 0.5
"""


def run(record, tmp_path, first=5.0, second=100.0, **changes):
    """(result, frames, events) of the protocol in virtual time."""
    protocol = tmp_path / "played.toml"
    protocol.write_text(PROTOCOL.format(first=first, second=second))
    session = assemble(load_experiment(str(protocol), recording=record, **changes))
    parts, events = [], []
    session.on_slice(lambda piece: parts.append(piece.frames.copy()))
    session.listen(events.append)

    async def go():
        await session.open()
        return await run_protocol(load_experiment(str(protocol), recording=record).protocol, session)

    try:
        result = asyncio.run(go())
    finally:
        session.close()
    return result, np.concatenate(parts), events


def test_every_beat_triggers_once_and_a_gap_vents(record, tmp_path):
    result, frames, events = run(record, tmp_path)
    t = frames["time.t_s"]
    given = t[frames["beat.trigger"] > 0.5]
    r_s = t[frames["beat.trigger"] > 0.5] - frames["beat.since_r_s"][frames["beat.trigger"] > 0.5]
    true = np.arange(0.4, 30.0, RR_S)
    outside = (true > 3.0) & ((true < GAP_S[0] - 0.1) | (true > GAP_S[1] + 6.0)) & (true < 29.5)
    for beat in true[outside]:
        assert np.sum(np.abs(r_s - beat) < 0.03) == 1, beat
    gap = (t > GAP_S[0] + 0.01) & (t < GAP_S[1] - 0.01)
    assert np.isnan(frames["in.ecg_mV"][gap]).all(), "a gap is not interpolated"
    assert np.isfinite(frames["in.aop_mmHg"][(t > 0.1) & (t < 29.9)]).all()
    assert (frames["beat.source"][(t > 14.5) & (t < 16.0)] == 2).all(), "the pressure stands in while the ECG is away"
    assert (frames["out.valve_pressure"][(t > 8.0) & (t < 12.0)] > 0.5).any(), "the law drives its valves"
    assert len(given) > 25
    assert result.verdict == "PASS"
    assert any("the record has ended after 30 s" in text for text in result.steps[1].deviations)
    assert any(event.kind == "rig" and "RECORDED PATIENT" in event.text and "SIMULATED" in event.text for event in events)


def test_after_the_end_the_balloon_is_vented_and_nothing_trips(record, tmp_path):
    result, frames, _ = run(record, tmp_path)
    t = frames["time.t_s"]
    after = t > 30.3
    assert after.any()
    assert (frames["out.valve_pressure"][after] < 0.5).all()
    assert result.cause == "completed"
    assert result.tripped == ()


def test_steps_that_the_record_does_not_reach_were_not_run(record, tmp_path):
    result, *_ = run(record, tmp_path, first=60.0)
    assert (result.cause, result.verdict) == ("record-over", "INCOMPLETE")
    assert [step.verdict for step in result.steps] == ["pass", "not-run"]
    assert "before step 2 of 2" in result.reason
    assert result.teardown == "done"


def test_ecg_and_pressure_keep_their_phase(record):
    found = played(record, {"ecg_mV": None, "aop_mmHg": None}, 1e-3)
    assert found.channels == {"ecg_mV": "II_mV", "aop_mmHg": "ABP_mmHg"}
    t = np.arange(len(found.values)) * 1e-3
    inside = (t > 1.0) & (t < 11.0)
    ecg, aop = found.values[inside].T
    assert np.abs(ecg - ecg_of(t[inside])).max() < 0.02, "an R wave keeps its height"
    assert np.abs(aop - pressure_of(t[inside])).max() < 1.0
    assert found.missing_s["ecg_mV"] == pytest.approx(4.0, abs=0.05)
    assert found.missing_s["aop_mmHg"] < 0.02


def test_what_cannot_be_played_is_said(record, tmp_path):
    with pytest.raises(ConfigError, match=r"no such record.*"):
        assemble(load_experiment(recording=[tmp_path / "nothing.csv"]))
    with pytest.raises(ConfigError, match="none is named"):
        assemble(load_experiment(bench="recording"))
    with pytest.raises(ConfigError, match="plays no record"):
        load_experiment(bench="virtual", recording=record)
    with pytest.raises(ConfigError, match=r"patient\.hr_bpm"):
        load_experiment(recording=record, sets=["patient.hr_bpm=80"])
    with pytest.raises(RecordError, match="no channel 'III'"):
        played(record, {"ecg_mV": "III"}, 1e-3)
    with pytest.raises(RecordError, match="no unit for"):
        played(record, {"aop_mmHg": "II"}, 1e-3)
    with pytest.raises(RecordError, match=r"begins at 90 s.*lasts 30"):
        played(record, {"ecg_mV": None}, 1e-3, start_s=90.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("simulated = true", None),
        ("simulated = false", "contradicts rig = recording"),
        ('simulated = true\noffers = ["patient-model"]', "no model behind a record"),
    ],
)
def test_a_bench_that_plays_says_so(tmp_path, record, changed, words):
    bench = tmp_path / "mine.toml"
    bench.write_text(
        f'[bench]\nname = "mine"\ntitle = "Mine"\nrig = "recording"\nmetrics_from = "inputs"\n{changed}\n'
        f'[recording]\nrecord = ["ecg.csv", "abp.csv"]\nstart_s = 2.0\n'
        '[inputs.ecg_mV]\nrange = [-50, 50]\n[inputs.aop_mmHg]\nrange = [-50, 300]\nchannel = "abp"\n'
    )
    if words:
        with pytest.raises(ConfigError, match=words):
            load_experiment(bench=str(bench))
        return
    session = assemble(load_experiment(bench=str(bench)))
    assert session.loop.rig.header()["duration_s"] == pytest.approx(28.0, abs=0.01)


def test_a_channel_means_nothing_on_another_bench(tmp_path):
    text = load_experiment().bench.source.text.replace(
        "[inputs.ecg_mV]", '[recording]\nloop = true\n[inputs.ecg_mV]\nchannel = "II"'
    )
    bench = tmp_path / "odd.toml"
    bench.write_text(text)
    with pytest.raises(ConfigError) as told:
        load_experiment(bench=str(bench))
    assert {problem.key for problem in told.value.problems} == {"recording", "inputs.ecg_mV.channel"}


# ---- the rig itself


def rig_of(values, loop=False):
    return RecordedRig(values, ["ecg_mV", "aop_mmHg"], {"valve_vacuum": {"rest": 0.0, "safe": 1.0}}, 1e-3, loop=loop)


def test_ages_and_qualities_of_a_gap():
    rows = np.column_stack([[0.1, np.nan, np.nan, 0.4], [70.0, 71.0, 72.0, np.nan]])
    rig = rig_of(rows)
    rig.open()
    hand = Hand(rig)
    frames = [hand.read()[1] for _ in range(5)]
    ecg, aop = (next(i for i, s in enumerate(inputs()) if s.path == f"in.{name}") for name in ("ecg_mV", "aop_mmHg"))
    assert "quality" in FRAME_DTYPE.names
    assert [int(frame["quality"][ecg]) for frame in frames] == [0, 2, 2, 0, 2]
    assert [round(float(frame["age_s"][ecg]), 6) for frame in frames] == [0.0, 0.001, 0.002, 0.0, 0.001]
    assert [int(frame["quality"][aop]) for frame in frames] == [0, 0, 0, 2, 2]
    assert float(frames[0]["in.estop"]) == 0.0
    assert int(frames[0]["quality"][next(i for i, s in enumerate(inputs()) if s.path == "in.lvp_mmHg")]) == 1
    assert rig.ended() == "the record has ended after 0.004 s"
    rig.close()


def test_played_again_there_is_a_second_without_samples():
    rig = rig_of(np.full((3, 2), 50.0), loop=True)
    rig.open()
    hand = Hand(rig)
    seen = [float(hand.read()[1]["in.aop_mmHg"]) for _ in range(1010)]
    assert seen[:3] == [50.0] * 3
    assert np.isnan(seen[3:1003]).all()
    assert seen[1003:1006] == [50.0] * 3
    assert rig.ended() == ""
    rig.close()


def test_what_it_refuses():
    with pytest.raises(ValueError, match="shape"):
        RecordedRig(np.zeros((0, 1)), ["ecg_mV"], {}, 1e-3)
    with pytest.raises(ValueError, match="no input 'x'"):
        RecordedRig(np.zeros((1, 1)), ["x"], {}, 1e-3)
    with pytest.raises(ValueError, match="no output 'x'"):
        RecordedRig(np.zeros((1, 1)), ["ecg_mV"], {"x": {"rest": 0.0, "safe": 0.0}}, 1e-3)


# ---- times of rows


def test_rounded_times_are_an_even_grid_and_missing_rows_a_gap():
    t = np.round(np.arange(3600) / 360.0, 3)
    keep = (t < 4.0) | (t > 5.5)
    grid = Grid.of(t[keep])
    assert grid.rate_hz == pytest.approx(360.0, rel=1e-3)
    laid = grid.laid(np.arange(3600.0)[keep])
    known = np.isfinite(laid)
    assert (~known).sum() == pytest.approx(1.5 * 360, abs=3)
    assert np.array_equal(np.diff(laid[known])[:1000], np.ones(1000)), "no sample is moved or mixed"


# ---- real patients


def test_the_icu_patient_is_driven_through_its_ectopy(tmp_path):
    from pathlib import Path

    folder = next(
        (p / "shared" / "data" / "ecg" for p in Path(__file__).parents if (p / "shared" / "data" / "ecg").is_dir()), None
    )
    if folder is None:
        pytest.skip("recorded signals are not here: shared/data/ecg")
    files = [folder / "icu_ecg_249.89hz.csv.gz", folder / "icu_abp_124.945hz.csv.gz"]
    result, frames, _ = run(files, tmp_path, first=1.0, second=500.0)
    beats = int((frames["beat.trigger"] > 0.5).sum())
    assert result.verdict == "PASS"
    assert 385 <= beats <= 395
    inflations = np.diff((frames["iabp.phase"] == 2).astype(int)) > 0
    assert inflations.sum() > 0.7 * beats
