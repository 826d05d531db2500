"""The history ring, reading end. See ledger.h for why a reader never sees a torn frame, ring.h for what lies where."""

import os

import numpy as np

from libc.stdint cimport uint64_t
from libc.string cimport memset, strncmp, strncpy

from cext.atomics cimport Atomic64, add, clear_bits, load_acquire, load_relaxed, set_bits, store_relaxed, store_release
from cext.ledger cimport Slots, slots_copy, slots_latest, slots_written
from cext.mapping cimport Mapping
from cext.ring_layout cimport (
    RING_HEADER_BYTES, RING_MAGIC, RING_NAME_BYTES, RING_READERS, ReaderSlot, RingHeader, ring_claim,
)

from cext.frame import FRAME_DTYPE


cdef class RingReader:
    """A reading end with a cursor of its own. One thread uses it at a time; the descriptor stays the caller's.

    Args:
        fd: the ring's descriptor, from `RingWriter.fd` or inherited (`pass_fds`).
        lossless: register, so that the writer's `room` takes this reader into account; it acknowledges what is safe.
            Otherwise the memory is mapped read only and the reader leaves no trace.
        name: of a lossless reader, at most 31 bytes; by it a successor finds the slot.
        resume: take over slot and acknowledged position of the registered reader of that name (a process that was killed);
            without one, start as a new reader.
        start: number of the first frame to read. Default: the oldest still held if lossless, the next to be written if not.
        dtype: of the frames, default FRAME_DTYPE.

    `position` is the number of the next frame to read, `lost` counts the frames overwritten before this reader had them:
    frames delivered + lost = position - first position, always.

    Raises:
        OSError: the descriptor is not a ring, or one of frames of another size. ValueError: bad arguments.
        RuntimeError: all reader slots are taken.
    """

    cdef Mapping memory        # everything, read only
    cdef Mapping register      # the header page for writing; lossless readers only
    cdef RingHeader* header
    cdef Slots slots
    cdef object dtype
    cdef uint64_t generation
    cdef readonly int slot     # -1: not registered
    cdef readonly bint closed
    cdef readonly uint64_t position
    cdef readonly uint64_t lost

    def __cinit__(self, int fd, bint lossless=False, *, str name="", bint resume=False, start=None, dtype=FRAME_DTYPE):
        self.slot = -1
        self.dtype = np.dtype(dtype)
        word = name.encode()
        if len(word) >= RING_NAME_BYTES:
            raise ValueError(f"ring: reader name {name!r} is refused: allowed are at most {RING_NAME_BYTES - 1} bytes")
        if resume and (not lossless or start is not None):
            raise ValueError("ring: resume takes over a registered position: give lossless=True and no start")
        self.memory = Mapping(_ring_bytes(fd, self.dtype.itemsize), fd, writable=False)
        self.header = <RingHeader*> self.memory.address
        self.slots.ledger = &self.header.ledger
        self.slots.data = <Atomic64*> (<char*> self.memory.address + RING_HEADER_BYTES)
        self.slots.words = self.header.frame_bytes // 8
        self.slots.capacity = self.header.capacity
        written = slots_written(&self.slots)
        if start is None:
            start = max(0, written - self.slots.capacity) if lossless else written
        elif not 0 <= start <= written:
            raise ValueError(f"ring: start = {start} is refused: {written} frames were written so far")
        self.position = start
        if lossless:
            self.register = Mapping(RING_HEADER_BYTES, fd)
            self.header = <RingHeader*> self.register.address
            if not (resume and self._take_over(word)):
                self._claim(word)

    cdef bint _take_over(self, bytes word) except -1:
        cdef uint64_t live = load_acquire(&self.header.live)
        slots = [
            k for k in range(RING_READERS)
            if live >> k & 1 and strncmp(self.header.readers[k].name, word, RING_NAME_BYTES) == 0
        ]
        if len(slots) > 1:
            raise ValueError(f"ring: {len(slots)} readers are registered as {word.decode()!r}: nothing says which to resume")
        if not slots:
            return False
        self.slot = slots[0]
        cdef ReaderSlot* s = &self.header.readers[self.slot]
        self.generation = add(&s.generation, 1) + 1
        store_relaxed(&s.pid, os.getpid())
        self.position = load_acquire(&s.acknowledged)
        return True

    cdef int _claim(self, bytes word) except -1:
        cdef int slot = ring_claim(self.header)
        if slot < 0:
            raise RuntimeError(f"ring: all {RING_READERS} slots for lossless readers are taken: close or dismiss one")
        cdef ReaderSlot* s = &self.header.readers[slot]
        self.slot = slot
        self.generation = add(&s.generation, 1) + 1
        memset(s.name, 0, RING_NAME_BYTES)
        strncpy(s.name, word, RING_NAME_BYTES - 1)
        store_relaxed(&s.pid, os.getpid())
        store_release(&s.acknowledged, self.position)
        set_bits(&self.header.live, <uint64_t> 1 << slot)
        return 0

    @property
    def written(self) -> int:
        """Frames the writer has published so far."""
        return slots_written(&self.slots)

    @property
    def acknowledged(self) -> int | None:
        """Number below which every frame is acknowledged; None if not lossless."""
        return None if self.slot < 0 else load_relaxed(&self.header.readers[self.slot].acknowledged)

    def read(self, size_t max_frames) -> np.ndarray:
        """Copies of the next frames, oldest first: at most `max_frames`, none if there is nothing new. Never waits."""
        self._check_open()
        cdef uint64_t written = slots_written(&self.slots)
        cdef uint64_t whole = written - self.slots.capacity if written > self.slots.capacity else 0
        cdef uint64_t first = self.position, torn = 0
        if first < whole:
            self.lost += whole - first
            first = whole
        cdef uint64_t count = min(<uint64_t> max_frames, written - first, self.slots.capacity)
        frames = np.empty(count, self.dtype)
        cdef void* out = <void*> <size_t> frames.ctypes.data
        with nogil:
            whole = slots_copy(&self.slots, first, count, out)
        if whole > first:
            torn = min(whole - first, count)
            self.lost += torn
        self.position = first + count
        return frames[torn:] if torn else frames

    def latest(self) -> np.void | None:
        """A copy of the newest frame, without moving the cursor; None before the first."""
        self._check_open()
        frame = np.empty((), self.dtype)
        cdef void* out = <void*> <size_t> frame.ctypes.data
        return frame[()] if slots_latest(&self.slots, out) else None

    def acknowledge(self, uint64_t position) -> None:
        """Tells the writer that every frame below `position` is safe (flushed, not merely written) and may be overwritten.

        Raises:
            ValueError: not lossless, backwards, or beyond what was read. RuntimeError: the slot was dismissed or taken over.
        """
        self._check_open()
        if self.slot < 0:
            raise ValueError("ring: only a lossless reader acknowledges")
        cdef ReaderSlot* s = &self.header.readers[self.slot]
        if load_acquire(&s.generation) != self.generation:
            raise RuntimeError(f"ring: reader slot {self.slot} was dismissed or taken over by another process")
        if not load_relaxed(&s.acknowledged) <= position <= self.position:
            raise ValueError(
                f"ring: acknowledging {position} is refused: allowed is {load_relaxed(&s.acknowledged)} (acknowledged) to "
                f"{self.position} (read)"
            )
        store_release(&s.acknowledged, position)

    def close(self) -> None:
        """Gives the slot back: the writer no longer takes this reader into account. Idempotent."""
        self.closed = True
        if self.slot < 0:
            return
        cdef uint64_t bit = <uint64_t> 1 << self.slot
        if load_acquire(&self.header.readers[self.slot].generation) == self.generation:
            clear_bits(&self.header.live, bit)
            clear_bits(&self.header.claimed, bit)
        self.slot = -1

    cdef int _check_open(self) except -1:
        if self.closed:
            raise ValueError("ring: this reader is closed")
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _ring_bytes(int fd, size_t frame_bytes) -> int:
    """Size of the ring behind `fd`, whose identity is checked first."""
    cdef Mapping page = Mapping(RING_HEADER_BYTES, fd, writable=False)
    cdef RingHeader* h = <RingHeader*> page.address
    if h.magic != RING_MAGIC:
        raise OSError(f"descriptor {fd} is not a history ring of this version (mark {h.magic:#x}, expected {RING_MAGIC:#x})")
    if h.frame_bytes != frame_bytes:
        raise OSError(f"the ring holds frames of {h.frame_bytes} bytes, this reader was built for {frame_bytes}")
    return RING_HEADER_BYTES + h.frame_bytes * h.capacity
