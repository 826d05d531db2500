"""Commands: numbered, in order, acknowledged; stop, quit and heartbeat beside a full queue."""

import math
import threading

import pytest

from cext.commands import CAPACITY, Commands, CommandsFull


def test_commands_arrive_in_order_with_their_numbers(hammer):
    commands = Commands()
    assert [commands.send(kind, 10 + kind, kind / 2, kind / 4) for kind in range(3)] == [1, 2, 3]
    for kind in range(3):
        assert hammer.take(commands) == (kind + 1, kind, 10 + kind, kind / 2, kind / 4)
        hammer.acknowledge(commands, kind + 1, 0)
    assert hammer.take(commands) is None


def test_a_command_stays_until_it_is_acknowledged(hammer):
    commands = Commands()
    number = commands.send(1)
    assert commands.acknowledged == 0
    assert hammer.take(commands) == hammer.take(commands)
    assert commands.verdict(number) is None
    hammer.acknowledge(commands, number, 3)
    assert (commands.acknowledged, commands.verdict(number)) == (number, 3)


def test_a_full_queue_refuses_and_stays_whole(hammer):
    commands = Commands()
    numbers = [commands.send(1, k) for k in range(CAPACITY)]
    for _ in range(3):
        with pytest.raises(CommandsFull, match=f"command 9 was not sent: {CAPACITY} wait"):
            commands.send(9)
    assert commands.sent == CAPACITY
    hammer.acknowledge(commands, hammer.take(commands)[0], 0)
    assert commands.send(2) == CAPACITY + 1
    rest = []
    while (command := hammer.take(commands)) is not None:
        rest.append(command[0])
        hammer.acknowledge(commands, command[0], 0)
    assert rest == [*numbers[1:], CAPACITY + 1]


def test_stop_quit_and_heartbeat_pass_a_full_queue(hammer):
    commands = Commands()
    for _ in range(CAPACITY):
        commands.send(1)
    assert hammer.tick_sees(commands) == (False, False, 0)
    commands.hold_stop(True)
    commands.heartbeat()
    commands.quit()
    assert hammer.tick_sees(commands) == (True, True, 1)


def test_stop_holds_until_released(hammer):
    commands = Commands()
    commands.hold_stop(True)
    assert [hammer.tick_sees(commands)[0] for _ in range(3)] == [True] * 3
    commands.hold_stop(False)
    assert [hammer.tick_sees(commands)[0] for _ in range(2)] == [False] * 2


def test_a_press_between_two_ticks_is_seen_once(hammer):
    commands = Commands()
    commands.hold_stop(True)
    commands.hold_stop(False)
    assert [hammer.tick_sees(commands)[0] for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(("value", "ramp_s"), [(math.nan, 0), (math.inf, 0), (0, math.nan), (0, math.inf), (0, -0.1)])
def test_values_that_are_no_numbers_are_refused(value, ramp_s):
    commands = Commands()
    with pytest.raises(ValueError, match="is refused"):
        commands.send(1, 0, value, ramp_s)
    assert commands.sent == 0


def test_a_verdict_is_kept_for_the_last_commands_only(hammer):
    commands = Commands()
    for number in range(1, CAPACITY + 3):
        commands.send(1)
        hammer.acknowledge(commands, number, number % 5)
    assert [commands.verdict(number) for number in range(3, CAPACITY + 3)] == [n % 5 for n in range(3, CAPACITY + 3)]
    for number in (0, 1, 2, CAPACITY + 3):
        with pytest.raises(LookupError, match=f"command {number} is not among the last"):
            commands.verdict(number)


def test_a_sender_and_a_tick_at_full_speed_lose_and_mix_nothing(hammer):
    commands, count, full, wrong = Commands(), 100_000, 0, []
    tick = threading.Thread(target=lambda: wrong.append(hammer.handle(commands, count)))
    tick.start()
    number = 1
    while number <= count:
        try:
            assert commands.send(1, number * 3, number * 0.5, number * 0.25) == number
            number += 1
        except CommandsFull:
            full += 1
    tick.join()
    assert (wrong, commands.acknowledged) == ([0], count)
    assert commands.verdict(count) == count % 7
