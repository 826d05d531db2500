"""The generator drives its outputs through the gate: nothing before arming, standby after the end, safe after a trip."""

import asyncio
import json

import numpy as np
import pytest

from cext.laws.waveform import WaveformLaw
from cext.tables.load import STATES
from controller.cli.app import app
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.generator.play import play
from controller.session.assemble import assemble


def session_of(values, bench, **more):
    law = WaveformLaw(values, ["ecg_mV", "aop_mmHg"], **more)
    session = assemble(load_experiment(bench=bench), law=law)
    parts = []
    session.on_slice(lambda piece: parts.append(piece.frames.copy()))
    return session, law, parts


@pytest.fixture(params=["generator-loopback", "loopback"])
def bench(request, tmp_path):
    """The shipped bench on simulated cards, and the same without wires."""
    if request.param == "generator-loopback":
        return request.param
    path = tmp_path / "loop.toml"
    rows = "\n".join(f"[outputs.{name}]\nrange = {limits}\nrest = 0\nstandby = 0\nsafe = -1\n[inputs.{name}]\nrange = {limits}"
                     for name, limits in (("ecg_mV", [-10, 10]), ("aop_mmHg", [-50, 350])))  # fmt: skip
    head = 'name = "loop"\ntitle = "Loop"\nrig = "loopback"\nsimulated = true\noffers = ["generator"]\nmetrics_from = "inputs"'
    path.write_text(f"[bench]\n{head}\n{rows}\n")
    return str(path)


def test_only_while_it_runs(bench):
    wave = np.column_stack([np.full(500, 1.5), np.full(500, 120.0)])
    session, law, parts = session_of(wave, bench)

    async def go():
        await session.open()
        await session.advance(session.tick + 100)
        await session.arm()
        await session.advance(session.tick + 100)
        await session.start()
        while law.played < 500:
            await session.advance()
        await session.advance(session.tick + 200)
        await session.stop()
        await session.disarm()
        await session.advance(session.tick + 50)

    asyncio.run(go())
    session.close()
    frames = np.concatenate(parts)
    ecg, state = frames["out.ecg_mV"], frames["state.state"].astype(int)
    running = state == STATES.index("RUNNING")
    assert (ecg[~running] == 0.0).all(), "SAFETY: nothing goes out of a machine that is not running"
    assert (ecg[running] == 1.5).sum() == 500
    assert (frames["out.aop_mmHg"][running] == 120.0).sum() == 500
    assert (ecg[running][-100:] == 0.0).all(), "after the last row it stands at standby"
    heard = frames["in.ecg_mV"]
    assert np.nanmax(heard) == pytest.approx(1.5, abs=0.01), "it comes back by the inputs"


def test_after_a_trip_the_outputs_are_safe(tmp_path):
    text = load_experiment(bench="generator-loopback").bench.source.text.replace("safe = 0", "safe = -0.5")
    file = tmp_path / "loop.toml"
    file.write_text(text)
    session, _, parts = session_of(np.full((100_000, 2), 2.0), str(file))

    async def go():
        await session.open()
        await session.arm()
        await session.start()
        await session.advance(session.tick + 100)
        session.trip("a test")
        await session.advance(session.tick + 50)

    asyncio.run(go())
    session.close()
    last = parts[-1][-1]
    assert STATES[int(last["state.state"])] == "SAFE"
    assert (last["out.ecg_mV"], last["out.aop_mmHg"]) == (-0.5, -0.5)


def test_it_repeats_without_a_hole(bench):
    wave = np.column_stack([np.arange(1.0, 6.0), np.arange(5.0)])
    session, law, parts = session_of(wave, bench, repeats=True)

    async def go():
        await session.open()
        await session.arm()
        await session.start()
        while law.played < 23:
            await session.advance(session.tick + 1)

    asyncio.run(go())
    session.close()
    out = np.concatenate(parts)["out.ecg_mV"]
    assert out[out > 0].tolist()[:12] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.zeros((5, 1)), np.full((5, 2), np.nan)])
def test_what_cannot_go_out_is_refused(values):
    with pytest.raises(ValueError, match="waveforms"):
        WaveformLaw(values, ["ecg_mV", "aop_mmHg"])
    with pytest.raises(ValueError, match="no output x"):
        WaveformLaw(np.zeros((1, 1)), ["x"])


def test_a_bench_without_it_and_a_range_that_is_too_small_are_refused(made_of, tmp_path):
    made = made_of("sinus", 10.0)
    with pytest.raises(ConfigError, match=r'does not offer "generator"'):
        play(made, load_experiment(bench="virtual"), realtime=False)
    file = tmp_path / "small.toml"
    file.write_text(
        load_experiment(bench="generator-loopback").bench.source.text.replace("range = [-9.9, 9.9]", "range = [-0.5, 0.5]")
    )
    with pytest.raises(ConfigError, match=r"small\.toml:\d+:\d+.*does not hold the pattern sinus"):
        play(made, load_experiment(bench=str(file)), realtime=False)


# ---- the command and its files


def run(words, capsys):
    with pytest.raises(SystemExit) as ended:
        app(words)
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_the_command_puts_out_and_says_what_its_own_chain_found(capsys):
    code, out, _ = run(["generate", "bigeminy", "--bench", "generator-loopback", "--fast", "--seconds", "30", "--json"], capsys)
    told = json.loads(out)
    assert code == 0
    assert told["put_out_s"] == 30.0
    assert told["chain"]["misses"] == []
    assert told["chain"]["true"] > 20


def test_a_csv_is_read_by_our_own_trigger(tmp_path, capsys):
    file = tmp_path / "tall.csv.gz"
    code, _, _ = run(["generate", "tall-t", "--to", str(file), "--seconds", "30"], capsys)
    assert code == 0
    code, out, _ = run(["trigger", str(file), "--json"], capsys)
    beats = json.loads(out)["beats"]
    assert code == 0
    assert 30 < len(beats) < 40


@pytest.mark.filterwarnings("ignore")  # of pandas, by wfdb
def test_a_wfdb_record_has_the_true_beats(tmp_path, made_of):
    wfdb = pytest.importorskip("wfdb", reason="wfdb is not installed")
    from controller.generator.files import write

    made = made_of("sinus", 10.0)
    write(made, tmp_path / "sinus.hea")
    read = wfdb.rdrecord(str(tmp_path / "sinus"))
    assert read.sig_name == ["ECG", "ABP"]
    assert np.abs(read.p_signal[:, 0] - made.ecg_mV).max() < 0.01
    assert len(made.r_s) > 10
    assert wfdb.rdann(str(tmp_path / "sinus"), "atr").sample.tolist() == np.round(made.r_s * 1000).astype(int).tolist()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["generate", "sinus"], 2, "where to?"),
        (["generate", "sinuss", "--to", "x.csv"], 3, "sinus"),
        (["generate", "sinus", "--to", "x.txt", "--seconds", "2"], 2, ".csv, .csv.gz, .hea"),
        (["generate", "sinus", "--bench", "generator-pcie-6363", "--fast"], 2, "is hardware"),
        (["generate", "sinus", "--to", "x.csv", "--repeat"], 2, "--repeat"),
        (["generate", "sinus", "--to", "x.csv", "--set", "patient.hr_bpm=900"], 3, "patient.hr_bpm"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(words, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found, _, err = run(words, capsys)
    assert found == code
    assert said in err
