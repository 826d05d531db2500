"""``--json`` always answers with one JSON object on stdout, whatever was wrong, and the exit code stays what it is."""

import json
import subprocess
import sys

import pytest

from controller import exit_codes


def mockloop(*words):
    code = "from controller.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run"], exit_codes.USAGE, "missing argument"),
        (["run", "iabp-weaning", "--fsat"], exit_codes.USAGE, "did you mean --fast"),
        (["run", "iabp-weaning", "--policy", "some"], exit_codes.USAGE, "full, decimated or beats"),
        (["simulate", "--beats", "0"], exit_codes.USAGE, "--beats"),
        (["list", "elephants"], exit_codes.USAGE, "protocols"),
        (["frobnicate"], exit_codes.USAGE, "frobnicate"),
        (["chekc"], exit_codes.USAGE, "did you mean check"),
        (["run", "iabp-weening"], exit_codes.CONFIG, "did you mean iabp-weaning"),
        (["report", "/nowhere"], exit_codes.RIG, "/nowhere"),
    ],
)
def test_what_is_refused_is_said_in_json_too(words, code, says):
    done = mockloop(*words, "--json")
    assert done.returncode == code
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code and says in answer["error"]
    assert says in done.stderr


def test_a_configuration_that_is_wrong_lists_its_problems():
    answer = json.loads(mockloop("run", "iabp-weaning", "--set", "iabp.assist=9", "--set", "nonsense=1", "--json").stdout)
    assert [problem["key"] for problem in answer["problems"]] == ["iabp.assist", "nonsense"]


def test_check_prints_one_object_only():
    done = mockloop("check", "/nowhere.toml", "--json")
    assert done.returncode == exit_codes.CONFIG and list(json.loads(done.stdout)["files"]) == ["/nowhere.toml"]


def test_without_json_nothing_is_on_stdout():
    done = mockloop("run", "--policy", "some")
    assert done.returncode == exit_codes.USAGE and done.stdout == ""
