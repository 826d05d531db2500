"""Two runs on benches of one name on one broker: each says so, their messages can be told apart, the status stays true."""

import json


def test_two_runs_notice_each_other_and_the_status_outlives_the_first(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as first:
            await first.connected()
            async with telemetry(b.port) as second:
                await second.connected()
                told = await first.says(lambda line: line.get("shared_with"), "the first notices the second")
                other = await second.says(lambda line: line.get("shared_with"), "the second notices the first")
                assert told["shared_with"] != other["shared_with"]
                for process in (first, second):
                    process.helper.send({"event": {"text": "hello"}})
                    process.helper.send({"beat": {"map_mmHg": 70.0}})
                loop.push(100)
                await heard.until(lambda h: len(h.of("event")) == 2 == len(h.of("beat")), "events and beats of both")
                await heard.until(lambda h: len(set(h.publishers("fast"))) == 2, "fast of both")
                names = {told["shared_with"], other["shared_with"]}
                assert set(heard.publishers("event")) == set(heard.publishers("beat")) == set(heard.publishers("fast")) == names
            await heard.until(lambda h: "offline" in h.of("status") and h.of("status")[-1] == "online", "online again")
            await first.says(lambda line: line.get("connected") and not line.get("shared_with"), "alone again")
            async with listening(b.port) as late:
                await late.until(lambda h: h.of("status") and h.of("meta"), "what is retained")
                assert late.of("status") == ["online"]
                assert late.publishers("meta") == [other["shared_with"]], "the description of the run that goes on"
        # both have gone

    run(case())


def test_a_run_after_another_has_the_topics_to_itself(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard:
            for turn in (1, 2):
                async with telemetry(b.port) as alone:
                    await alone.connected()
                    loop.push(100)
                    await heard.until(lambda h, turn=turn: len(set(h.publishers("fast"))) == turn, "fast")
                    assert not any(line.get("shared_with") for line in alone.lines)
            await heard.until(lambda h: h.of("status")[-1:] == ["offline"] and h.of("status").count("offline") >= 2, "offline")
            assert all("publisher" in json.loads(text) for text in heard.of("meta"))

    run(case())
