"""What is refused in a bench, and where the message points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.config import ConfigError, load_bench
from controller.config.errors import Problem
from controller.config.find import shipped

Said = Callable[..., list[tuple[str, str, str]]]
ESTOP = "[inputs.estop]\nrange = [0, 1]\nrequired = true\nmax_age_ms = 5\n"
VACUUM = "[outputs.valve_vacuum]\nrange = [0, 1]\nrest = 0\nstandby = 1\nsafe = 1\n"

CASES = {
    "no safe value": (VACUUM, VACUUM.replace("safe = 1\n", ""), "outputs.valve_vacuum.safe", "is required and missing"),
    "safe out of range": (VACUUM, VACUUM.replace("safe = 1", "safe = 1.5"), "outputs.valve_vacuum.safe", "lies outside"),
    "rest out of range": (VACUUM, VACUUM.replace("rest = 0", "rest = -1"), "outputs.valve_vacuum.rest", "lies outside"),
    "standby not finite": (
        VACUUM,
        VACUUM.replace("standby = 1", "standby = nan"),
        "outputs.valve_vacuum.standby",
        "is not finite",
    ),
    "safe is a word": (VACUUM, VACUUM.replace("safe = 1", 'safe = "open"'), "outputs.valve_vacuum.safe", "is neither a number"),
    "rest may not be left to a device": (
        VACUUM,
        VACUUM.replace("rest = 0", 'rest = "device"'),
        "outputs.valve_vacuum.rest",
        "is text",
    ),
    "range falls": (ESTOP, ESTOP.replace("[0, 1]", "[1, 0]"), "inputs.estop.range", "does not rise"),
    "range of one": (ESTOP, ESTOP.replace("[0, 1]", "[1]"), "inputs.estop.range[2]", "is required and missing"),
    "range with infinity": (ESTOP, ESTOP.replace("[0, 1]", "[0, inf]"), "inputs.estop.range[2]", "is not finite"),
    "required is a word": (ESTOP, ESTOP.replace("true", '"yes"'), "inputs.estop.required", "is text"),
    "older than a tick": (ESTOP, ESTOP.replace("= 5", "= 0.5"), "inputs.estop.max_age_ms", "is shorter than a tick"),
    "trip that cannot be": (ESTOP, ESTOP + "trip_high = 2\n", "inputs.estop.trip_high", "lies outside the range"),
    "activity of what is not required": (
        ESTOP,
        ESTOP.replace("required = true", "least_activity = 1"),
        "inputs.estop.least_activity",
        "has no effect",
    ),
    "no such channel": (ESTOP, ESTOP.replace("estop", "e_stop"), "inputs.e_stop", "unknown input"),
    "lag and line": (
        ESTOP,
        ESTOP + "sensor = { lag_ms = 3, natural_hz = 20, damping = 0.2 }\n",
        "inputs.estop.sensor.lag_ms",
        "is given beside natural_hz",
    ),
    "half a line": (
        ESTOP,
        ESTOP + "sensor = { natural_hz = 20 }\n",
        "inputs.estop.sensor",
        "has one of natural_hz",
    ),
    "delay beyond the line": (ESTOP, ESTOP + "sensor = { delay_ms = 255 }\n", "inputs.estop.sensor.delay_ms", "is too long"),
    "metrics of a patient that is not there": ('"patient-model", ', "", "bench.metrics_from", "needs a patient model"),
    "unknown rig": ('rig = "virtual"', 'rig = "virtal"', "bench.rig", "unknown kind of rig"),
    "virtual and real": ("simulated = true ", "simulated = false ", "bench.simulated", "contradicts rig = virtual"),
    "period in float": ("period_us = 1000", "period_us = 1000.0", "loop.period_us", "is a number"),
    "period too long": ("period_us = 1000", "period_us = 2500", "loop.period_us", "is too long for the virtual rig"),
    "policy": ('overrun = "count"', 'overrun = "ignore"', "loop.overrun", "is not one of the words"),
    "no balloon": ('balloon = "iabp-40" ', "", "bench.balloon", "is required and missing"),
}


@pytest.mark.parametrize(("old", "new", "key", "what"), CASES.values(), ids=CASES)
def test_refused(said: Said, bench_text: str, old: str, new: str, key: str, what: str) -> None:
    found = said(bench_text, old, new)
    assert len(found) == 1, found
    assert found[0][1] == key
    assert found[0][2].startswith(what)


def test_a_bench_that_offers_a_balloon_has_what_drives_it(said: Said, bench_text: str) -> None:
    found = said(bench_text, VACUUM, VACUUM.replace("valve_vacuum", "valve_vacum"))
    assert [(key, what) for _, key, what in found] == [
        ("outputs.valve_vacuum", "is required and missing: the bench offers iabp"),
        ("outputs.valve_vacum", "unknown output"),
    ]


def test_a_physical_bench_shows_its_emergency_stop(problems: Callable[..., list[Problem]]) -> None:
    text = '[bench]\nname = "b"\ntitle = "b"\nrig = "faulty"\nsimulated = {}\nmetrics_from = "inputs"\n'
    assert problems(text.format("true")) == []
    assert problems(text.format("false")) == []  # nothing is driven: there is nothing to stop
    text += VACUUM
    assert problems(text.format("true")) == []
    found = problems(text.format("false"))
    assert [(p.key, p.what.partition(":")[0]) for p in found] == [("inputs.estop", "is required and missing")]


def test_a_device_sets_safe_and_standby_of_the_pump() -> None:
    outputs = load_bench("virtual").outputs
    assert {name for name, row in outputs.items() if row.safe == "device"} == {"pump_speed_rpm", "pump_enable"}
    assert outputs["valve_vacuum"].safe == 1.0
    assert outputs["valve_pressure"].safe == 0.0


def test_frozen() -> None:
    bench = load_bench("virtual")
    with pytest.raises(ValueError, match="frozen"):
        bench.loop.period_us = 10  # type: ignore[misc]


def test_unknown_name_lists_what_there_is(folder: Path) -> None:
    benches = folder / "configs" / "benches"
    benches.mkdir()
    mine = (shipped() / "benches" / "virtual.toml").read_text(encoding="utf-8").replace('name = "virtual"', 'name = "mine"')
    (benches / "mine.toml").write_text(mine, encoding="utf-8")
    assert load_bench("mine").name == load_bench("./configs/benches/mine.toml").name == "mine"
    with pytest.raises(ConfigError, match=r"--bench: virtul: there is no bench.*mine, .*virtual, or a file; did you mean virt"):
        load_bench("virtul")


@pytest.mark.parametrize("name", ["./nix.toml", "no/such/folder/b.toml", "/", ".", "a\0b.toml", "x" * 300 + ".toml", ""])
def test_what_cannot_be_opened(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_bench(name)
    assert len(raised.value.problems) == 1
