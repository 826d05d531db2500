# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Test-only: both ends of the crossings driven without the GIL, and readers that leave the re-check out.

Every word of a record holds the record's number, so a torn record shows in any two words that differ.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc

from cext.atomics cimport Atomic64, load_acquire, load_relaxed
from cext.cell cimport Cell
from cext.commands cimport Command, Commands
from cext.ledger cimport Slots, slots_copy, slots_latest, slots_publish, slots_written
from cext.mapping cimport Mapping
from cext.ring cimport RingWriter
from cext.ring_layout cimport RING_HEADER_BYTES, RingHeader


cdef uint64_t publish(const Slots* slots, uint64_t count) noexcept nogil:
    cdef uint64_t* record = <uint64_t*> malloc(slots.words * 8)
    cdef uint64_t first = slots_written(slots), n, k
    for n in range(first, first + count):
        for k in range(slots.words):
            record[k] = n
        slots_publish(slots, record)
    free(record)
    return first + count


def push(RingWriter ring, uint64_t count):
    """Publishes `count` patterned frames as fast as the processor goes."""
    with nogil:
        publish(&ring.slots, count)


def put(Cell cell, uint64_t count):
    """Publishes `count` patterned records as fast as the processor goes."""
    with nogil:
        publish(&cell.slots, count)


cdef bint is_torn(const uint64_t* record, uint64_t words, uint64_t number) noexcept nogil:
    cdef uint64_t k, differ = 0
    for k in range(words):
        differ |= record[k] ^ number
    return differ != 0


def get(Cell cell, uint64_t until, bint recheck):
    """Reads the newest record until number `until` was seen. Returns reads, torn records, records older than the one before.

    Without `recheck` the copy is believed as it is: the control.
    """
    cdef uint64_t* record = <uint64_t*> malloc(cell.record_bytes)
    cdef uint64_t reads = 0, torn = 0, backwards = 0, seen = 0, n = 0
    with nogil:
        while n < until:
            if recheck:
                n = slots_latest(&cell.slots, record)
            else:
                n = slots_written(&cell.slots)
                if n:
                    slots_copy(&cell.slots, n - 1, 1, record)
            if n == 0:
                continue
            reads += 1
            torn += is_torn(record, cell.slots.words, n - 1)
            backwards += n < seen
            seen = n
    free(record)
    return reads, torn, backwards


def read_without_recheck(int fd, uint64_t until, uint64_t enough):
    """Control: follows a ring, believing every copy, until frame `until` or `enough` torn frames. Returns frames, torn."""
    cdef Mapping page = Mapping(RING_HEADER_BYTES, fd, writable=False)
    cdef RingHeader* h = <RingHeader*> page.address
    cdef Mapping memory = Mapping(RING_HEADER_BYTES + h.frame_bytes * h.capacity, fd, writable=False)
    h = <RingHeader*> memory.address
    cdef Slots slots
    slots.ledger = &h.ledger
    slots.data = <Atomic64*> (<char*> memory.address + RING_HEADER_BYTES)
    slots.words = h.frame_bytes // 8
    slots.capacity = h.capacity
    cdef uint64_t* frame = <uint64_t*> malloc(h.frame_bytes)
    cdef uint64_t position = 0, written = 0, frames = 0, torn = 0
    with nogil:
        while position < until and torn < enough:
            written = slots_written(&slots)
            if position == written:
                continue
            if written - position > slots.capacity:
                position = written - slots.capacity
            slots_copy(&slots, position, 1, frame)
            torn += is_torn(frame, slots.words, position)
            frames += 1
            position += 1
    free(frame)
    return frames, torn


def handle(Commands commands, uint64_t count):
    """Takes and acknowledges `count` commands, verdict = number mod 7. Returns those out of order or not as sent by `number`."""
    cdef Command command
    cdef uint64_t handled = 0, wrong = 0
    with nogil:
        while handled < count:
            if commands.take(&command):
                handled += 1
                wrong += command.number != handled or command.target != <int64_t> handled * 3
                wrong += command.value != handled * 0.5 or command.ramp_s != handled * 0.25
                commands.acknowledge(command.number, command.number % 7)
    return wrong


def take(Commands commands):
    """The next command as a tuple, without acknowledging it; None if there is none."""
    cdef Command command
    if not commands.take(&command):
        return None
    return command.number, command.kind, command.target, command.value, command.ramp_s


def acknowledge(Commands commands, uint64_t number, uint64_t verdict):
    commands.acknowledge(number, verdict)


def tick_sees(Commands commands):
    """What the tick sees beside the queue: stop, quit, heartbeats."""
    return commands.stop_wanted(), commands.quit_wanted(), commands.heartbeats()
