"""What may go wrong between us and a drive, over real sockets and pseudo-terminals.

Time is real here, so no test holds a duration: what is held is what every single frame says (value, age, quality), what the
drive saw, and that the state asked for is reached at all.
"""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rigs.modbus.drive import HELD, RUNNING

GOOD, STALE, DRIVER = 0, 2, 3
WIRES = [False, True]
NAMES = ["tcp", "rtu"]
Serve, Make = Callable[..., Any], Callable[..., Any]


def running(serve: Serve, bench: Make, serial: bool = False, speed_rpm: float = 30000.0, **options: Any) -> tuple[Any, Any]:
    served = serve(serial=serial)
    ours = bench(served.connection, **options)
    ours.until_good()
    ours.exchanges(2)
    ours.ask(speed_rpm, True)
    ours.until(lambda: ours.state() == RUNNING and abs(ours.frames[-1][2] - speed_rpm) < 1.0, "running")
    return served, ours


def never_good_beyond(ours: Any, limit_s: float) -> None:
    """The guard's rule on every frame: what is GOOD and within its age has been answered within the bound."""
    bad = [frame for frame in ours.frames if frame[0] == GOOD and frame[1] <= limit_s and frame[2] != frame[2]]
    assert bad == []


@pytest.mark.parametrize("serial", WIRES, ids=NAMES)
def test_a_lost_drive_shows_as_age_and_comes_back_without_starting(serve: Serve, bench: Make, serial: bool) -> None:
    served, ours = running(serve, bench, serial)
    lost_s = ours.what.lost_s
    served.line.inject("silent")
    told = len(ours.frames)
    ours.until(lambda: ours.frames[-1][1] > 2.0 * lost_s, "age")
    first = next(i for i, frame in enumerate(ours.frames) if i >= told and frame[1] > lost_s)
    ages = [frame[1] for frame in ours.frames[first:]]
    assert ages == sorted(ages), "no reply, so the age only grows"
    assert "no good reply for" in ours.drive.complaints()[0]
    assert f"lost after {lost_s:g} s" in ours.drive.complaints()[0]
    never_good_beyond(ours, lost_s)
    starts = served.drive.starts
    ours.until(lambda: not served.drive.profile.driven, "the drive's own watchdog")
    served.line.clear()
    ours.until(lambda: ours.tick()[1] < lost_s, "a reply")
    ours.exchanges(5)
    assert served.drive.starts == starts, "enable still stands; nothing restarts a pump by itself"
    assert not served.drive.profile.driven
    assert "(drive watchdog)" in ours.drive.complaints()[0]


@pytest.mark.parametrize("serial", WIRES, ids=NAMES)
@pytest.mark.parametrize("kind", ["garbage", "truncated", "wrong-unit", "exception"])
def test_bad_replies_are_no_replies(serve: Serve, bench: Make, kind: str, serial: bool) -> None:
    served, ours = running(serve, bench, serial)
    value = ours.frames[-1][2]
    before = ours.drive.header()["exchanges"]
    served.line.inject(kind)
    ours.until(lambda: ours.frames[-1][1] > ours.what.lost_s, "age")
    ours.until(lambda: ours.drive.header()["failures"] >= 3, "failures")
    assert all(frame[2] == pytest.approx(value, abs=1.0) for frame in ours.frames[-20:]), "the last good value stands, ageing"
    assert ours.drive.header()["exchanges"] <= before + 1, "none of them was taken for a reply"
    served.line.clear()
    ours.until(lambda: ours.tick()[1] < ours.what.lost_s, "a reply again")


def test_an_exception_is_named(serve: Serve, bench: Make) -> None:
    served = serve()
    served.line.exception_code = 6
    served.line.inject("exception")
    ours = bench(served.connection)
    ours.until(lambda: "exception 6, device busy" in " ".join(ours.drive.complaints()), "words")


@pytest.mark.parametrize("serial", WIRES, ids=NAMES)
def test_one_bad_reply_costs_nothing_but_an_exchange(serve: Serve, bench: Make, serial: bool) -> None:
    served, ours = running(serve, bench, serial)
    connections = ours.drive.header()["connections"]
    served.line.inject("truncated", 1)
    ours.until(lambda: ours.drive.header()["failures"] >= 1, "a failure")
    ours.exchanges(3)
    assert ours.drive.header()["connections"] == connections
    assert (ours.state(), served.drive.starts) == (RUNNING, 1)


def test_a_wrong_unit_address_finds_nobody(serve: Serve, bench: Make) -> None:
    served = serve()
    ours = bench(served.connection | {"unit": 9})
    ours.until(lambda: ours.drive.header()["failures"] >= 3, "failures")
    assert all(frame[0] == STALE for frame in ours.frames)
    assert "exception 11" in ours.drive.complaints()[0] or "no good reply" in ours.drive.complaints()[0]
    assert served.server.requests == 0


def test_slow_replies_slow_the_asking(serve: Serve, bench: Make) -> None:
    served = serve()
    served.line.latency_s = 0.02
    ours = bench(served.connection)
    ours.until_good()
    ours.exchanges(5)
    found = ours.drive.header()
    assert found["turnaround_s"] > 0.04, "a write and a read of 20 ms each"
    assert found["poll_hz"] == pytest.approx(min(100.0, 1.0 / (1.5 * found["turnaround_s"])))
    assert found["failures"] == 0


def test_replies_beyond_patience_are_none_and_a_late_one_is_not_taken_for_the_next(serve: Serve, bench: Make) -> None:
    served, ours = running(serve, bench, serial=True, speed_rpm=20000.0)
    served.line.latency_s = 0.4 * ours.what.lost_s * 1.5
    ours.until(lambda: ours.frames[-1][1] > ours.what.lost_s, "age")
    served.line.latency_s = 0.0
    ours.until(lambda: ours.tick()[1] < ours.what.lost_s, "a reply")
    ours.exchanges(3)
    speeds = {round(frame[2], -3) for frame in ours.frames if frame[2] == frame[2]}
    assert speeds <= {float(rpm) for rpm in range(0, 21000, 1000)}, "only speeds that the pump has had"


def test_half_open_tcp_is_found_by_age(bench: Make) -> None:
    """A peer that accepts and takes everything and never says a word: the connection is given up and made anew."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        ours = bench({"tcp": f"127.0.0.1:{listener.getsockname()[1]}"})
        ours.until(lambda: ours.drive.header()["connections"] >= 3, "three connections")
        assert all(frame[0] == STALE for frame in ours.frames)
        assert "no good reply yet" in ours.drive.complaints()[0]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for one in taken:
            one.close()


def test_nobody_listens_is_said_with_the_systems_words(bench: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ours = bench({"tcp": f"127.0.0.1:{port}"})
    ours.until(lambda: "refused" in " ".join(ours.drive.complaints()), "words")
    serial = bench({"serial": "/dev/not-there"})
    serial.until(lambda: "No such file" in " ".join(serial.drive.complaints()), "words")


def test_a_drive_that_is_switched_off_and_on_again_stays_off(serve: Serve, bench: Make) -> None:
    served, ours = running(serve, bench)
    served.stop()
    ours.until(lambda: ours.frames[-1][1] > ours.what.lost_s, "age")
    served.start()
    ours.until(lambda: ours.tick()[1] < ours.what.lost_s, "a reply")
    ours.exchanges(5)
    assert served.drive.starts == 0
    assert ours.quality == DRIVER, "enable is asked for and the pump stands: required inputs trip"
    assert "started by a new enable only" in ours.drive.complaints()[0]
    ours.drive.clear_faults()
    ours.until_good()
    assert served.drive.starts == 0
    ours.ask(0.0, False)
    ours.exchanges(3)
    ours.ask(10000.0, True)
    ours.until(lambda: ours.state() == RUNNING, "a fresh edge starts it")
    assert served.drive.starts == 1


def test_a_fault_of_the_drive_is_said_in_words_and_turns_the_channel_bad(serve: Serve, bench: Make) -> None:
    served, ours = running(serve, bench)
    served.drive.inject("overtemperature")
    ours.until(lambda: ours.quality == DRIVER, "quality")
    assert "0x4210 drive too hot" in ours.drive.complaints()[0]
    assert ours.state() == HELD


def test_make_safe_and_close_reach_the_drive_and_start_nothing(serve: Serve, bench: Make) -> None:
    served = serve()
    ours = bench(served.connection, safe_rpm=31000.0)
    ours.hand.energise()
    ours.until_good()
    ours.exchanges(2)
    ours.hand.make_safe()
    before = ours.drive.header()["exchanges"]
    while ours.drive.header()["exchanges"] < before + 5:
        pass
    assert served.drive.starts == 0, "a pump that stands is not started by make_safe"
    ours.ask(44000.0, True)
    ours.until(lambda: ours.state() == RUNNING and served.drive.set_rpm == 44000.0, "running")
    ours.hand.make_safe()
    while served.drive.set_rpm != 31000.0:
        pass
    assert served.drive.profile.driven
    ours.rig.close()
    assert served.drive.set_rpm == 31000.0
    assert ours.hand.read()[0] < 0


def test_close_stops_a_pump_whose_safe_state_is_standing(serve: Serve, bench: Make) -> None:
    served, ours = running(serve, bench)
    ours.rig.close()
    assert (served.drive.profile.driven, served.drive.set_rpm) == (False, 0.0)
    ours.rig.close()


def test_make_safe_waits_behind_a_hanging_bus_and_goes_first_after_it(serve: Serve, bench: Make) -> None:
    served, ours = running(serve, bench)
    served.line.inject("silent")
    ours.until(lambda: ours.drive.header()["failures"] >= 1, "a failure")
    ours.hand.make_safe()
    while served.drive.profile.driven:
        pass
    assert not served.drive.profile.in_fault, "told to stand, and not by its own watchdog: writes arrive where replies do not"


def test_closing_does_not_wait_for_a_dead_bus(bench: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ours = bench({"tcp": f"127.0.0.1:{silent.getsockname()[1]}"})
        ours.until(lambda: ours.drive.header()["failures"] >= 1, "a failure")
        threads = threading.active_count()
        ours.rig.close()
        assert threading.active_count() == threads - 1


def test_descriptors_and_threads_stay_flat_over_many_reconnects(serve: Serve, bench: Make) -> None:
    served = serve()
    ours = bench(served.connection)
    ours.until_good()

    def counted() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = (0, 0)
    gc.collect()  # what other tests left must not go meanwhile
    for turn in range(15):
        before = counted() if turn == 2 else before
        connections = ours.drive.header()["connections"]
        served.stop()
        served.start()
        ours.until(lambda n=connections: ours.drive.header()["connections"] > n, "a new connection")  # type: ignore[misc]
        ours.exchanges(2)
    assert counted() == before


def test_the_tick_side_never_waits_for_the_bus(bench: Make) -> None:
    """A thousand ticks against a peer that is not there: each is answered, with quality and age, whatever the thread does."""
    ours = bench({"tcp": "127.0.0.1:1"})
    for _ in range(1000):
        quality, age_s, _ = ours.tick()
        assert quality == STALE and age_s > 0.0
