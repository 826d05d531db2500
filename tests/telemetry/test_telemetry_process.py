"""The telemetry process against real brokers (embedded and mosquitto), with a second client that listens."""

import asyncio
import os
import signal
import sys

import pytest

from controller.processes.launch import environment


def test_it_announces_itself_publishes_and_says_goodbye(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard:
            async with telemetry(b.port) as t:
                await t.connected()
                await heard.until(lambda h: h.of("status") == ["online"], "online")
                document = heard.objects("meta")[0]
                assert document["SIMULATED"] is True
                assert document["rate_hz"] == 50
                assert document["signals"]["in.aop_mmHg"]["unit"] == "mmHg"
                t.helper.send({"event": {"kind": "alarm", "text": "Zu hoher Druck – AoP"}})
                t.helper.send({"beat": {"map_mmHg": 71.5, "tau_ms": None}})
                await heard.until(lambda h: h.of("event") and h.of("beat"), "event and beat")
                assert heard.objects("event") == [{"kind": "alarm", "text": "Zu hoher Druck – AoP"}]
                assert heard.objects("beat") == [{"map_mmHg": 71.5, "tau_ms": None}]
            await heard.until(lambda h: h.of("status") == ["online", "offline"], "offline")
            closed = t.lines[-1]
            assert closed["closed"] is True
            assert (closed["published"], closed["dropped"], closed["unsent"]) == (2, 0, 0)
            assert t.helper.returncode == 0
            assert t.helper.last_words == ""
            async with listening(b.port) as late:  # what is retained
                await late.until(lambda h: h.of("status") and h.of("meta"), "retained status and description")
                assert late.of("status") == ["offline"]

    run(case())


@pytest.mark.parametrize(("rate_hz", "messages"), [(50.0, 50), (10.0, 10)])
def test_a_second_of_ticks_makes_as_many_messages_as_the_rate(run, loop, broker, listening, telemetry, rate_hz, messages):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port, rate_hz=rate_hz) as t:
            await t.connected()
            loop.push(1000, in_lvp_mmHg=range(1000), in_aop_mmHg=float("nan"), state_state=3)
            await heard.until(lambda h: len(h.of("fast")) >= messages, "all fast messages")
            await t.helper.close()
            fast = heard.objects("fast")
            ticks = 1000 // messages
            assert [m["tick"] for m in fast] == list(range(ticks - 1, 1000, ticks))
            assert [m["in.lvp_mmHg"] for m in fast] == [m["tick"] - (ticks - 1) / 2 for m in fast]
            assert {m["in.aop_mmHg"] for m in fast} == {None}
            assert {m["state.state"] for m in fast} == {3}
            assert [m["t"] for m in fast] == [pytest.approx(1e9 + m["tick"] * 1e-3, abs=1e-6) for m in fast]
            assert {m["dropped"] for m in fast} == {0}
            assert t.lines[-1]["fast"] == {"published": messages, "dropped": 0}

    run(case())


def test_a_loop_in_fast_mode_does_not_flood_the_broker(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as t:
            await t.connected()
            for _ in range(30):
                loop.push(10_000)
                await asyncio.sleep(0)
            last = (loop.tick - 1) // 20 * 20 + 19
            await heard.until(lambda h: any(f'"tick":{last},' in text for text in h.of("fast")), "the newest interval")
            await t.helper.close()
            ticks = [m["tick"] for m in heard.objects("fast")]
            assert ticks == sorted(set(ticks))
            closed = t.lines[-1]
            assert closed["dropped"] == 0
            assert closed["skipped"] == (ticks[-1] - ticks[0]) // 20 - (len(ticks) - 1)
            assert len(ticks) < loop.tick // 20 // 2

    run(case())


def test_the_last_will_is_seen_after_a_kill_and_the_successor_puts_it_right(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as t:
            await t.connected()
            await heard.until(lambda h: h.of("status") == ["online"], "online")
            os.kill(t.helper.pid, signal.SIGKILL)
            await heard.until(lambda h: h.of("status")[1:2] == ["offline"], "the last will")
            await heard.until(lambda h: h.of("status")[-1] == "online", "the successor")
            assert t.helper.restarts == 1
            loop.push(20)
            await heard.until(lambda h: h.of("fast"), "data of the successor")

    run(case())


def test_a_broker_that_dies_and_returns_finds_us_again(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, telemetry(b.port) as t:
            await t.connected()
            await b.kill()
            lost = await t.says(lambda line: line["connected"] is False and line["error"], "lost")
            assert f"broker mqtt://127.0.0.1:{b.port}:" in lost["error"]
            for number in range(3):
                t.helper.send({"event": {"n": number}})
            while not t.lines[-1]["dropped"]:  # more than a second of loop time: more than may wait
                loop.push(20)
                await asyncio.sleep(0.001)
            dropped = t.lines[-1]
            assert dropped["dropped"] == dropped["fast"]["dropped"]
            await b.up()
            back = await t.says(lambda line: line["connected"], "connected again")
            assert back["connections"] == 2
            assert back["error"] is None
            async with listening(b.port) as heard:
                await heard.until(lambda h: h.of("status") == ["online"] and h.of("meta"), "announced again")
                loop.push(40)
                since = dropped["dropped"]
                await heard.until(lambda h: any(m["dropped"] >= since for m in h.objects("fast")), "data that says the drops")
            await t.helper.close()
            assert t.lines[-1]["event"] == {"published": 3, "dropped": 0}

    run(case())


def test_events_wait_for_the_broker_and_arrive_in_order(run, loop, mosquitto, listening, telemetry, unused_port):
    """The session of the second client is kept by the broker, so it is there before the telemetry."""

    async def case():
        async with telemetry(unused_port) as t:
            for number in range(50):
                t.helper.send({"event": {"n": number}})
            absent = await t.says(lambda line: line["error"], "the broker is absent")
            assert absent["connected"] is False
            assert "refused" in absent["error"]
            os.kill(t.helper.pid, signal.SIGSTOP)
            async with mosquitto(port=unused_port), listening(unused_port) as heard:
                os.kill(t.helper.pid, signal.SIGCONT)
                await heard.until(lambda h: len(h.of("event")) == 50, "all events")
                assert [m["n"] for m in heard.objects("event")] == list(range(50))
                await t.helper.close()

    run(case())


def test_what_is_queued_goes_out_before_it_leaves(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as t:
            await t.connected()
            loop.push(1000)
            for number in range(100):
                t.helper.send({"event": {"n": number}})
                t.helper.send({"beat": {"n": number}})
            await t.helper.close()
            await heard.until(lambda h: h.of("status")[-1] == "offline", "offline")
            assert [m["n"] for m in heard.objects("event")] == list(range(100))
            beats = [m["n"] for m in heard.objects("beat")]
            assert beats == sorted(beats)
            closed = t.lines[-1]
            assert len(beats) + closed["beat"]["dropped"] == 100
            assert len(heard.of("fast")) == 50
            assert heard.messages[-1] == ("status", "offline")

    run(case())


def test_a_broker_that_stalls_does_not_make_it_grow(run, loop, mosquitto, telemetry):
    async def case():
        async with mosquitto() as b, telemetry(b.port) as t:
            await t.connected()
            descriptors = os.listdir(f"/proc/{t.helper.pid}/fd")  # noqa: PTH208
            os.kill(b.pid, signal.SIGSTOP)
            for number in range(1500):
                t.helper.send({"event": {"n": number, "fill": "x" * 100}})
                loop.push(20)
            said = await t.says(lambda line: line["event"]["dropped"] and line["error"], "dropped events and why")
            assert said["connected"] is False
            first = len(t.lines)
            await t.says(lambda line: len(t.lines) > first + 4, "goes on saying")
            assert len(os.listdir(f"/proc/{t.helper.pid}/fd")) <= len(descriptors) + 1  # noqa: PTH208
            os.kill(b.pid, signal.SIGCONT)
            await t.connected()
            await t.helper.close()
            event = t.lines[-1]["event"]
            assert event["published"] + event["dropped"] == 1500

    run(case())


def test_garbage_on_stdin_is_counted_and_passed_over(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as t:
            await t.connected()
            overlong = [b"x" * (1 << 19)] * 3 + [b"\n"]
            for line in (b"garbage\n", b"\xff\x00\n", b"[1]\n", b'{"event": 7}\n', b'{"other": {}}\n', *overlong):
                while not t.helper._outbound.put(line):
                    await asyncio.sleep(0.001)
            t.helper.send({"event": {"text": "still here", "value": float("nan")}})
            await heard.until(lambda h: h.of("event"), "the event after the garbage")
            assert heard.objects("event") == [{"text": "still here", "value": None}]
            assert (await t.says(lambda line: line["rejected"] >= 6, "what was rejected"))["rejected"] == 6
            assert t.helper.restarts == 0

    run(case())


PARENT = """
import asyncio, json, sys
from pathlib import Path
from cext.frame import FRAME_BYTES
from cext.ring import RingWriter
from controller.telemetry import start
from controller.telemetry.meta import meta

async def main():
    ring = RingWriter(FRAME_BYTES, 1024)
    broker = start.broker(0)
    await broker.start()
    port = (await broker.expect("port"))["port"]
    file = Path(sys.argv[1])
    file.write_text(json.dumps(meta(bench="test", simulated=True, software={})))
    telemetry = start.telemetry(ring.fd, sys.argv[2] or f"mqtt://127.0.0.1:{port}", "test", file)
    await telemetry.start()
    while not (await telemetry.expect("connected"))["connected"]:
        pass
    print(broker.pid, telemetry.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_when_the_loop_process_is_killed_its_helpers_leave_in_order(run, tmp_path, mosquitto, listening):
    async def case():
        async with mosquitto() as b, listening(b.port) as heard:
            url = f"mqtt://127.0.0.1:{b.port}"
            parent = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PARENT, tmp_path / "m.json", url, stdout=asyncio.subprocess.PIPE, env=environment()
            )
            pids = [int(word) for word in (await parent.stdout.readline()).split()]
            watches = [os.pidfd_open(pid) for pid in pids]
            parent.kill()
            await parent.wait()
            await heard.until(lambda h: h.of("status") == ["online", "offline"], "offline")
            running = asyncio.get_running_loop()
            for watch in watches:
                ended = asyncio.Event()
                running.add_reader(watch, ended.set)
                await asyncio.wait_for(ended.wait(), 20)
                running.remove_reader(watch)
                os.close(watch)

    run(case())
