"""Files as people bring them: heads of many kinds, several rates and units; what is wrong is said in one line, never a traceback."""

import gzip

import numpy as np
import pytest

from controller.signals import RecordError, read_signals

T = np.arange(0.0, 20.0, 0.004)
BEATS = np.arange(0.5, 20.0, 0.8)
ECG = sum(np.exp(-0.5 * ((T - r) / 0.010) ** 2) for r in BEATS) + 0.15 * np.sin(2 * np.pi * 0.3 * T)
AOP = 80.0 + 20.0 * np.sin(2 * np.pi * T / 0.8)


def write(path, head, columns, separator=",", second=None):
    rows = [separator.join(head), *([second] if second else [])]
    rows += [separator.join(f"{value:.6g}" for value in row) for row in np.column_stack(columns)]
    text = "\n".join(rows) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize(
    ("head", "scale", "separator", "second"),
    [
        (["t_s", "ecg_mV", "abp_mmHg"], (1, 1, 1), ",", None),
        (["time", "ECG", "ABP"], (1, 1, 1), ",", None),
        (["Time (ms)", "ECG (uV)", "Art [kPa]"], (1e3, 1e3, 1 / 7.50062), ";", None),
        (["time_s", "lead II [V]", "aortic pressure (mmHg)"], (1, 1e-3, 1), "\t", None),
        (["'Elapsed time'", "'MLII'", "'ABP'"], (1, 1, 1), ",", "'s','mV','mmHg'"),
        (["t", "ekg", "ao"], (1, 1e-3, 1), ",", None),
    ],
)
def test_heads_of_many_kinds(tmp_path, beats_of, head, scale, separator, second):
    columns = [T * scale[0], ECG * scale[1], AOP * scale[2]]
    signals = read_signals([write(tmp_path / "x.csv.gz", head, columns, separator, second)])
    assert set(signals.names) == {"ecg", "pressure"}
    assert np.nanmax(signals.ecg_mV) == pytest.approx(1.15, abs=0.1)
    assert np.nanmax(signals.aop_mmHg) == pytest.approx(100.0, abs=1.0)
    found = beats_of(signals.ecg_mV)["t_s"]
    assert len(found) == pytest.approx(np.sum(BEATS > 1.6), abs=1)
    assert np.abs(found[:, None] - BEATS).min(axis=1).max() < 0.012


@pytest.mark.parametrize("rate_hz", [100.0, 128.0, 249.89, 360.0, 500.0, 1000.0, 2000.0])
def test_any_rate_gives_the_same_beats(tmp_path, beats_of, rate_hz):
    t = np.arange(0.0, 20.0, 1.0 / rate_hz)
    lead = sum(np.exp(-0.5 * ((t - r) / 0.012) ** 2) for r in BEATS)
    found = beats_of(read_signals([write(tmp_path / "x.csv", ["t_s", "ecg_mV"], [t, lead])]).ecg_mV)["t_s"]
    assert len(found) == pytest.approx(np.sum(BEATS > 1.6), abs=1)
    assert np.abs(found[:, None] - BEATS).min(axis=1).max() < 0.012


def test_missing_values_are_bridged_or_left_open(tmp_path, beats_of):
    lead = ECG.copy()
    lead[1000:1015] = np.nan  # 60 ms
    lead[2000:2500] = np.nan  # 2 s
    signals = read_signals([write(tmp_path / "x.csv", ["t_s", "ecg_mV"], [T, lead])])
    assert np.isfinite(signals.ecg_mV[4000:4060]).all()
    assert np.isnan(signals.ecg_mV[8100:9900]).all()
    found = beats_of(signals.ecg_mV)["t_s"]
    assert not np.any((found > 8.1) & (found < 11.0))
    assert np.sum(found > 13.0) == np.sum((BEATS > 13.0) & (BEATS < 19.98))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("t_s,ecg_mV\n", "0 rows of numbers"),
        ("t_s,ecg_mV\n0,1\n0,2\n", "does not rise"),
        ("t_s,ecg_mV\n0,1\n1,2,3\n", "has 3 columns, 2 are named"),
        ("t_s,ecg_mV\n0,1\n1,abc\n", "'abc' is no number"),
        ("ecg_mV,abp_mmHg\n0,1\n1,2\n", "no column of time among ecg, abp"),
        ("t_s,ecg_mV\n0,nan\n1,nan\n2,nan\n", "ecg_mV (ecg) holds no value at all"),
        ("t_s,flow_L_min\n0,1\n1,2\n", "neither ECG nor pressure among flow_L_min"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, words):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(RecordError) as raised:
        read_signals([path])
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_channel_that_is_not_there_lists_those_that_are(tmp_path):
    path = write(tmp_path / "x.csv", ["t_s", "ecg_mV", "abp_mmHg"], [T, ECG, AOP])
    with pytest.raises(RecordError, match="there are ecg_mV, abp_mmHg"):
        read_signals([path], "V5")
