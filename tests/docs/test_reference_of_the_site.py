"""The pages that the site makes of the tables: all rows are there, and nothing breaks a table."""

import importlib.util
import re
from pathlib import Path

import pytest

from cext.tables.load import conditions, settings, signals
from cext.tables.metrics import metrics
from controller import exit_codes
from controller.cli.app import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("mkdocs_reference", ROOT / ".ci" / "mkdocs_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_every_row_of_the_tables_is_there(pages):
    for row in settings().values():
        assert (f"| `{row.path}` |" in pages["reference/settings.md"]) is not row.internal, row.path
    assert all(f"| `{row.path}` |" in pages["reference/signals.md"] for row in signals())
    assert all(f"`{name}`" in pages["reference/metrics.md"] for name in metrics())
    assert all(f"| `{row.name}` |" in pages["reference/conditions.md"] for row in conditions())
    codes = {name: code for name, code in vars(exit_codes).items() if name.isupper()}
    assert codes and all(f"| {code} | {name} |" in pages["reference/exit-codes.md"] for name, code in codes.items())


def test_every_command_with_its_options(pages):
    text = pages["reference/commands.md"]
    assert all(f"## mockloop {command.name}\n" in text for command in app.registered_commands)
    for words in (
        "`--against`",
        "`--policy`",
        "`--pdf`, `--no-pdf`",
        "mockloop report RUN [OPTIONS]",
        "## mockloop calibrate zero",
    ):
        assert words in text, words


def test_tables_have_as_many_cells_in_each_row_as_in_their_head(pages):
    for path, text in pages.items():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            widths = {line.replace("\\|", "").count("|") for line in table.splitlines()}
            assert len(widths) == 1, f"{path}: {table[:200]}"


def test_the_page_of_a_notebook_has_code_output_and_pictures(pages):
    text = pages["notebooks/simulate-run-compare.md"]
    assert "```python" in text and "the balloon pump is off" in text and text.count("data:image/png;base64,") == 2


def test_all_pages_are_in_the_navigation():
    nav = (ROOT / ".ci" / "mkdocs.yml").read_text()
    missing = [path.name for path in (ROOT / "docs").glob("*.md") if path.name not in nav]
    assert missing == []
