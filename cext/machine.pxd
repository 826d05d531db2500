"""The state machine: conditions in, state out. Rows are data (cext/tables/transitions.toml); first match wins.

A condition latches as its `clears` says: live follows its cause; reset stays until a reset edge finds the cause gone and STOP
not held; never stays for the life of the process. What is latched takes part in the rows like what is present.
"""

from cext.generated.states cimport (
    CLEARS_LIVE, CLEARS_RESET, COND_reset, COND_stop, CONDITION_COUNT, CONDITION_RULES, ROW_COUNT, STATE_INIT, TRANSITIONS,
    TRIP_MASK,
)

cdef struct Machine:
    int state
    int previous
    unsigned int latched       # trips that stay until their reset
    int first_trip             # number of the condition that tripped first, plus 1
    int harm[CONDITION_COUNT]  # ticks in a row with the cause
    int heal[CONDITION_COUNT]  # ticks in a row without
    unsigned int present       # conditions after harm and heal


cdef inline void machine_init(Machine* m) noexcept nogil:
    cdef int i
    m.state = STATE_INIT   # SAFETY: the first state is a safe one
    m.previous = STATE_INIT
    m.latched = 0
    m.first_trip = 0
    m.present = 0
    for i in range(CONDITION_COUNT):
        m.harm[i] = 0
        m.heal[i] = 0


cdef inline unsigned int debounce(Machine* m, unsigned int causes) noexcept nogil:
    """Causes of this tick -> conditions present, by each condition's harm and heal counts."""
    cdef int i
    cdef unsigned int bit
    for i in range(CONDITION_COUNT):
        bit = 1u << i
        if causes & bit:
            m.heal[i] = 0
            if m.harm[i] < CONDITION_RULES[i].harm:
                m.harm[i] += 1
            if m.harm[i] >= CONDITION_RULES[i].harm:
                m.present |= bit
        else:
            m.harm[i] = 0
            if m.present & bit:
                m.heal[i] += 1
                if m.heal[i] >= CONDITION_RULES[i].heal:
                    m.present &= ~bit
    return m.present


cdef inline int next_state(int state, unsigned int conditions) noexcept nogil:
    """The pure function over the rows: the state after one tick under these conditions."""
    cdef int i
    for i in range(ROW_COUNT):
        if not TRANSITIONS[i].from_states & (1u << state):
            continue
        if (conditions & TRANSITIONS[i].all_of) != TRANSITIONS[i].all_of:
            continue
        if TRANSITIONS[i].any_of and not conditions & TRANSITIONS[i].any_of:
            continue
        if conditions & TRANSITIONS[i].none_of:
            continue
        return TRANSITIONS[i].to_state
    return state


cdef inline unsigned int machine_step(Machine* m, unsigned int causes) noexcept nogil:
    """One tick: debounce, latch, clear on reset, move. Returns the conditions that took part."""
    cdef int i
    cdef unsigned int present = debounce(m, causes)
    cdef unsigned int bit
    cdef bint reset = (present & (1u << COND_reset | 1u << COND_stop)) == 1u << COND_reset
    for i in range(CONDITION_COUNT):
        bit = 1u << i
        if present & bit and CONDITION_RULES[i].clears != CLEARS_LIVE:
            if bit & TRIP_MASK and m.first_trip == 0:
                m.first_trip = i + 1
            m.latched |= bit
        elif reset and CONDITION_RULES[i].clears == CLEARS_RESET:
            m.latched &= ~bit   # SAFETY: only a reset edge clears a trip, and only once its cause has gone
    if not m.latched & TRIP_MASK:
        m.first_trip = 0
    m.previous = m.state
    m.state = next_state(m.state, present | m.latched)
    return present | m.latched
