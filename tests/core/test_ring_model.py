"""The ring against a model in plain Python, over arbitrary sequences of operations."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cext.ring import RingReader, RingWriter

CAPACITY = 8
WORD = np.dtype([("number", "i8")])


class RingAgainstModel(RuleBasedStateMachine):
    """One viewer and at most one lossless reader; frame n holds n, so the model is a handful of integers."""

    def __init__(self):
        super().__init__()
        self.ring = RingWriter(WORD.itemsize, CAPACITY)
        self.viewer = RingReader(self.ring.fd, dtype=WORD)
        self.written = self.viewed = self.lost = 0
        self.recorder = None
        self.recorded = self.acknowledged = 0

    @rule(count=st.integers(0, 3 * CAPACITY))
    def push(self, count):
        frames = np.zeros(count, WORD)
        frames["number"] = np.arange(self.written, self.written + count)
        self.ring.push_frames(frames)
        self.written += count

    @rule(count=st.integers(0, 2 * CAPACITY))
    def view(self, count):
        oldest = max(self.viewed, self.written - CAPACITY)
        end = min(oldest + count, self.written)
        assert self.viewer.read(count)["number"].tolist() == list(range(oldest, end))
        self.lost += oldest - self.viewed
        self.viewed = end

    @precondition(lambda self: self.recorder is None)
    @rule()
    def register(self):
        self.recorder = RingReader(self.ring.fd, True, name="recorder", dtype=WORD)
        self.recorded = self.acknowledged = max(0, self.written - CAPACITY)

    @precondition(lambda self: self.recorder is not None)
    @rule(count=st.integers(0, 2 * CAPACITY))
    def record(self, count):
        oldest = max(self.recorded, self.written - CAPACITY)
        self.recorded = min(oldest + count, self.written)
        assert self.recorder.read(count)["number"].tolist() == list(range(oldest, self.recorded))

    @precondition(lambda self: self.recorder is not None)
    @rule(share=st.floats(0, 1))
    def acknowledge(self, share):
        self.acknowledged += int(share * (self.recorded - self.acknowledged))
        self.recorder.acknowledge(self.acknowledged)

    @precondition(lambda self: self.recorder is not None)
    @rule()
    def resume(self):
        self.recorder = RingReader(self.ring.fd, True, name="recorder", resume=True, dtype=WORD)
        self.recorded = self.acknowledged

    @precondition(lambda self: self.recorder is not None)
    @rule(dismissed=st.booleans())
    def leave(self, dismissed):
        if dismissed:
            assert self.ring.dismiss(self.recorder.slot)
        self.recorder.close()
        self.recorder = None

    @invariant()
    def counts_agree(self):
        assert (self.ring.written, self.viewer.position, self.viewer.lost) == (self.written, self.viewed, self.lost)
        if self.recorder is None:
            assert self.ring.room_frames() is None
            assert self.ring.readers() == []
        else:
            assert self.ring.room_frames() == max(0, CAPACITY - (self.written - self.acknowledged))
            assert (self.recorder.position, self.recorder.acknowledged) == (self.recorded, self.acknowledged)


TestRingAgainstModel = RingAgainstModel.TestCase
TestRingAgainstModel.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
