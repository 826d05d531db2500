"""Helper processes as the supervisor sees them: real children, really stopped and killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from controller.processes.helper import Helper, HelperError
from controller.processes.launch import environment
from controller.processes.restart import RestartPolicy


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_lines_go_both_ways_and_the_end_of_stdin_ends_it(echo, run):
    async def case():
        child = echo()
        await child.helper.start()
        assert (await child.helper.expect("ready"))["ready"] == child.helper.pid
        assert child.helper.alive
        assert child.helper.send({"text": "Lävo", "value": float("nan")})
        assert (await child.helper.expect("echo"))["echo"] == {"text": "Lävo", "value": None}
        assert await child.helper.close() == 0
        assert not child.helper.alive
        assert child.lines[-1] == {"closed": True, "heard": 1, "rejected": 0}
        assert child.whats() == ["started", "closed"]
        assert not child.helper.send({"too": "late"})

    run(case())


def test_everything_sent_before_close_arrives(echo, run):
    async def case():
        child = echo()
        await child.helper.start()
        for number in range(2000):
            assert child.helper.send({"n": number, "fill": "x" * 200})
        await child.helper.close()
        assert child.lines[-1]["heard"] == 2000

    run(case())


def test_a_stalled_helper_costs_lines_and_no_time(echo, run):
    async def case():
        child = echo(queue_bytes=100_000)
        await child.helper.start()
        await child.helper.expect("ready")
        os.kill(child.helper.pid, signal.SIGSTOP)
        taken = [number for number in range(2000) if child.helper.send({"n": number, "fill": "x" * 200})]
        assert child.helper.dropped == 2000 - len(taken) > 0
        os.kill(child.helper.pid, signal.SIGCONT)
        await child.helper.close()
        heard = [line["echo"]["n"] for line in child.lines if "echo" in line]
        assert heard == sorted(heard)  # answers may be left out, but none is cut in two
        assert set(heard) <= set(taken)
        assert child.lines[-1] == {"closed": True, "heard": len(taken), "rejected": 0}

    run(case())


def test_a_killed_helper_is_started_again_and_gets_what_still_waited(echo, run):
    async def case():
        child = echo()
        await child.helper.start()
        first = (await child.helper.expect("ready"))["ready"]
        os.kill(first, signal.SIGSTOP)
        for number in range(40):  # more than the pipe holds; the last that it takes is cut in two
            assert child.helper.send({"n": number, "fill": "x" * 20_000})
        os.kill(first, signal.SIGKILL)
        second = (await child.helper.expect("ready"))["ready"]
        assert second != first
        assert child.helper.restarts == 1
        await child.helper.close()
        numbers = [line["echo"]["n"] for line in child.lines if "echo" in line]
        assert child.lines[-1]["rejected"] == 0
        assert child.lines[-1]["heard"] > 30
        assert numbers == sorted(numbers)
        died = child.changes[1]
        assert died.what == "died"
        assert "killed by signal 9 (SIGKILL)" in died.text
        assert died.data["code"] == -9
        assert child.whats() == ["started", "died", "started", "closed"]

    run(case())


def test_it_comes_back_from_every_death_and_leaks_nothing(echo, run):
    async def case():
        child = echo(restart=RestartPolicy(first_s=0.0))
        await child.helper.start()
        await child.helper.expect("ready")
        held = open_files()
        for death in range(1, 6):
            os.kill(child.helper.pid, signal.SIGKILL)
            await child.helper.expect("ready")
            assert child.helper.restarts == death
        assert open_files() == held
        await child.helper.close()
        assert open_files() == held - 4  # three pipes and the pidfd

    run(case())


def test_back_off_grows_to_its_bound_and_a_long_life_forgets_it():
    policy = RestartPolicy()
    delays, failures = [], 0
    for _ in range(12):
        delay_s, failures = policy.delay_s(failures, lived_s=0.1)
        delays.append(delay_s)
    assert delays[:3] == [0.1, 0.2, 0.4]
    assert delays[-1] == policy.longest_s < 2.0
    assert policy.delay_s(failures, lived_s=60.0) == (0.1, 1)


def test_the_last_words_of_a_failing_helper_are_in_the_message(echo, run):
    async def case():
        child = echo()
        await child.helper.start()
        await child.helper.expect("ready")
        child.helper.send({"exit": 7})
        await child.helper.expect("ready")
        assert child.changes[1].text.startswith("echo ended with code 7: about to fail; started again in")
        await child.helper.close()

    run(case())


@pytest.mark.parametrize("code", [2, 3])
def test_a_wrong_configuration_is_not_tried_again(echo, run, code):
    async def case():
        script = f"""print('{{"error":{{"what":"port-taken","text":"broker: port 1 is taken"}}}}'); raise SystemExit({code})"""
        child = echo(script)
        await child.helper.start()
        with pytest.raises(HelperError, match=f"ended with code {code} and is not started again: broker: port 1 is taken"):
            await child.helper.expect("port")
        assert child.helper.error["what"] == "port-taken"
        assert child.whats()[-1] == "gave-up"
        assert await child.helper.close() is None

    run(case())


def test_no_restart_where_none_is_wanted(echo, run):
    async def case():
        child = echo(restart=None)
        await child.helper.start()
        await child.helper.expect("ready")
        os.kill(child.helper.pid, signal.SIGKILL)
        with pytest.raises(HelperError, match=r"SIGKILL.*not started again"):
            await child.helper.expect("never")
        await child.helper.start()  # but it may be asked for
        await child.helper.expect("ready")
        await child.helper.close()

    run(case())


def test_a_command_that_does_not_exist_is_said_at_once(run):
    async def case():
        helper = Helper("recorder", ["/nowhere/recorder"])
        with pytest.raises(HelperError, match=r"recorder could not be started.*nowhere"):
            await helper.start()
        assert not helper.alive

    run(case())


def test_who_does_not_leave_is_made_to(echo, run):
    script = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"ready":true}', flush=True)
while True: time.sleep(1)
"""

    async def case():
        child = echo(script)
        await child.helper.start()
        await child.helper.expect("ready")
        assert await child.helper.close(timeout_s=0.05) == -signal.SIGKILL

    run(case())


def test_sigterm_is_enough_for_who_ignores_its_stdin(echo, run):
    async def case():
        child = echo("import time; print('{\"ready\":true}', flush=True); time.sleep(60)")
        await child.helper.start()
        await child.helper.expect("ready")
        assert await child.helper.close(timeout_s=0.05) == -signal.SIGTERM

    run(case())


def test_close_while_it_waits_to_be_started_again(echo, run):
    async def case():
        child = echo(restart=RestartPolicy(first_s=30.0, longest_s=30.0))
        await child.helper.start()
        await child.helper.expect("ready")
        os.kill(child.helper.pid, signal.SIGKILL)
        while child.helper.alive:
            await asyncio.sleep(0.001)
        assert await child.helper.close() is None
        assert child.helper.restarts == 0

    run(case())


def test_lines_flow_while_the_supervisor_only_ever_yields(echo, run):
    """Fast mode: the supervisor calls the core in slices and gives the event loop a turn between them."""

    async def case():
        child = echo()
        await child.helper.start()
        sent = 0
        while sent < 3000 or len(child.helper._outbound):
            if sent < 3000:
                sent += child.helper.send({"n": sent, "fill": "x" * 100})
            sum(range(1000))  # a slice of work
            await asyncio.sleep(0)
        assert child.helper.dropped == 0
        await child.helper.close()
        assert child.lines[-1] == {"closed": True, "heard": 3000, "rejected": 0}

    run(case())


def test_an_error_in_a_callback_is_reported_and_does_not_stop_the_watch(echo, run):
    async def case():
        errors = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))
        child = echo()
        child.helper._on_line = lambda message: 1 / 0
        await child.helper.start()
        await child.helper.expect("ready")
        assert await child.helper.close() == 0
        assert {type(error) for error in errors} == {ZeroDivisionError}

    run(case())


def test_noise_on_stdout_is_kept_as_words(echo, run):
    async def case():
        child = echo("print('not json'); print('{\"half\": '); print('[1]'); print('{\"ready\":true}')", restart=None)
        await child.helper.start()
        await child.helper.expect("ready")
        await child.helper.close()
        assert child.helper.last_words.splitlines() == ["not json", '{"half":', "[1]"]
        assert child.lines == [{"ready": True}]

    run(case())


def test_descriptors_are_inherited_under_their_number(echo, run):
    async def case():
        read_end, write_end = os.pipe()
        child = echo(f"import os; os.write({write_end}, b'through')", pass_fds=[write_end], restart=None)
        await child.helper.start()
        await child.helper.close()
        assert os.read(read_end, 100) == b"through"
        os.close(read_end)
        os.close(write_end)

    run(case())


def test_a_second_helper_does_not_keep_the_first_from_seeing_its_end(echo, run):
    async def case():
        first, second = echo(), echo()
        await first.helper.start()
        await second.helper.start()
        await second.helper.expect("ready")
        assert await first.helper.close() == 0
        assert await second.helper.close() == 0

    run(case())


PARENT = """
import asyncio, sys
from controller.processes.helper import Helper
from controller.processes.launch import environment

async def main():
    helper = Helper("child", sys.argv[1:], environment=environment())
    await helper.start()
    await helper.expect("ready")
    print(helper.pid, flush=True)
    while True:
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_no_helper_outlives_a_killed_parent(echo, run, ends):
    async def case():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PARENT, *echo().helper._argv, stdout=asyncio.subprocess.PIPE, env=environment()
        )
        pidfd = os.pidfd_open(int(await process.stdout.readline()))
        process.kill()
        await process.wait()
        assert ends(pidfd)

    run(case())


def test_ctrl_c_is_for_the_supervisor_alone(echo, run):
    async def case():
        child = echo()
        await child.helper.start()
        await child.helper.expect("ready")
        assert os.getpgid(child.helper.pid) != os.getpgrp()
        await child.helper.close()

    run(case())


def test_a_parent_that_does_not_read_does_not_stall_the_child(echo, run):
    """The child's answers find no room; it goes on, and leaves when told."""

    async def case():
        child = echo()
        await child.helper.start()
        await child.helper.expect("ready")
        loop = asyncio.get_running_loop()
        stdout = child.helper._process.stdout.fileno()
        loop.remove_reader(stdout)
        for number in range(5000):
            while not child.helper.send({"n": number, "fill": "x" * 200}):
                await asyncio.sleep(0.001)
        assert await child.helper.close(timeout_s=20) == 0

    run(case())
