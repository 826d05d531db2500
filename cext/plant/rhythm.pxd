"""Rhythm: when atria and ventricles are activated, and when the R waves come.

Impulses of the atria and the AV node: conduction.pxd. What starts in the ventricle: ventricular_clock.pxd. Both lay out beats
(heartbeat.pxd); here they contract. Asystole, ventricular fibrillation: no activation. Event times are exact (not multiples of the
step), so the beat does not depend on the step.
"""

from libc.stdint cimport uint64_t
from cext.plant.activation cimport ActivationTable, activation_at, activation_enter
from cext.plant.conduction cimport atrial_cycle
from cext.plant.heartbeat cimport (
    BEATS_KEPT, RHYTHM_FLUTTER, Heartbeat, Rhythm, RhythmState, beat_longer_s, beat_strength,
    heartbeat_start, start_to_onset,
)
from cext.plant.ventricular_clock cimport ventricular_clock


cdef inline void rhythm_step(const Rhythm* p, RhythmState* s, const ActivationTable* ventricle, const ActivationTable* atrium,
                             double t, double breath) noexcept nogil:
    """Activations e_v and e_a at time t (s)."""
    cdef const Heartbeat* beat
    if t >= s.next_cycle_s:
        atrial_cycle(p, s, breath)
    if t >= s.next_atrial_s:
        s.atrial_onset_s = s.next_atrial_s
        s.next_atrial_s = 1e300
    ventricular_clock(p, s, t)
    if s.due <= s.last and t >= s.beat[s.due & (BEATS_KEPT - 1)].onset_s:
        beat = &s.beat[s.due & (BEATS_KEPT - 1)]
        s.due += 1
        s.strength = beat_strength(beat.origin)
        s.enter = activation_enter(ventricle, s.e_v / s.strength)
        s.rr_s = beat.onset_s - s.onset_s
        if s.rr_s > 3.0:
            s.rr_s = 3.0  # the first beat after a pause
        s.onset_s = beat.onset_s
        s.per_t_max = 1.0 / (p.t_a + p.t_b * s.rr_s + beat_longer_s(beat.origin))
        s.beats += 1
        if s.onset_s - start_to_onset(p) > s.fire_s:
            s.fire_s = s.onset_s - start_to_onset(p)
    s.e_v = s.strength * activation_at(ventricle, s.enter + (t - s.onset_s) * s.per_t_max)
    s.e_a = (0.4 if p.kind == RHYTHM_FLUTTER else 1.0) * activation_at(atrium, t - s.atrial_onset_s)


cdef inline void rhythm_start(const Rhythm* p, RhythmState* s, uint64_t seed) noexcept nogil:
    """At time 0, just before a cycle; the beats before lie one period back."""
    heartbeat_start(p, s)
    s.next_cycle_s = 0.0
    s.next_atrial_s = s.pulse_s = 1e300
    s.atrial_onset_s = 0.08 - p.rr_s
    s.p_wave_s = 0.05 - p.rr_s
    s.last_p_s = -p.rr_s
    s.spike_a_s = s.spike_v_s = -1e300
    s.spontaneous = s.blocked = False
    s.conducted = 0
    s.enter = 0.0
    s.strength = 1.0
    s.rr_s = p.rr_s
    s.per_t_max = 1.0 / (p.t_a + p.t_b * p.rr_s)
    s.e_v = s.e_a = 0.0
    s.period = 1.0
    s.beats = 0
    s.random = seed


cdef inline void rhythm_shift(RhythmState* s, double by_s) noexcept nogil:
    """Moves every event by `by_s`, for a clock that is set anew."""
    cdef int i
    for i in range(BEATS_KEPT):
        s.beat[i].r_s += by_s
        s.beat[i].onset_s += by_s
    s.next_cycle_s += by_s
    s.next_atrial_s += by_s
    s.atrial_onset_s += by_s
    s.p_wave_s += by_s
    s.last_p_s += by_s
    s.fire_s += by_s
    s.pulse_s += by_s
    s.onset_s += by_s
