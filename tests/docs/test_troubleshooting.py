"""docs/troubleshooting.md: every message that heads an entry is one that the program prints, in the words of its source."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^### `(.+)`$", PAGE, re.M)


def template(node):
    """The text of a string literal, ``…`` for each part that is filled in; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


@pytest.fixture(scope="module")
def said():
    """Every text that the program may print: string literals without docstrings, the tables, the Makefile."""
    found = []
    for layer in ("controller", "rigs", "cext"):
        for path in (ROOT / layer).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            apart = {
                id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
            }  # docstrings are not said to users
            found += [text for node in ast.walk(tree) if id(node) not in apart and (text := template(node))]
    found += [row["description"] for row in tomllib.loads((ROOT / "cext/tables/conditions.toml").read_text()).values()]
    found += [row["what"] for row in tomllib.loads((ROOT / "cext/tables/balloon_alarms.toml").read_text()).values()]
    makefile = (ROOT / "Makefile").read_text()
    return [*found, *re.findall(r'echo "([^"]+)"', makefile)]


def test_there_are_entries_and_each_says_what_to_do():
    assert len(ENTRIES) >= 20
    parts = re.split(r"^### .+$", PAGE, flags=re.M)[1:]
    assert all(len(part.split("\n## ")[0].strip()) > 40 for part in parts)
    assert len(set(ENTRIES)) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_message_is_one_of_the_program(said, entry):
    words = entry.strip("…")
    assert any(words in text for text in said), f"no source says this any more: {entry}"
