"""One injected fault on one channel: a value in, the faulty value out. Vocabulary of architecture §4."""

from libc.math cimport INFINITY, NAN

cdef enum:
    FAULT_NONE = 0
    FAULT_OFF = 1            # no value: NaN and a driver error (input); the actuator gets its unpowered 0 (output)
    FAULT_STUCK = 2          # the value at onset, for ever fresh
    FAULT_GARBAGE = 3        # anything a broken converter may give, NaN and infinities included
    FAULT_WRONG = 4          # value·gain + offset
    FAULT_SLOW = 5           # first-order lag, `amount` s
    FAULT_DELAYED = 6        # late by `amount` s, at most DELAY_TICKS ticks
    FAULT_INTERMITTENT = 7   # off for `amount` s, on for `amount` s, and so on
    DELAY_TICKS = 512

cdef struct Fault:
    int kind
    double begin_s           # loop time; NaN: from the next tick on
    double end_s
    double gain
    double offset
    double amount            # s, see the vocabulary
    double held              # value at onset, state of the lag
    bint onset_seen
    int at
    unsigned long long random
    double past[DELAY_TICKS]


cdef inline double _garbage(Fault* k) noexcept nogil:
    """xorshift64*, spread over the shapes of nonsense: NaN, ±infinity, huge, tiny, plausible."""
    cdef int shape
    k.random ^= k.random >> 12
    k.random ^= k.random << 25
    k.random ^= k.random >> 27
    shape = <int>((k.random * 2685821657736338717ULL) >> 61)
    if shape == 0:
        return NAN
    if shape == 1:
        return INFINITY
    if shape == 2:
        return -INFINITY
    if shape == 3:
        return 1e308
    return (<double>(k.random >> 11) / 9007199254740992.0 - 0.5) * 1000.0


cdef inline bint fault_works(Fault* k, double now_s, double period_s) noexcept nogil:
    """Whether the fault is at work in the tick of this loop time; notes its onset. A tick counts from a hundredth of it before its time."""
    cdef double at_s = now_s + 0.01 * period_s
    if k.kind == FAULT_NONE:
        return False
    if k.begin_s != k.begin_s:
        k.end_s += now_s
        k.begin_s = now_s
    return k.begin_s <= at_s < k.end_s


cdef inline double fault_apply(Fault* k, double value, double now_s, double period_s, bint* lost) noexcept nogil:
    """The faulty value; `lost` says that there is none (the channel reports an error)."""
    cdef int i
    cdef int ticks
    lost[0] = False
    if not k.onset_seen:
        k.onset_seen = True
        k.held = value
        for i in range(DELAY_TICKS):
            k.past[i] = value
    if k.kind == FAULT_OFF:
        lost[0] = True
        return NAN
    if k.kind == FAULT_STUCK:
        return k.held
    if k.kind == FAULT_GARBAGE:
        return _garbage(k)
    if k.kind == FAULT_WRONG:
        return value * k.gain + k.offset
    if k.kind == FAULT_SLOW:
        if k.held != k.held:
            k.held = value             # nothing to lag behind yet
        k.held += (value - k.held) * period_s / (k.amount + period_s)
        return k.held
    if k.kind == FAULT_DELAYED:
        ticks = <int>(k.amount / period_s + 0.5)
        ticks = ticks if ticks < DELAY_TICKS else DELAY_TICKS - 1
        k.past[k.at] = value
        i = (k.at - ticks + DELAY_TICKS) % DELAY_TICKS
        k.at = (k.at + 1) % DELAY_TICKS
        return k.past[i]
    if k.kind == FAULT_INTERMITTENT and <long long>((now_s + 0.01 * period_s - k.begin_s) / k.amount) % 2 == 0:
        lost[0] = True
        return NAN
    return value
