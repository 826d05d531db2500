"""The file beside the bench: what is in force of it, what speaks against arming, and that nothing of it is lost."""

import asyncio
import datetime
import json

import pytest

from controller.calibration.store import add
from controller.config import load_bench
from controller.config.calibration import calibration_of, wire_of
from controller.config.calibration_record import Actuator, Leak, Point, Sensor
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed

TODAY = datetime.date.today()
DAY = datetime.timedelta(days=1)


def sensor(kind="points", gain=0.97, offset=-4.0, expires=TODAY + DAY, channel="aop_mmHg", wire=None):
    points = (Point(reference=0.0, reading=4.0, sd=0.3), Point(reference=100.0, reading=107.0, sd=0.3))
    return Sensor(
        date=TODAY - 10 * DAY, operator="Ada", expires=expires, kind=kind, channel=channel, unit="mmHg", gain=gain, offset=offset,
        points=points, residuals=(0.0, 0.0), wire=wire,
    )  # fmt: skip


def leak(passed=True):
    return Leak(date=TODAY, operator="Ada", expires=TODAY, start_mmHg=240.0, held_s=60.0, fall_mmHg_min=12.0,
                limit_mmHg_min=20.0 if passed else 10.0, passed=passed)  # fmt: skip


def test_the_newest_record_of_a_channel_is_in_force_and_older_ones_stay(my_bench):
    bench = load_bench(str(my_bench()))
    add(bench, sensor(gain=1.1))
    first = calibration_of(bench)
    second = add(bench, sensor("zero", gain=1.1, offset=-5.0), sensor(channel="lap_mmHg"))
    assert second.lines() == {"aop_mmHg": (1.1, -5.0), "lap_mmHg": (0.97, -4.0)}
    assert [row.offset for row in second.kept.sensors] == [-4.0, -5.0, -4.0]
    assert first is not None and first.sha256 != second.sha256


def test_a_day_of_grace_there_is_none(my_bench):
    found = add(load_bench(str(my_bench())), sensor(expires=TODAY), leak())
    assert found.reasons(TODAY) == []
    (one, two) = found.reasons(TODAY + DAY)
    assert one.startswith(f"the calibration of aop_mmHg expired on {TODAY}") and "mockloop calibrate" in one
    assert two.startswith("the leak test of the balloon expired")


def test_a_fresh_zero_does_not_renew_the_gain_under_it(my_bench):
    found = add(load_bench(str(my_bench())), sensor(expires=TODAY - DAY), sensor("zero", expires=TODAY + DAY))
    assert [text.split(" expired")[0] for text in found.reasons(TODAY)] == ["the calibration of aop_mmHg"]


def test_a_failed_leak_test_speaks_against_arming(my_bench):
    found = add(load_bench(str(my_bench())), leak(passed=False))
    assert found.reasons(TODAY) == [f"the leak test of {TODAY} failed: 12.0 mmHg/min, limit 10: find the leak, then test again"]


def test_another_wire_makes_a_record_void(my_bench):
    path = my_bench("simulated-wires")
    bench = load_bench(str(path))
    add(bench, sensor(wire=wire_of(bench.inputs["aop_mmHg"])))
    assert calibration_of(bench).lines() and not calibration_of(bench).reasons(TODAY)
    path.write_text(path.read_text().replace('"Dev1/ai0", mode = "differential", volts = [-5, 5], gain_per_V = 100',
                                             '"Dev1/ai0", mode = "differential", volts = [-5, 5], gain_per_V = 90'))  # fmt: skip
    found = calibration_of(load_bench(str(path)))
    assert found.lines() == {}
    assert "with another wire than the bench file's: calibrate again" in found.reasons(TODAY)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no calibration"),
        ('{"bench": "other"}', "belongs to another bench"),
        ('{"bench": "mine", "colour": 1}', "colour"),
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(my_bench, text, words):
    path = my_bench()
    kept = path.with_name("mine.calibration.json")
    kept.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_experiment(None, bench=str(path))
    with pytest.raises(ConfigError):
        add(load_bench(str(path)), sensor())
    assert kept.read_text() == text


def test_nothing_is_kept_beside_a_bench_that_comes_with_the_program():
    with pytest.raises(ConfigError, match="stands for no bench in particular"):
        add(load_bench("virtual"), sensor())


def test_measured_delays_are_settings_before_the_protocols_and_after_the_bench_files(my_bench):
    bench = load_bench(str(my_bench()))
    row = Actuator(
        date=TODAY, operator="Ada", expires=TODAY, channel="valve_pressure", seen_on="balloon_pressure_mmHg", steps=8, delay_ms=10.0,
        delay_spread_ms=0.1, rise_ms=100.0, fall_ms=None, saturation=None, hysteresis=None, unit="mmHg",
        settings={"iabp.inflation_delay_ms": 41.5, "iabp.filling_ms": 130.0},
    )  # fmt: skip
    add(bench, row)
    experiment = load_experiment(None, bench=str(bench.source.path), sets=["iabp.filling_ms=99"])
    entry = experiment.settings["iabp.inflation_delay_ms"]
    assert (entry.number, entry.origin) == (41.5, "calibration mine.calibration.json")
    assert experiment.settings["iabp.filling_ms"].number == 99.0


def test_an_expired_calibration_refuses_arming_with_all_other_reasons(my_bench):
    path = my_bench()
    add(load_bench(str(path)), sensor(expires=TODAY - DAY), leak(passed=False))
    session = assemble(load_experiment(None, bench=str(path)))

    async def arm():
        await session.open()
        with pytest.raises(NotArmed) as refused:
            await session.arm()
        return refused.value.reasons

    try:
        reasons = asyncio.run(arm())
    finally:
        session.close()
    assert len(reasons) == 2 and "expired" in reasons[0] and "leak test" in reasons[1]


def test_the_hash_is_in_recording_and_summary_and_the_text_in_the_folder(my_bench, tmp_path):
    from controller.job.execute import Run
    from controller.job.request import Request
    from controller.job.show import Screen

    path = my_bench()
    kept = add(load_bench(str(path)), sensor(gain=1.0, offset=1.0))
    protocol = tmp_path / "short.toml"
    protocol.write_text('[protocol]\nname = "short"\ntitle = "short"\n[[step]]\nname = "a"\nhold_s = 1.0\n')
    experiment = load_experiment(str(protocol), bench=str(path))
    request = Request(str(protocol), fast=True, out=tmp_path / "run", mqtt="off", policy="decimated")
    outcome = asyncio.run(Run(experiment, request, Screen()).execute(1.0))
    header = json.loads((outcome.folder / "config" / "header.json").read_text())
    assert outcome.summary["calibration"]["sha256"] == header["calibration"]["sha256"] == kept.sha256
    assert (outcome.folder / "config" / "mine.calibration.json").read_text() == kept.text
