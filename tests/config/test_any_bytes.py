"""Whatever bytes come in: a ConfigError's problems, each pointing into the file, or a valid file. Never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.config.check import check
from controller.config.errors import Problem
from controller.config.find import shipped

FILES = sorted(shipped().rglob("*.toml"))
TEXTS = [file.read_bytes() for file in FILES]
# Pieces that move a file from one kind of wrong to another.
SCRAPS = [
    b"", b"\n", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"', b"'", b'"""', b"'''",
    b"\\", b"\\u0000", b"\\uD800", b"[", b"]", b"[[", b"]]", b"{", b"}", b"{}", b"[]", b"[[]]", b",", b".",
    b"=", b"#", b"[step]", b"[[step]]", b"[[protocol]]", b"[set]\n", b"[a.b.c]\n", b"= 1\n", b"= nan", b"inf",
    b"-inf", b"1e999", b"-0.0", b"0x", b"1_000", b"true", b"'x'", b"1979-05-27", b"07:32:00", b"9" * 400,
    b"[1, 'a', {}]", b"{ a = 1 }", b"pump", b"pump.level", b"iabp.assist", b'"pump.speed_rpm"', b"hold_s",
    b"repeat = 3\n", b"repeat_from = ", b"relative_to", b"metric", b"\xc3\xa9", b"\xf0\x9f\x98\x80",
    b"\x1b[31m", b"\t", b" ",
]  # fmt: skip
PLACE = re.compile(r".*:(\d+):(\d+)\Z")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A shipped file with some of its parts cut, doubled, swapped or replaced by scraps."""
    data = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:start] + draw(st.sampled_from(SCRAPS)) + data[start:]
            case 1:
                data = data[:start] + draw(st.sampled_from(SCRAPS)) + data[end:]
            case 2:
                data = data[:end] + data[start:]
            case 3:
                lines = data.split(b"\n")
                i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
                lines[i], lines[j] = lines[j], lines[i]
                data = b"\n".join(lines)
            case _:
                values = [m.span(1) for m in re.finditer(rb"= *([^\n#,}]+)", data)]
                if values:
                    start, end = draw(st.sampled_from(values))
                    data = data[:start] + draw(st.sampled_from(SCRAPS)) + data[end:]
    return data


def never_a_traceback(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    lines = data.decode(errors="replace").split("\n")
    for problem in check(file):
        text = str(problem)
        assert "\n" not in text
        assert text.isprintable(), ascii(text)
        assert problem.what
        place = PLACE.match(problem.where)
        if place is not None and problem.where.startswith(str(file)):
            line, column = int(place[1]), int(place[2])
            assert 1 <= line <= len(lines)
            assert 1 <= column <= len(lines[line - 1]) + 2


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(relaxed, max_examples=2000)
@given(data=mutated())
def test_mutated_files(folder: Path, data: bytes) -> None:
    never_a_traceback(folder / "trial.toml", data)


@settings(relaxed, max_examples=300)
@given(data=st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(SCRAPS), max_size=12).map(b"".join)))
def test_any_bytes(folder: Path, data: bytes) -> None:
    never_a_traceback(folder / "trial.toml", data)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(relaxed, max_examples=20_000)
@given(data=mutated())
def test_many_mutated_files(folder: Path, data: bytes) -> None:
    never_a_traceback(folder / "trial.toml", data)


def test_this_can_fail(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong_place(file: Path) -> list[Problem]:
        return [Problem(f"{file}:2:1", "", "", "is wrong")]

    monkeypatch.setitem(never_a_traceback.__globals__, "check", wrong_place)
    with pytest.raises(AssertionError):
        never_a_traceback(folder / "trial.toml", b"a = 1")


@pytest.mark.parametrize("cut", range(0, 101, 4))
@pytest.mark.parametrize("index", range(len(FILES)), ids=[file.stem for file in FILES])
def test_files_that_end_early(folder: Path, index: int, cut: int) -> None:
    never_a_traceback(folder / "trial.toml", TEXTS[index][: len(TEXTS[index]) * cut // 100])


@pytest.mark.parametrize(
    "data",
    [
        b"[protocol]\nname = 1\nstep = 3",
        b"[[protocol]]\n",
        b"protocol = 3",
        b"[protocol]\n[[step]]\nset = 3\nramp = []\nexpect = {}\n",
        b'[protocol]\nname="a"\ntitle="b"\n[[step]]\nname="s"\nhold_s=' + b"9" * 400,
        b'[protocol]\nname="a"\ntitle="b"\n[[step]]\nname="s"\nhold_s=1\nset={pump={speed_rpm=' + b"9" * 400 + b"}}",
        b"[device]\nkind = []\n",
        b"[device]\nkind = {}\n",
        b'[bench]\n[outputs.pump_enable]\nsafe = ' + b"9" * 400,
        b"[patient]\n[set]\npatient = 3\n",
        b"[patient]\n[set.patient]\nhr_bpm = 3\n",
        b"[patient]\n[bench]\n",
        b"[patient]\n" + b"".join(b"[a%d]\n" % i for i in range(20_000)),
        b"[patient]\nx = " + b"[" * 400 + b"]" * 400,
        b"[patient]\n" + b"x." * 2000 + b"y = 1",
    ],
)  # fmt: skip
def test_awkward_files(folder: Path, data: bytes) -> None:
    never_a_traceback(folder / "trial.toml", data)
    assert check(folder / "trial.toml")
