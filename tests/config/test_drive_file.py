"""Drive files, and the drives of a bench: what is refused, and where the message points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.config import load_drive
from controller.config.check import check
from controller.config.find import shipped
from rigs.modbus.description import Description

Said = Callable[..., list[tuple[str, str, str]]]
DRIVE = (shipped() / "drives" / "generic.toml").read_text(encoding="utf-8")
BENCH = """\
[bench]
name = "pump-only"
title = "A pump drive alone"
rig = "modbus"
simulated = true
offers = ["impella"]
metrics_from = "inputs"
[inputs.pump_speed_rpm]
range = [-100, 60000]
required = true
max_age_ms = 240
wire = { drive = "left", quantity = "speed" }
[outputs.pump_speed_rpm]
range = [0, 46000]
rest = 0
standby = 0
safe = 0
wire = { drive = "left", quantity = "speed" }
[outputs.pump_enable]
range = [0, 1]
rest = 0
standby = 0
safe = 0
wire = { drive = "left", quantity = "enable" }
[drives.left]
drive = "generic"
tcp = "192.168.0.9:502"
"""

DRIVE_CASES = {
    "highest that the type cannot hold": (
        'speed = { address = 2, type = "int32", per_unit = 0.1 }', 'speed = { address = 2, type = "int16" }',
        "write.speed", "cannot hold highest_rpm",
    ),
    "a control word of two registers": (
        'control = { address = 0, type = "uint16" }', 'control = { address = 0, type = "uint32" }', "write.control", "is a word of bits",
    ),
    "set speed on the control word": ('speed = { address = 2,', 'speed = { address = 0,', "write.speed", "lies on the control word"),
    "value outside its mask": (
        "running = { mask = 0x006F, value = 0x0027 }", "running = { mask = 0x0001, value = 0x0027 }", "status.running", "can never tell",
    ),
    "no way to start": ("enable = [\n", "enable = []\nx = [\n", "control.enable", "is empty"),
    "address beyond the telegram": ("address = 19, type", "address = 65535, type", "read.current.address", "leaves no room"),
    "faults without a register": ('fault = { address = 23, type = "uint16" }', "", "faults", "belongs to read.fault"),
    "check that nothing meets": ("low = 100.0", "low = 70000.0", "check[1].low", "is above high"),
    "fault key in decimal": ('"0x2310" =', '"8976" =', "faults.words.8976", "is not a name"),
    "profile": ('profile = "cia-402"', 'profile = "cia-403"', "pump_drive.profile", "is not one of the words"),
    "word order": ('word_order = "little"', 'word_order = "middle"', "bus.word_order", "is not one of the words"),
}  # fmt: skip

BENCH_CASES = {
    "no drives": ('[drives.left]\ndrive = "generic"\ntcp = "192.168.0.9:502"\n', "", "drives", "is required and missing"),
    "lost would do nothing": ("required = true\n", "", "drives.left", "has no required input for its speed"),
    "older than lost": ("max_age_ms = 240", "max_age_ms = 250", "inputs.pump_speed_rpm.max_age_ms", "does not fit the drive"),
    "younger than a reply": ("max_age_ms = 240", "max_age_ms = 20", "inputs.pump_speed_rpm.max_age_ms", "does not fit the drive"),
    "unknown drive": ('wire = { drive = "left", quantity = "enable" }', 'wire = { drive = "right", quantity = "enable" }',
                      "outputs.pump_enable.wire.drive", "names the drive right"),
    "no such quantity": ('quantity = "enable"', 'quantity = "flow"', "outputs.pump_enable.wire.quantity", "is nothing that a drive has"),
    "nowhere to be found": ('tcp = "192.168.0.9:502"\n', "", "drives.left", "says none or several"),
    "tcp and serial": ('tcp = "192.168.0.9:502"\n', 'tcp = "a:502"\nserial = "/dev/ttyUSB0"\n', "drives.left", "says none or several"),
    "no such port": (":502", ":99999", "drives.left.tcp", "has no such port"),
    "baud over tcp": (":502\"\n", ":502\"\nbaud = 9600\n", "drives.left.baud", "has no effect beside tcp"),
    "beyond the drive": ("[0, 46000]", "[0, 61000]", "outputs.pump_speed_rpm.range", "goes beyond the drive"),
    "no such drive file": ('drive = "generic"', 'drive = "genric"', "drives.left.drive", "there is no pump drive of this name"),
    "not wired": (
        'max_age_ms = 240\nwire = { drive = "left", quantity = "speed" }', "max_age_ms = 240",
        "inputs.pump_speed_rpm.wire", "leads nowhere",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "what"), DRIVE_CASES.values(), ids=DRIVE_CASES)
def test_a_drive_that_cannot_be_is_refused(said: Said, old: str, new: str, key: str, what: str) -> None:
    found = said(DRIVE, old, new)
    assert any(k.startswith(key) and what in w for _, k, w in found), found


@pytest.mark.parametrize(("old", "new", "key", "what"), BENCH_CASES.values(), ids=BENCH_CASES)
def test_a_bench_with_a_drive_that_does_not_fit_is_refused(said: Said, old: str, new: str, key: str, what: str) -> None:
    found = said(BENCH, old, new)
    assert any(k.startswith(key) and what in w for _, k, w in found), found


def test_the_bench_of_these_tests_is_right(said: Said) -> None:
    assert said(BENCH) == []


def test_a_drive_file_beside_the_bench_is_found_and_its_faults_shown_at_their_place(folder: Path) -> None:
    (folder / "mine.toml").write_text(DRIVE.replace("turnaround_ms = 20", "turnaround_ms = -1"), encoding="utf-8")
    bench = folder / "bench.toml"
    bench.write_text(BENCH.replace('"generic"', '"mine.toml"'), encoding="utf-8")
    (problem,) = check(bench)
    assert problem.where.startswith(f"{folder / 'mine.toml'}:") or problem.where.startswith("mine.toml:")
    assert problem.key == "bus.turnaround_ms"


@pytest.mark.parametrize("name", ["generic", "abb-drives", "danfoss-fc"])
def test_shipped_drives_say_where_they_come_from_and_have_a_watchdog(name: str) -> None:
    drive = load_drive(name)
    what = Description.of(drive.model_dump())
    assert len(drive.pump_drive.source) > 40
    assert what.watchdog is not None and what.watchdog.most_s <= 1.0
    assert what.lost_s == drive.lost_ms * 1e-3 == max(0.25, 3 * drive.bus.turnaround_ms * 1e-3)
    assert not what.running.holds(0) and what.fault_words
    assert what.rest != what.run


def test_a_drive_whose_table_is_wrong_is_not_called_missing_where_it_is_wired(said: Said) -> None:
    assert [key for _, key, _ in said(BENCH, ":502", ":99999")] == ["drives.left.tcp"]
