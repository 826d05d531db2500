"""One pass of `check` says everything that is wrong, whatever is wrong with the header of the file."""

from pathlib import Path

import pytest

from controller.config.check import check

PROTOCOL = """
[protocol]
title = 5
requires = ["patient-model"]
patient = "nobody"
bench = "nowhere"
[[step]]
name = "a"
hold_s = 1
[[step]]
name = "a"
hold_s = 2
expect = [{ metric = "map_mmHg", low = 5, high = 3 }]
"""
BENCH = """
[bench]
title = "t"
rig = "virtuall"
simulated = "yes"
offers = ["patient-model"]
metrics_from = "plnt"
balloon = "nope"
[inputs.aop]
range = [0, 1]
"""
DEVICE = """
[device]
name = "x"
kind = "rotary-pum"
[levels_rpm]
"P-1" = -5
"""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (
            PROTOCOL,
            {
                "protocol.name",
                "protocol.title",
                "protocol.patient",
                "protocol.bench",
                "step[2].name",
                "step[2].expect[1].source",
                "step[2].expect[1].low",
            },
        ),
        (
            BENCH,
            {"bench.name", "bench.rig", "bench.simulated", "bench.metrics_from", "bench.balloon", "inputs.aop"},
        ),
        (DEVICE, {"device.kind", "device.title", "levels_rpm.P-1"}),
    ],
)
def test_the_first_pass_finds_what_the_header_could_hide(tmp_path: Path, text: str, keys: set[str]) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    assert keys <= {problem.key for problem in check(file)}


def test_what_stands_in_for_a_missing_name_makes_no_fault_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "nameless.toml"
    steps = "[[step]]\nhold_s = 1\n[[step]]\nhold_s = 2\nset = { patient.hr_bpm = 80 }\n"
    file.write_text(f'[protocol]\nrequires = ["patient-model"]\n{steps}', encoding="utf-8")
    assert [problem.key for problem in check(file)] == ["protocol.name", "protocol.title", "step[1].name", "step[2].name"]
