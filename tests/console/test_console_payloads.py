"""Mutated commands: each is refused with a reason, or is one that a person could have given; nothing else is ever asked of the loop."""

import json
import random
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from cext.tables.load import settings
from controller.config.experiment import load_experiment
from controller.console.commands import Command
from controller.console.obey import LATER, obey

GOOD = [
    {"name": "set", "path": "patient.hr_bpm", "value": "90"},
    {"name": "set", "path": "iabp.enabled", "value": True},
    {"name": "set", "path": "iabp.inflation_offset_ms", "value": -20.0},
    {"name": "set", "path": "iabp.assist", "value": "1:2"},
    {"name": "start_run", "protocol": "iabp-weaning", "patient": None, "sets": ["patient.hr_bpm=90"], "fast": False},
    {"name": "answer", "prompt": 3, "text": "yes", "declined": False},
    {"name": "acknowledge", "condition": "estop"},
    {"name": "pause"},
    {"name": "abort"},
    {"name": "reset"},
    {"name": "annotate", "text": "a remark", "tick": 5},
    {"name": "fault", "fault": "in.aop_mmHg:stuck,for=5"},
    {"name": "clear_faults"},
]
ODD = [
    None,
    True,
    -1,
    1e309,
    "",
    "\0",
    "9" * 400,
    "../../etc/passwd",
    [],
    {},
    [[]],
    "patient.hr_bpm",
    "run.step",
    "pump.device",
    "nan",
    "1e3",
    " on ",
]


class Session:
    offers = frozenset({"patient-model", "iabp", "impella", "impella-rp"})
    t_s, tick, simulated = 0.0, 1000, True
    loop = SimpleNamespace(rig=None)  # a bench without a door for faults

    def __init__(self, devices=None, **in_force):
        self.asked, self.acknowledged = {}, []
        self.devices = devices or {}
        self.in_force = {path: row.default for path, row in settings().items()} | in_force

    def values(self):
        return self.in_force | self.asked

    def set(self, values):
        self.asked |= values

    def acknowledge(self, by, condition=None):
        raise KeyError(f"alarm {condition} is not active")

    def event(self, *words, **data):
        pass


class Desk:
    def __init__(self):
        self.session, self.run, self.taken = Session(), None, []

    def later(self, command):
        self.taken.append(command)
        return True

    def hold_stop(self, held, by):
        raise AssertionError("no payload here releases STOP")


def mutated(rng):
    command = dict(rng.choice(GOOD))
    for _ in range(rng.randrange(3)):
        key = rng.choice([*command, "more"])
        match rng.randrange(3):
            case 0:
                command[key] = rng.choice(ODD)
            case 1:
                command.pop(key, None)
            case 2:
                command[key] = rng.choice(list(rng.choice(GOOD).values()))
    text = json.dumps({"lease": "x", "command": command}).encode()
    if rng.random() < 0.3:
        at = rng.randrange(len(text))
        text = text[:at] + rng.randbytes(rng.randrange(4)) + text[at + rng.randrange(4) :]
    return text


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 11))])
def test_mutated_commands_do_nothing_that_was_not_allowed(seed):
    """Issue 6: 100 000 of them, with those marked slow."""
    rng = random.Random(seed)
    desk, understood = Desk(), 0
    for _ in range(10_000):
        payload = mutated(rng)
        try:
            command = Command.model_validate_json(payload).as_message("anna")
        except ValidationError:
            continue
        understood += 1
        reply = obey(desk, command)
        if reply is None:
            assert command["name"] in LATER
            continue
        assert set(reply) >= {"ok", "text"} and (reply["ok"] or reply["text"]), reply
    assert understood > 1000
    for path, value in desk.session.asked.items():
        row = settings()[path]
        assert row.live and not row.internal and row.decode(row.encode(value)) == value
    for command in desk.taken:
        assert command["by"] == "anna" and "/" not in command.get("protocol", "")


def test_a_path_is_no_name_of_a_protocol():
    for protocol in ("../x", "/etc/passwd", "a/b", ".hidden", "x" * 200, "a\n", ""):
        with pytest.raises(ValidationError):
            Command.model_validate({"lease": "x", "command": {"name": "start_run", "protocol": protocol}})


def test_a_remark_is_an_event_at_its_tick():
    desk = Desk()
    noted = []
    desk.session.event = lambda *words, **more: noted.append((words, more))
    assert obey(desk, {"name": "annotate", "text": "kinked", "tick": 900, "by": "anna"})["ok"]
    assert noted == [(("annotation", "anna: kinked"), {"tick": 900, "by": "anna"})]
    reply = obey(desk, {"name": "annotate", "text": "later", "tick": 2000, "by": "anna"})
    assert not reply["ok"] and "has not come yet" in reply["text"] and len(noted) == 1


def test_faults_are_refused_on_hardware_and_without_a_door():
    """SAFETY: nobody breaks a wired bench from a browser."""
    desk = Desk()
    reply = obey(desk, {"name": "fault", "fault": "in.aop_mmHg:stuck", "by": "anna"})
    assert not reply["ok"] and "no door for faults" in reply["problems"][0]
    desk.session.simulated = False
    for name, more in (("fault", {"fault": "in.aop_mmHg:stuck"}), ("clear_faults", {})):
        reply = obey(desk, {"name": name, "by": "anna", **more})
        assert not reply["ok"] and "simulated benches only" in reply["text"], name


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("pump.speed_rpm", 3000, "is no speed of impella-cp"),
        ("pump.level", "boost", "is no level of impella-cp"),
        ("iabp.fill_mL", 55, "is more than iabp-40 holds"),
        ("pump.speed_rpm", 30_000, None),
        ("pump.speed_rpm", 0, None),
        ("pump.level", "P-3", None),
        ("pump.level", "auto", None),
        ("iabp.fill_mL", 35, None),
    ],
)
def test_what_the_fitted_device_does_not_have_is_refused_live(path, value, why):
    sets = {"pump.device": "impella-cp", "iabp.balloon_mL": 40.0}
    experiment = load_experiment(None, sets=[f"{key}={given}" for key, given in sets.items()])
    desk = Desk()
    desk.session = Session(experiment.devices, **sets)
    reply = obey(desk, {"name": "set", "path": path, "value": value, "by": "anna"})
    assert reply["ok"] == (why is None), reply
    assert (path in desk.session.asked) == (why is None), "refused is not set"
    assert why is None or why in reply["problems"][0], reply


@pytest.mark.parametrize(
    ("path", "value", "ok"),
    [
        ("pump.speed_rpm", 30_000, False),
        ("pump.level", "P-3", False),
        ("pump.level", "P-0", True),
        ("rpump.level", "P-3", False),
        ("rpump.level", "P-0", True),
    ],
)
def test_a_pump_that_is_not_fitted_is_not_driven_live(path, value, ok):
    desk = Desk()
    reply = obey(desk, {"name": "set", "path": path, "value": value, "by": "anna"})
    assert reply["ok"] is ok and (ok or "not fitted" in reply["problems"][0]), reply
