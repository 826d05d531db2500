"""The pressure as trigger: beats that eject, none twice on the dicrotic wave; and standing in for an ECG that is lost."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def icu(data):
    from controller.signals import read_signals

    return read_signals([data / "icu_ecg_249.89hz.csv.gz", data / "icu_abp_124.945hz.csv.gz"], "ecg_v_mV")


@pytest.fixture(scope="module")
def by_ecg(icu, beats_of):
    return beats_of(icu.ecg_mV)


@pytest.fixture(scope="module")
def by_pressure(icu, beats_of):
    return beats_of(np.full(len(icu.ecg_mV), np.nan), icu.aop_mmHg, "pressure")


def test_no_double_trigger_on_the_dicrotic_wave(by_ecg, by_pressure):
    feet = by_pressure["t_s"]
    assert set(by_pressure["source"]) == {2}
    for r, following in zip(by_ecg["t_s"][:-1], by_ecg["t_s"][1:], strict=True):
        assert np.sum((feet > r + 0.05) & (feet < following + 0.05)) <= 1


def test_every_beat_that_ejects(icu, by_ecg, by_pressure):
    """A beat ejects that raises the pressure by 10 mmHg within 0.35 s: a premature one in four or so does not."""
    feet = by_pressure["t_s"]
    missed = []
    for r in by_ecg["t_s"][5:-1]:
        around = icu.aop_mmHg[round((r + 0.05) * 1e3) : round((r + 0.40) * 1e3)]
        rise = np.max(around - np.minimum.accumulate(around))
        if rise > 10.0 and not np.any((feet > r + 0.03) & (feet < r + 0.35)):
            missed.append(float(r))
    assert missed == []
    assert np.median(by_pressure["given_s"] - feet) < 0.030


def test_pressure_stands_in_for_a_lost_ecg_and_gives_way_again(icu, beats_of):
    ecg = icu.ecg_mV.copy()
    ecg[60_000:120_000] = 0.0
    beats = beats_of(ecg, icu.aop_mmHg, "ecg", True)
    source = {
        second: set(beats["source"][(beats["t_s"] > second) & (beats["t_s"] < second + 5)]) for second in (50, 70, 110, 140)
    }
    assert source == {50: {1}, 70: {2}, 110: {2}, 140: {1}}
    intervals = np.diff(beats["t_s"][(beats["t_s"] > 50) & (beats["t_s"] < 140)])
    assert intervals.max() < 2.2, "at most two beats are lost at the change"
    assert intervals.min() > 0.3, "no beat counts twice at the change"


def test_without_leave_nothing_stands_in(icu, beats_of):
    ecg = icu.ecg_mV.copy()
    ecg[60_000:] = 0.0
    beats = beats_of(ecg, icu.aop_mmHg, "ecg", False)
    assert set(beats["source"]) == {1}
    assert beats["t_s"].max() < 60.5


def test_a_weak_pressure_is_found_as_well(icu, beats_of, by_pressure):
    weak = 40.0 + 0.2 * icu.aop_mmHg + 4.0 * np.sin(2 * np.pi * 0.25 * icu.t_s)
    beats = beats_of(np.full(len(weak), np.nan), weak, "pressure")
    assert len(beats) == pytest.approx(len(by_pressure), abs=8)


def test_sync_edge_with_phase(beats_of):
    from cext.estimate.chain import Chain
    from cext.tables.load import settings

    line = np.zeros(10_000)
    edges = np.arange(500, 9_500, 800)
    for at in edges:
        line[at : at + 50] = 1.0
    values = {"iabp.trigger": settings()["iabp.trigger"].encode("sync"), "iabp.sync_phase_ms": 120.0}
    beats, _ = Chain(values).run(np.full(10_000, np.nan), np.full(10_000, np.nan), line)
    np.testing.assert_allclose(beats["given_s"] * 1e3, edges + 120, atol=1.01)


@pytest.mark.parametrize(("apart", "phase"), [(300, 900), (300, 1000), (450, 500), (800, 1000)])
def test_edges_that_come_closer_together_than_the_phase_delay_are_all_heeded(beats_of, apart, phase):
    from cext.estimate.chain import Chain
    from cext.tables.load import settings

    line = np.zeros(12_000)
    edges = np.arange(500, 10_900, apart)
    for at in edges:
        line[at : at + 50] = 1.0
    values = {"iabp.trigger": settings()["iabp.trigger"].encode("sync"), "iabp.sync_phase_ms": float(phase)}
    beats, _ = Chain(values).run(np.full(12_000, np.nan), np.full(12_000, np.nan), line)
    np.testing.assert_allclose(beats["given_s"] * 1e3, edges + phase, atol=1.01)
