"""Bounded queues towards the broker: the oldest goes, and is counted."""

import asyncio

from controller.telemetry.lane import Lane


def test_a_full_lane_drops_its_oldest():
    async def case():
        lane = Lane("fast", "t", 0, limit=3)
        for number in range(5):
            lane.put(b"%d" % number)
        assert (len(lane), lane.dropped) == (3, 2)
        for number in (2, 3, 4):
            assert await lane.take() == b"%d" % number
            assert not lane.idle.is_set()
            lane.landed()
        assert lane.idle.is_set()
        assert (len(lane), lane.published, lane.dropped) == (0, 3, 2)

    asyncio.run(case())


def test_what_was_under_way_when_the_connection_broke():
    async def case():
        for qos, kept in ((0, []), (1, [b"a"])):
            lane = Lane("event", "t", qos, limit=2)
            lane.put(b"a")
            payload = await lane.take()
            lane.failed(payload)
            assert lane.dropped == 1 - len(kept)
            assert len(lane) == len(kept)
            assert lane.idle.is_set() == (not kept)
            if kept:  # at the front again, and only while there is room
                lane.put(b"b")
                assert await lane.take() == b"a"
                lane.put(b"c")
                lane.failed(b"a")
                assert (len(lane), lane.dropped) == (2, 1)

    asyncio.run(case())


def test_a_taker_waits_for_the_first_message():
    async def case():
        lane = Lane("beat", "t", 0, limit=2)
        taker = asyncio.create_task(lane.take())
        await asyncio.sleep(0)
        lane.put(b"x")
        assert await taker == b"x"

    asyncio.run(case())
