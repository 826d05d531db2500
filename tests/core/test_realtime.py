"""Real-time rights: what is reported as granted is in force, what is refused says why. In processes of their own."""

import errno
import json
import subprocess
import sys

import pytest

from cext.realtime import report

ASK = """
import ctypes, json, os, resource, sys
from pathlib import Path
import cext.realtime as realtime
{before}
rights = realtime.ask({arguments})
prctl = ctypes.CDLL(None, use_errno=True).prctl
forked = os.fork()
if forked == 0:
    os._exit(os.sched_getscheduler(0))
force = {{
    "timer-slack": prctl(30, 0, 0, 0, 0) <= 1,  # PR_GET_TIMERSLACK; newer kernels give FIFO threads none at all
    "fifo": os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO,
    "affinity": os.sched_getaffinity(0) == {{min(os.sched_getaffinity(0))}},
    "memory-lock": "VmLck:	       0 kB" not in Path("/proc/self/status").read_text(),
    "inherited": os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) != os.SCHED_OTHER,
}}
print(json.dumps([[right._asdict() for right in rights], force]))
"""
DROP = """
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""


def ask(arguments, before=""):
    script = ASK.format(arguments=arguments, before=before)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    rights, force = json.loads(done.stdout)
    return {right["name"]: right for right in rights}, force


def test_what_is_granted_is_in_force_and_not_inherited():
    rights, force = ask("fifo_priority=10, cpu=min(os.sched_getaffinity(0))")
    assert set(rights) == {"memory-lock", "timer-slack", "affinity", "fifo"}
    for name, right in rights.items():
        assert right["granted"] == (right["reason"] == "")
        assert not right["granted"] or force[name], f"{name} is reported as granted and not in force"
    assert not force["inherited"]
    assert rights["timer-slack"]["granted"], "needs no rights"
    assert rights["affinity"]["granted"], "needs no rights for a processor that is allowed already"


def test_without_rights_each_refusal_names_its_errno_and_what_to_do():
    rights, force = ask("fifo_priority=80", DROP)
    assert rights["timer-slack"]["granted"]
    assert not rights["fifo"]["granted"]
    assert rights["fifo"]["reason"].startswith("EPERM: Operation not permitted; give CAP_SYS_NICE or raise RLIMIT_RTPRIO")
    assert rights["fifo"]["asked"] == "SCHED_FIFO priority 80"
    assert not rights["memory-lock"]["granted"]
    assert "ulimit -l, now 65536 bytes" in rights["memory-lock"]["reason"]
    assert not force["fifo"]


def test_only_what_is_asked_for_is_reported():
    assert ask("timer_slack_ns=None, fifo_priority=None, lock_memory=False")[0] == {}


def test_what_does_not_exist_is_refused_with_what_is_allowed():
    rights, _ = ask("fifo_priority=100, cpu=1023, lock_memory=False")
    assert rights["fifo"]["reason"] == "EINVAL: Invalid argument; allowed is priority 1 to 99"
    assert rights["affinity"]["reason"].startswith("EINVAL: Invalid argument; allowed here are processors [")
    assert ask("fifo_priority=None, cpu=-1, lock_memory=False")[0]["affinity"]["granted"] is False


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS, 4000])
def test_an_unexpected_errno_is_passed_on(code):
    right = report("timer-slack", "1 ns", code)
    assert not right.granted
    assert right.reason.startswith(errno.errorcode.get(code, str(code)))
