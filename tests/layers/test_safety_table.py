"""docs/safety.md names every line marked SAFETY and a test that exists for each."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text()
LINE = re.compile(r"^\| `(?P<file>[^`]+)` \| (?P<text>.+?) \| `(?P<test>[^`]+)` \|$", re.M)
HAZARD = re.compile(r"^\| [^`|]+ \| .+ \| `(?P<test>tests/[^`]+)` \|$", re.M)


def marked():
    """(file, text) of every line marked SAFETY in the product."""
    found = set()
    for folder in ("cext", "rigs", "controller"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".pyx", ".pxd", ".h", ".toml") and "generated" not in path.parts:
                for mark in re.finditer(r"SAFETY: (.+)$", path.read_text(encoding="utf-8"), re.M):
                    found.add((str(path.relative_to(ROOT)), mark[1].strip()))
    return found


def exists(test):
    """Whether ``path::Class::name`` names a test that is there."""
    path, *names = test.split("::")
    text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
    return bool(names) and all(re.search(rf"^\s*(def|class) {name}\b", text, re.M) for name in names)


def test_every_marked_line_is_in_the_table_and_nothing_else():
    table = {(row["file"], row["text"]) for row in LINE.finditer(PAGE)}
    assert marked() == table
    assert len(table) > 15


def test_every_test_it_names_exists():
    named = [row["test"] for row in LINE.finditer(PAGE)] + [row["test"] for row in HAZARD.finditer(PAGE)]
    assert len(named) > 85
    assert [test for test in named if not exists(test)] == []
