"""Which messages of the command topic are obeyed: signed, fresh, once, not too many, well formed."""

import base64
import json

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.telemetry.command_gate import BURST, LARGEST_BYTES, OLDEST_S, OLDEST_STOP_S, RATE_HZ, STRANGERS, CommandGate
from controller.telemetry.command_keys import CommandKey, read_keys
from controller.telemetry.send import signed

ANNA = CommandKey("anna", "operator", "a" * 40)
BUTTON = CommandKey("button", "stop", "b" * 40)
SET = {"name": "set", "path": "patient.hr_bpm", "value": "80"}
STOP = {"name": "stop"}


class Desk:
    """A gate with clocks that the test moves."""

    def __init__(self):
        self.now_s = 1e9
        self.gate = CommandGate(
            "bench", {k.name: k for k in (ANNA, BUTTON)}, epoch_s=lambda: self.now_s, monotonic_s=lambda: self.now_s
        )
        self.number = 0

    def judge(self, wish=SET, key=ANNA, *, bench="bench", age_s=0.0, number=None, retained=False):
        self.number += 1
        token = signed(bench, key, wish, number or str(self.number), self.now_s - age_s)
        return self.gate.judge(token.encode(), retained=retained)

    def raw(self, payload):
        return self.gate.judge(payload, retained=False)


@pytest.fixture
def desk():
    return Desk()


def refused(judged, words):
    command, answer = judged
    assert command is None
    assert not answer["ok"]
    assert words in " ".join(answer["problems"])


def test_a_signed_command_passes_with_its_name_and_number(desk):
    command, answer = desk.judge(number="n1")
    assert answer is None
    assert command == {"id": "n1", "via": "mqtt", "by": "anna over MQTT", **SET}


def test_who_signs_it_must_be_known(desk):
    refused(desk.judge(key=CommandKey("eve", "operator", "e" * 40)), "no key is called 'eve'")
    refused(desk.judge(key=CommandKey("anna", "operator", "x" * 40)), "Signature verification failed")
    refused(desk.judge(bench="other"), "Audience")
    refused(desk.raw(b"{}"), "not a token signed")


def test_a_token_cannot_choose_to_be_unsigned(desk):
    claims = {"aud": "bench", "iat": desk.now_s, "jti": "1", "command": SET}
    refused(desk.raw(jwt.encode(claims, None, algorithm="none", headers={"kid": "anna"}).encode()), "not a token signed")
    refused(
        desk.raw(jwt.encode(claims, ANNA.secret * 2, algorithm="HS512", headers={"kid": "anna"}).encode()), "not a token signed"
    )
    right = signed("bench", ANNA, SET, "1", desk.now_s).split(".")
    other = base64.urlsafe_b64encode(json.dumps({**claims, "command": {**SET, "value": "190"}}).encode()).rstrip(b"=").decode()
    refused(desk.raw(".".join((right[0], other, right[2])).encode()), "Signature")


def test_retained_commands_are_refused_whoever_signed_them(desk):
    refused(desk.judge(retained=True), "retained")
    refused(desk.judge(STOP, retained=True), "retained")


@pytest.mark.parametrize(("wish", "oldest_s"), [(SET, OLDEST_S), (STOP, OLDEST_STOP_S)])
def test_stale_commands_are_refused(desk, wish, oldest_s):
    desk.now_s += 1000.0  # the run has listened for long
    assert desk.judge(wish, age_s=oldest_s - 0.1)[0]
    refused(desk.judge(wish, age_s=oldest_s + 0.1), f"-2 to {oldest_s:g} s")
    assert desk.judge(wish, age_s=-1.9)[0]
    refused(desk.judge(wish, age_s=-2.1), "allowed is -2")


def test_what_was_sent_before_the_run_listened_may_have_been_obeyed_by_another(desk):
    refused(desk.judge(age_s=1.0), "sent before this run listened")
    assert desk.judge(STOP, age_s=1.0)[0]


def test_a_command_is_obeyed_once(desk):
    assert desk.judge(number="n")[0]
    refused(desk.judge(number="n"), "came already")
    assert desk.judge(number="n", key=BUTTON, wish=STOP)[0], "numbers belong to their key"
    desk.now_s += OLDEST_STOP_S + 3.0
    assert desk.judge()[0]
    assert len(desk.gate._seen) == 1, "what is too old to come again is forgotten"


def test_too_many_are_refused_and_a_stop_never(desk):
    taken = [desk.judge()[0] is not None for _ in range(BURST + 5)]
    assert taken == [True] * BURST + [False] * 5
    refused(desk.judge(), "too many")
    assert desk.judge(STOP)[0]
    assert desk.judge(STOP, BUTTON)[0]
    desk.now_s += 1.0
    assert sum(desk.judge()[0] is not None for _ in range(20)) == RATE_HZ


def test_strangers_get_few_answers(desk):
    answers = [desk.raw(b"x")[1] for _ in range(100)]
    assert sum(a is not None for a in answers) == STRANGERS
    assert desk.gate.refused == 100
    assert desk.judge()[0], "and take nothing from those with a key"


def test_a_key_for_stop_stops_only(desk):
    refused(desk.judge(SET, BUTTON), "may press STOP only")
    assert desk.judge(STOP, BUTTON)[0]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"name": "set", "path": "a"}, "value"),
        ({"name": "set", "path": "a", "value": [1]}, "value"),
        ({"name": "set", "path": "a", "value": 1, "more": 1}, "more"),
        ({"name": "start_run", "protocol": "x"}, "command"),
        ({"name": "rm"}, "command"),
        ({}, "command"),
        ("stop", "command"),
        (None, "command"),
        ({"name": "answer", "prompt": "one"}, "prompt"),
    ],
)
def test_the_form_is_checked_and_every_problem_told(desk, wish, words):
    refused(desk.judge(wish), words)


def test_a_message_larger_than_any_command_is_not_even_read(desk):
    refused(desk.raw(b"a" * (LARGEST_BYTES + 1)), f"at most {LARGEST_BYTES}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "path", "value", "prompt", "text", "x"]), inner, max_size=5)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | JSON)
def test_anything_at_all_is_judged_without_a_crash(thing):
    desk = Desk()
    if isinstance(thing, bytes):
        judged = desk.raw(thing)
    else:
        try:
            judged = desk.judge(thing)
        except (ValueError, UnicodeEncodeError):
            return  # no JSON
    command, answer = judged
    assert (command is None) != (answer is None)
    if command is not None:
        assert command["name"] in (
            "set",
            "answer",
            "acknowledge",
            "stop",
            "pause",
            "resume",
            "abort",
            "arm",
            "start",
            "disarm",
            "reset",
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no key in it"),
        ("operator anna short", "5 characters"),
        ("viewer anna " + "a" * 32, "allowed is 'operator NAME SECRET'"),
        (f"operator anna {'a' * 32}\nstop anna {'b' * 32}", ":2: anna has a key already"),
    ],
)
def test_keys_that_cannot_be_used_are_named_by_line(tmp_path, text, words):
    file = tmp_path / "keys"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ValueError, match="keys") as caught:
        read_keys(file)
    assert words in str(caught.value)


def test_keys_that_others_may_read_are_refused(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"operator anna {'a' * 32}  # of the lab\n")
    file.chmod(0o640)
    with pytest.raises(ValueError, match="others may read it"):
        read_keys(file)
    file.chmod(0o600)
    assert read_keys(file) == {"anna": CommandKey("anna", "operator", "a" * 32)}
    assert "a" * 32 not in repr(read_keys(file))
