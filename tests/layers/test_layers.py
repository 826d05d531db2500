"""The house: imports run controller → rigs → cext, files are small and named by what they are, nothing names a machine.

import-linter does not see compiled modules, hence this reads the text of .py .pyx .pxd and .pyi.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("cext", "rigs", "controller")  # each may import those before it
OUTSIDE = ("tests", "hil_tests")
IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+c?import\b|c?import[ \t]+([\w., \t]+))", re.M)
LONGEST, LONGEST_BLOCK = 400, 150
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|common|helpers|managers?|misc)(_|$)")
HAND_WRITTEN = (".py", ".pyx", ".pxd", ".pyi", ".h", ".c", ".toml", ".ts", ".svelte", ".css", ".j2")


def files(*suffixes):
    """Files of the project, without what is generated, built or installed."""
    skip = {"build", "generated", "node_modules", "runs", "dist"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and path.suffix in suffixes and not skip & set(parts) and not any(p.startswith(".") for p in parts):
            yield path


def imported(text):
    """Top-level packages that this text imports or cimports, absolute ones."""
    text = re.sub(r'("""|\'\'\').*?\1', "", text, flags=re.S)
    for source, names in IMPORT.findall(text):
        for name in [source] if source else names.split(","):
            if name.strip():
                yield name.strip().split()[0].partition(".")[0]


def test_imports_run_downwards_only():
    wrong = []
    for path in files(".py", ".pyx", ".pxd", ".pyi"):
        layer = path.relative_to(ROOT).parts[0]
        if layer not in LAYERS:
            continue
        allowed = LAYERS[: LAYERS.index(layer) + 1]
        names = set(imported(path.read_text(encoding="utf-8"))) & {*LAYERS, *OUTSIDE}
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in names - {*allowed}]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from controller.cli import main", ["controller"]),
        ("    import rigs.registry as r, os", ["rigs", "os"]),
        ("from cext.rig cimport Rig", ["cext"]),
        ("cimport rigs.fault", ["rigs"]),
        ('"""import controller"""', []),
        ("from . import own", []),
    ],
)
def test_the_scan_sees_an_import(text, found):
    assert [name for name in imported(text) if name] == found


def test_relative_imports_stay_in_their_package():
    for path in files(".py"):
        if path.relative_to(ROOT).parts[0] in LAYERS:
            depth = len(path.relative_to(ROOT).parts) - 1
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.ImportFrom) and node.level > depth), path


def test_names_say_what_a_file_is():
    parts = {path.relative_to(ROOT): path.relative_to(ROOT).parts for path in files(*HAND_WRITTEN)}
    wrong = [str(path) for path, names in parts.items() if any(FORBIDDEN_NAMES.search(n.partition(".")[0]) for n in names)]
    assert wrong == [], "a helper process may be called one; helpers are a drawer"


def test_files_are_short():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in files(*HAND_WRITTEN)}
    core = {n: k for n, k in lengths.items() if n.startswith("cext/") and n.endswith((".pyx", ".pxd", ".h"))}
    blocks = {name: count for name, count in core.items() if count > LONGEST_BLOCK}
    print(f"blocks of cext above {LONGEST_BLOCK} lines: {blocks}")
    assert {name: count for name, count in lengths.items() if count > LONGEST} == {}


def test_tests_hold_no_packages_and_unique_names():
    tests = [p for folder in OUTSIDE for p in (ROOT / folder).rglob("*.py")]
    assert not [p for p in tests if p.name == "__init__.py"]
    for folder in OUTSIDE:
        names = [p.name for p in (ROOT / folder).rglob("test_*.py")]
        assert sorted(names) == sorted(set(names)), folder


def test_nothing_names_a_machine_or_a_private_registry():
    paths = r"(?<![\w/.])/(?:home|Users|root|work)/\w"
    private = re.compile(paths + r"|index-url|extra-index|artifactory|\bpypi\.(?!org)\w+\.\w+|\w\.internal[:/]\w")
    found = []
    for path in (*files(*HAND_WRITTEN, ".md", ".sh", ".yml", ".yaml", ".cfg"), ROOT / "Makefile"):
        if path == Path(__file__):
            continue
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if private.search(line):
                found.append(f"{path.relative_to(ROOT)}:{n}: {line.strip()[:100]}")
    assert found == []


def test_what_starts_often_starts_quickly():
    """The slow libraries are not imported by the command line's start, the configuration or the session."""
    code = "import sys, controller.cli, controller.cli.app, cext.loop, rigs.registry; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert not loaded & {"scipy", "matplotlib", "xarray", "h5py", "pandas", "amqtt", "aiomqtt"}
