"""The history ring, writing end. See ledger.h for why a reader never sees a torn frame, ring.h for what lies where."""

from typing import NamedTuple

import numpy as np

from libc.stdint cimport INT64_MAX
from posix.time cimport nanosleep, timespec

from cext.atomics cimport Atomic64, add, clear_bits, load_acquire, load_relaxed
from cext.ledger cimport slots_publish, slots_written
from cext.ring_layout cimport RING_HEADER_BYTES, RING_MAGIC, RING_READERS, ReaderSlot, ring_room

from cext.ring_reader import RingReader

__all__ = ["Registered", "RingReader", "RingWriter"]


class Registered(NamedTuple):
    """A lossless reader as the writer's side sees it."""

    slot: int
    name: str
    pid: int
    acknowledged: int


cdef class RingWriter:
    """The writing end; makes the memory. One thread may push at a time. The memory lives as long as this object.

    Args:
        frame_bytes: size of a frame, a multiple of 8.
        capacity: frames, a power of two (16384 frames are 16.4 s at 1 kHz).

    Raises:
        ValueError: a size that is not allowed. OSError: the memory was refused.
    """

    def __cinit__(self, size_t frame_bytes, uint64_t capacity=16384):
        if frame_bytes == 0 or frame_bytes % 8:
            raise ValueError(f"ring: frame_bytes = {frame_bytes} is refused: allowed is a multiple of 8")
        if capacity < 2 or capacity & (capacity - 1):
            raise ValueError(f"ring: capacity = {capacity} frames is refused: allowed is a power of two from 2")
        self.frame_bytes = frame_bytes
        self.capacity = capacity
        self.memory = Mapping(RING_HEADER_BYTES + frame_bytes * capacity, name="mockloop-ring")
        self.header = <RingHeader*> self.memory.address
        self.header.frame_bytes = frame_bytes
        self.header.capacity = capacity
        self.header.magic = RING_MAGIC
        self.slots.ledger = &self.header.ledger
        self.slots.data = <Atomic64*> (<char*> self.memory.address + RING_HEADER_BYTES)
        self.slots.words = frame_bytes // 8
        self.slots.capacity = capacity

    @property
    def fd(self) -> int:
        return self.memory.fd

    @property
    def written(self) -> int:
        return slots_written(&self.slots)

    cdef void push(self, const void* frame) noexcept nogil:
        """Publishes one 8-byte aligned frame. Never waits; overwrites the oldest."""
        slots_publish(&self.slots, frame)

    cdef int64_t room(self) noexcept nogil:
        """Frames that may be pushed before a registered reader loses one; INT64_MAX if none is registered."""
        return ring_room(self.header, self.capacity)

    cdef int64_t wait_room(self, double timeout_s) noexcept nogil:
        """Sleeps in steps of at most 0.5 ms until there is room. Returns the room, 0 if the timeout came first.

        A reader that was dismissed or has closed no longer counts. Whether one died is for its parent to find out: give short
        timeouts where the parent is the thread that waits here.
        """
        cdef int64_t room = self.room()
        cdef int64_t left_ns = <int64_t> (timeout_s * 1e9)
        cdef int64_t step_ns = 20000
        cdef timespec pause
        pause.tv_sec = 0
        while room == 0 and left_ns > 0:
            pause.tv_nsec = step_ns if step_ns < left_ns else left_ns
            nanosleep(&pause, NULL)
            left_ns -= step_ns
            if step_ns < 500000:
                step_ns *= 2
            room = self.room()
        return room

    def push_frames(self, frames: np.ndarray) -> None:
        """Publishes each element of a 1-D array whose items have `frame_bytes` bytes. Raises ValueError for another array."""
        frames = np.require(frames, requirements=["C", "A"])
        if frames.ndim != 1 or frames.itemsize != self.frame_bytes:
            raise ValueError(
                f"ring: frames of {frames.itemsize} bytes in {frames.ndim} dimensions are refused: allowed is one dimension of "
                f"{self.frame_bytes} bytes each"
            )
        cdef const char* first = <const char*> <size_t> frames.ctypes.data
        cdef size_t count = frames.shape[0], k
        with nogil:
            for k in range(count):
                self.push(first + k * self.frame_bytes)

    def room_frames(self) -> int | None:
        """Frames until a registered reader is lapped; None if none is registered."""
        cdef int64_t room = self.room()
        return None if room == INT64_MAX else room

    def wait_for_room(self, double timeout_s) -> bool:
        """Sleeps without the GIL until there is room (True) or the timeout has passed (False)."""
        cdef int64_t room
        with nogil:
            room = self.wait_room(timeout_s)
        return room > 0

    def readers(self) -> list[Registered]:
        """The lossless readers registered now, dead ones included until dismissed."""
        cdef uint64_t live = load_acquire(&self.header.live)
        cdef ReaderSlot* s
        found = []
        for k in range(RING_READERS):
            if live >> k & 1:
                s = &self.header.readers[k]
                name = s.name.decode(errors="replace")
                found.append(Registered(k, name, load_relaxed(&s.pid), load_acquire(&s.acknowledged)))
        return found

    def dismiss(self, int slot) -> bool:
        """Forgets a reader that its parent found dead and does not start again. False if the slot was free.

        Raises:
            IndexError: there is no such slot.
        """
        if not 0 <= slot < RING_READERS:
            raise IndexError(f"ring: reader slot {slot} does not exist: there are {RING_READERS}")
        cdef uint64_t bit = <uint64_t> 1 << slot
        add(&self.header.readers[slot].generation, 1)
        was_live = clear_bits(&self.header.live, bit) & bit != 0
        clear_bits(&self.header.claimed, bit)
        return was_live
