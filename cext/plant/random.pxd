"""Seeded random numbers of our own, the same on every machine and build.

Generator: splitmix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"): one 64-bit word of state.
`random_normal`: sum of the four 16-bit parts of one word (Irwin-Hall, n = 4), standardised: mean 0, sd 1, within +-3.47.
It is bounded on purpose: noise of a sensor or of a heart period never throws a wild value.
"""

from libc.stdint cimport uint64_t


cdef inline uint64_t random_word(uint64_t* state) noexcept nogil:
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline double random_uniform(uint64_t* state) noexcept nogil:
    """In [0, 1)."""
    return <double>(random_word(state) >> 11) * (1.0 / 9007199254740992.0)


cdef inline double random_normal(uint64_t* state) noexcept nogil:
    cdef uint64_t z = random_word(state)
    cdef long total = <long>(z & 0xFFFF) + <long>((z >> 16) & 0xFFFF) + <long>((z >> 32) & 0xFFFF) + <long>(z >> 48)
    # Four uniform integers 0..65535: mean 4*32767.5, variance 4*(65536^2 - 1)/12.
    return (<double>total - 131070.0) * (1.0 / 37837.22746)
