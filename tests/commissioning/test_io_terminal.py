"""`mockloop io` at a real terminal: a key energises, its release makes safe, and so does everything that ends the program."""

import asyncio
import json
import os
import signal

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from controller.commissioning import procedure
from controller.commissioning.dead_man import AGAIN_S, FIRST_S, DeadMan
from controller.commissioning.hands import Hands
from controller.commissioning.keys import keys_in
from controller.config.experiment import load_experiment


def test_a_person_arms_holds_lets_go_and_marks(terminal, tmp_path):
    at = terminal("io", "--bench", "virtual", "--operator", "Ada", "--out", "points.json")
    shown = at.wait_for("nothing is energised")
    assert "SIMULATED" in shown and "aop_mmHg" in shown and "valve_pressure" in shown
    at.press(" ")
    at.wait_for("the machine is in IDLE: nothing can be energised")
    at.press("a")
    at.wait_for("armed: outputs stand at their safe values")
    at.hold_space(1.2)
    at.wait_for("HELD")
    at.shown = b""
    at.wait_for("let go: everything is safe")
    at.press("\r")
    at.wait_for("out.valve_pressure: ok")
    at.press("\x1b[B")  # valve_vacuum was chosen next; pump_speed_rpm is after it
    at.press("x")
    at.wait_for("out.pump_speed_rpm: wrong")
    at.press("q")
    assert at.end() == 1, "a wrong point is a failure"
    record = json.loads((tmp_path / "points.json").read_text())
    points = {point["channel"]: point for point in record["points"]}
    assert (record["operator"], record["simulated"], record["complete"]) == ("Ada", True, False)
    assert points["out.valve_pressure"]["mark"] == "ok" and points["out.valve_pressure"]["most"] == 1.0
    assert points["out.pump_speed_rpm"]["mark"] == "wrong" and points["out.pump_speed_rpm"]["most"] == 0.0
    assert points["in.balloon_pressure_mmHg"]["most"] > 150.0, "the balloon was filled"
    assert record["counts"] == {"open": len(points) - 2, "ok": 1, "wrong": 1}


def test_another_key_lets_go_at_once(terminal):
    at = terminal("io", "--bench", "virtual")
    at.wait_for("nothing is energised")
    at.press("a")
    at.wait_for("armed")
    at.press(" ")
    at.wait_for("is held at 1")
    at.press("z")
    at.wait_for("let go by another key")
    at.press("q")
    assert at.end() == 0


def test_a_key_that_stops_programs_stops_nothing(terminal):
    at = terminal("io", "--bench", "virtual")
    at.wait_for("nothing is energised")
    at.press("\x1a\x13")  # Ctrl-Z, Ctrl-S
    at.press("a")
    at.wait_for("armed")
    at.press("q")
    assert at.end() == 0


@pytest.mark.parametrize("how", ["hang up", "SIGTERM", "SIGINT"])
def test_the_program_ends_when_its_terminal_or_its_person_is_gone(terminal, how):
    at = terminal("io", "--bench", "virtual")
    at.wait_for("nothing is energised")
    at.press("a")
    at.wait_for("armed")
    at.press(" ")
    at.wait_for("is held at 1")
    at.hang_up() if how == "hang up" else os.kill(at.process.pid, getattr(signal, how))
    assert at.end() == 130


@pytest.mark.parametrize("how", ["SIGHUP", "SIGTERM", "SIGINT", "error"])
def test_whatever_ends_the_program_lets_go(how):
    """In this process, to see what went out: held until the end, safe before the bench is closed."""
    hands = Hands(load_experiment(None, bench="virtual"), realtime=True)
    seen = []
    hands.session.on_slice(lambda piece: seen.append(piece.frames))

    async def work(hands):
        await hands.pass_s(0.3, {"valve_pressure": 1.0})
        if how == "error":
            raise RuntimeError("a mistake in here")
        os.kill(os.getpid(), getattr(signal, how))
        await hands.pass_s(30.0, {"valve_pressure": 1.0})

    with pytest.raises(RuntimeError if how == "error" else KeyboardInterrupt):
        asyncio.run(procedure._carry_out(hands, work, armed=True))
    assert np.concatenate(seen)["out.valve_pressure"].max() == 1.0
    assert not hands.session.loop.rig.is_open
    last = hands.session.loop.live.read(FRAME_DTYPE)
    hold = hands.law
    assert hold is not None and (last["out.valve_pressure"] == 0.0 or how == "error")


def test_without_a_terminal_it_says_what_it_needs(tmp_path):
    import subprocess
    import sys

    from tests.commissioning.conftest import MAIN, ROOT

    done = subprocess.run([sys.executable, "-c", MAIN, "io"], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (2, "io needs a terminal, or --script FILE (- for standard input)")


def test_the_dead_man_key_bridges_the_repeat_delay_and_no_more():
    key = DeadMan()
    assert key.sign(10.0) == FIRST_S and key.held(10.0 + FIRST_S - 0.01) and not key.held(10.0 + FIRST_S)
    assert key.sign(20.0) == FIRST_S
    assert key.sign(20.5) == AGAIN_S and key.held(20.74) and not key.held(20.76), "a repeat ends the longer first time"
    key.let_go()
    assert not key.held(20.6) and key.sign(20.6) == FIRST_S


@pytest.mark.parametrize(
    ("sent", "keys"),
    [("   ", [" "]), (" a ", [" ", "a", " "]), ("\x1b[A\x1b[A", ["up", "up"]), ("\r", ["enter"]), ("\x1b", ["escape"]),
     ("\x1b[15~x", ["x"]), ("\x1b[1;5Cq", ["q"])],
)  # fmt: skip
def test_keys_are_told_apart(sent, keys):
    assert keys_in(sent) == keys
