"""`mockloop drive-sim` as a program: where it serves, what it says, what it obeys, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from rigs.modbus.port import BusError, Connection, Port
from rigs.simdrive.shaft import CURRENT, FLOW, SPEED, Shaft

PROGRAM = [sys.executable, "-c", "from controller.cli import main; main()", "drive-sim"]


class Program:
    def __init__(self, *options: str) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [*PROGRAM, "--json", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.ready = self.until(lambda line: line.get("ready"))

    def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        assert self.process.stdout is not None and self.process.stderr is not None
        for line in self.process.stdout:
            message: dict[str, Any] = json.loads(line)
            if wanted(message):
                return message
        raise AssertionError(f"ended: {self.process.stderr.read()}")

    def tell(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def start(*options: str) -> Program:
        made.append(Program(*options))
        return made[-1]

    yield start
    for one in made:
        one.process.kill()
        one.process.wait()
        for pipe in (one.process.stdin, one.process.stdout, one.process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def port_of(program: Program, unit: int = 1) -> Port:
    port = Port(Connection(unit, program.ready["tcp"], program.ready["serial"]), 2.0)
    port.open()
    return port


@pytest.mark.parametrize("where", [("--tcp", "0"), ("--pty",)], ids=["tcp", "pty"])
@pytest.mark.parametrize(
    ("profile", "address", "status"), [("generic", 16, 0x0250), ("abb-drives", 3, 0x1270), ("danfoss-fc", 2909, 0x0603)]
)
def test_each_profile_answers_with_its_own_status_word(
    program: Callable[..., Program], where: tuple[str, ...], profile: str, address: int, status: int
) -> None:
    running = program("--profile", profile, *where)
    assert running.ready["simulated"] is True
    port = port_of(running)
    (word,) = port.read(address, 1)
    assert word & ~0x0430 == status & ~0x0430, hex(word)
    with pytest.raises(BusError, match="exception 2, illegal data address"):
        port.read(address + 200, 1)
    port.close()


def test_it_obeys_refuses_with_words_and_ends_with_its_input(program: Callable[..., Program]) -> None:
    running = program("--tcp", "0")
    running.tell(fault="overcurrent")
    assert running.until(lambda line: line.get("fault"))["fault"] == "0x2310 overcurrent"
    for command, words in (
        ({"fault": "rust"}, "fault 'rust' is unknown"),
        ({"line": "storm"}, "line fault 'storm' is unknown"),
        ({"latency_ms": -1}, "latency_ms -1 is refused"),
        ({"line": "silent", "count": "many"}, "count 'many' is refused"),
        ({"exception_code": 77}, "exception_code 77 is none of Modbus"),
        ({"speed": 3}, "speed is unknown"),
    ):
        running.tell(**command)
        assert words in running.until(lambda line: "refused" in line)["refused"]
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait(10) == 0


def test_a_word_order_against_its_file_and_a_line_fault_from_the_start(program: Callable[..., Program]) -> None:
    ports = [port_of(program("--tcp", "0", *options)) for options in (("--word-order", "big"), (), ("--line", "exception"))]
    big, little = (port.read(32, 2) for port in ports[:2])
    assert big == little[::-1] and big != little
    with pytest.raises(BusError, match="exception 4, device failure"):
        ports[2].read(16, 1)
    for port in ports:
        port.close()


def test_a_plant_turns_with_it_through_a_shaft(program: Callable[..., Program], tmp_path: Path) -> None:
    file = tmp_path / "shaft"
    running = program("--tcp", "0", "--shaft", str(file), "--ramp-rpm-s", "1000000")
    plant = Shaft(file)
    plant.memory[8 * CURRENT : 8 * CURRENT + 8] = pack("=d", 0.75)
    plant.memory[8 * FLOW : 8 * FLOW + 8] = pack("=d", 3.25)
    port = port_of(running)
    for word in (0x06, 0x07, 0x0F):
        port.write(0, [word])
    port.write(2, [0x86A0, 0x0001])  # 100000 tenths of a revolution, low word first
    found = running.until(lambda line: line.get("speed_rpm") == 10000.0 or (line.get("requests") and port.write(0, [0x0F])))
    assert (found["current_A"], found["flow_L_min"], found["starts"]) == (0.75, 3.25, 1)
    assert plant._get(SPEED) == 10000.0
    plant.close()
    port.close()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "--tcp PORT or --pty"),
        (["--tcp", "0", "--pty"], 2, "--tcp PORT or --pty"),
        (["--tcp", "0", "--profile", "unknown"], 3, "there is no pump drive of this name"),
        (["--tcp", "0", "--word-order", "middle"], 2, "allowed is big or little"),
        (["--tcp", "0", "--fault", "rust"], 2, "fault 'rust' is unknown"),
        (["--tcp", "0", "--host", "203.0.113.1"], 4, "cannot be listened on"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code_and_without_a_traceback(options: list[str], code: int, words: str) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*PROGRAM, *options], capture_output=True, text=True, timeout=60, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == code, done.stderr
    assert words in done.stderr and "Traceback" not in done.stderr


def test_on_a_terminal_it_says_simulated_and_ends_by_a_signal(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    link = tmp_path / "drive"
    process = subprocess.Popen(
        [*PROGRAM, "--pty", "--link", str(link)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("SIMULATED drive generic (cia-402) on /dev/pts/")
    assert "stands" in process.stdout.readline()
    assert link.is_symlink()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not link.is_symlink()
    process.stdout.close()


def test_a_name_for_a_terminal_that_is_not_there_is_refused() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [*PROGRAM, "--tcp", "0", "--link", "x"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 2 and "--link x: has no effect with --tcp" in done.stdout + done.stderr
