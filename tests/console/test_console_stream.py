"""What a viewer is sent, and that a viewer who does not take it costs nobody anything."""

import asyncio
import itertools
import json
import time

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from controller.console.block import HEAD, MAGIC, block
from controller.console.channels import HIGHEST, SCALARS, channels
from controller.console.viewers import BLOCKS, TEXTS, Viewer, Viewers


def read(found):
    """(head, scalars by name, columns by name) of a block."""
    head = HEAD.unpack_from(found)
    names = (*SCALARS, *HIGHEST)
    scalars = dict(zip(names, np.frombuffer(found, "<f8", len(names), HEAD.size), strict=True))
    columns = np.frombuffer(found, "<f4", offset=HEAD.size + 8 * len(names)).reshape(len(channels()), head[1])
    return head, scalars, dict(zip(channels(), columns, strict=True))


def frames(n, first=0):
    found = np.zeros(n, FRAME_DTYPE)
    found["time.tick"] = np.arange(first, first + n)
    return found


def next_block(stream):
    while isinstance(found := stream.recv(timeout=20), str):
        pass
    return found


def test_a_block_holds_every_sample_and_the_last_state():
    some = frames(40, first=1000)
    some["in.aop_mmHg"] = np.linspace(60.0, 120.0, 40)
    some["state.state"] = 3
    some["time.lateness_us"][7] = 950.0
    head, scalars, columns = read(block(some, lost=5))
    assert head == (MAGIC, 40, 1000.0, 5, 0)
    assert columns["in.aop_mmHg"] == pytest.approx(some["in.aop_mmHg"], rel=1e-6)
    assert (scalars["state.state"], scalars["time.tick"], scalars["time.lateness_us"]) == (3.0, 1039.0, 950.0)


def test_a_slow_viewer_gets_newer_data_and_is_told_what_it_missed():
    viewers = Viewers()
    viewer = viewers.add("viewer")
    for n in range(3 * BLOCKS):
        viewers.samples(block(frames(25, first=25 * n), 0))
    for n in range(2 * TEXTS):
        viewers.tell({"n": n})
    kept = []

    async def drain():
        while viewer._texts or viewer._blocks:
            kept.append(await viewer.next())

    asyncio.run(drain())
    texts = [json.loads(found)["n"] for found in kept if isinstance(found, str)]
    blocks = [read(found)[0] for found in kept if not isinstance(found, str)]
    assert texts == list(range(TEXTS, 2 * TEXTS)) and viewer.missed == TEXTS
    assert 0 < len(blocks) <= BLOCKS
    assert blocks[-1][2] == 25 * (3 * BLOCKS - 1), "the newest is what it sees"
    assert blocks[0][4] == viewer.skipped == 3 * BLOCKS - len(blocks)


def test_of_a_state_only_the_newest_waits():
    viewer = Viewer("viewer")
    for n in range(1000):
        viewer.text(f"status {n}", "status")
    assert len(viewer._latest) == 1 and viewer._latest["status"] == "status 999"


def test_the_stream_begins_with_what_it_means_and_goes_on_without_a_gap(server):
    server.say({"status": {"phase": "idle", "bench": "here"}})
    with server.stream() as stream, server.running():
        texts, ticks = {}, []
        while len(ticks) < 40 or len(texts) < 5:
            found = stream.recv(timeout=20)
            if isinstance(found, str):
                texts.setdefault(json.loads(found)["type"], json.loads(found))
            else:
                head, _, columns = read(found)
                ticks += range(int(head[2]), int(head[2]) + len(columns["in.aop_mmHg"]))
    assert texts["layout"]["layout"]["channels"] == list(channels())
    assert texts["status"]["status"]["bench"] == "here"
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))


def test_another_session_brings_another_ring(server):
    from cext.frame import FRAME_BYTES
    from cext.ring import RingWriter

    with server.stream() as stream:
        with server.running():
            next_block(stream)
        server.ring, server.tick = RingWriter(FRAME_BYTES, 16384), 0
        server.give_ring()
        with server.running(in_aop_mmHg=77.0):
            while read(next_block(stream))[2]["in.aop_mmHg"][-1] != 77.0:
                pass


def test_a_loop_far_ahead_is_shown_from_its_newest_end(server):
    with server.stream() as stream:
        server.push(100)
        next_block(stream)
        server.push(8000)
        head, scalars, _ = read(next_block(stream))
        while scalars["time.tick"] < 8099:
            head, scalars, _ = read(next_block(stream))
    assert head[3] > 6000, "what was jumped over is counted"


def test_twenty_who_never_read_cost_the_others_nothing(server):
    """Issue 6: at most 50 MB of memory, the other viewers unaffected."""
    with server.running(), server.stream() as good:
        next_block(good)
        before_MB = server.memory_MB
        deaf = [server.stream(max_queue=1) for _ in range(20)]
        try:
            for n in range(4000):
                server.say({"event": {"text": "x" * 500, "n": n}})
            until_s = time.monotonic() + 8.0
            heads = []
            while time.monotonic() < until_s:
                found = good.recv(timeout=20)
                if not isinstance(found, str):
                    heads.append(read(found)[0])
            grown_MB = server.memory_MB - before_MB
        finally:
            for one in deaf:
                one.socket.close()
    ticks = [(int(head[2]), head[1]) for head in heads]
    assert all(first + n == then for (first, n), (then, _) in itertools.pairwise(ticks)), "no gap for who reads"
    assert heads[-1][4] == 0
    print(f"20 deaf viewers: memory +{grown_MB:.1f} MB")
    assert grown_MB < 50


def test_the_block_says_how_long_it_is():
    found = block(frames(25), 0)
    assert len(found) == 24 + 8 * (len(SCALARS) + len(HIGHEST)) + 4 * 25 * len(channels())
