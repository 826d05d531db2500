"""The mailbox between the tick and a device on a slow bus (Modbus, serial): see mailbox.pyx.

The tick's half is a plain struct with inline functions, so that a rig can hold several.
"""

from libc.stdint cimport int64_t

from cext.cell cimport Cell
from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.clock cimport monotonic_ns
from cext.ledger cimport Slots, slots_latest, slots_publish
from cext.rig cimport QUALITY_DRIVER, QUALITY_GOOD, QUALITY_STALE, RIG_OK
from rigs.lockstep cimport Lockstep, Turn, turn_pass

cdef struct Asked:                    # tick -> device; 8-byte fields only (Cell)
    double output[OUTPUT_COUNT]
    double safe                       # 1: make safe, whatever the outputs say
    int64_t at_ns                     # monotonic, or virtual time

cdef struct Answered:                 # device -> tick
    double input[INPUT_COUNT]
    int64_t at_ns                     # the same; of the last good reply
    double known                      # 1: there was one
    double bad                        # 1: the device answers, and says itself that it is not to be relied upon
    double code                       # below 0: the device reports an error, which trips the bench

cdef struct Box:                      # the tick's half
    Slots down
    Slots up
    Asked asked
    Answered answered
    Answered spare
    int takes[OUTPUT_COUNT]           # which outputs the device drives, by index in the signal table
    int gives[INPUT_COUNT]
    int take_count
    int give_count
    double safe[OUTPUT_COUNT]
    double rest[OUTPUT_COUNT]
    Turn* turn                        # virtual time; NULL: real time


cdef inline int64_t box_now_ns(const Box* b) noexcept nogil:
    return b.turn.now_ns if b.turn != NULL else monotonic_ns()


cdef inline int box_fill(Box* b, Frame* f) noexcept nogil:
    """The device's channels into the frame: last good value and its age; stale before the first."""
    cdef double* value = <double*>f + FIRST_INPUT
    cdef int64_t now_ns
    cdef int i, at
    if b.turn != NULL:
        turn_pass(b.turn, <int64_t>(f.time_t_s * 1e9 + 0.5))
    now_ns = box_now_ns(b)
    if slots_latest(&b.up, &b.spare):
        b.answered = b.spare
    for i in range(b.give_count):
        at = b.gives[i]
        value[at] = b.answered.input[at]
        f.age_s[at] = <double>(now_ns - b.answered.at_ns) * 1e-9
        if b.answered.known > 0.5 and value[at] == value[at]:
            f.quality[at] = QUALITY_DRIVER if b.answered.bad > 0.5 else QUALITY_GOOD
        else:
            f.quality[at] = QUALITY_STALE
    return <int>b.answered.code if b.answered.code < 0.0 else RIG_OK


cdef inline void box_ask(Box* b, const double* outputs, bint safe) noexcept nogil:
    """`outputs`: OUTPUT_COUNT values by index in the signal table."""
    cdef int i
    for i in range(b.take_count):
        b.asked.output[b.takes[i]] = outputs[b.takes[i]]
    b.asked.safe = 1.0 if safe else 0.0
    b.asked.at_ns = box_now_ns(b)
    slots_publish(&b.down, &b.asked)


cdef class Mailbox:
    cdef Box box
    cdef Cell down
    cdef Cell up
    cdef Answered posted              # the device thread's own copy
    cdef readonly Lockstep steps      # None: real time
