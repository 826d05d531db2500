"""Which signal starts the beats: the one that was chosen while it is good, another one while it is not.

ECG and pressure stand in for each other. The chosen one is left when it has gone bad while the other is good, and taken again when
it has been good for RETURN_BEATS beats in a row. The ECG is bad: no R wave for 1.7 intervals although three pulses have come; or a lead so noisy
that the noise reaches the threshold. The pressure is bad: no upstroke worth a trigger for two beats (upstroke.pxd).
"""

cdef enum:
    SOURCE_NONE = 0
    SOURCE_ECG = 1
    SOURCE_PRESSURE = 2
    SOURCE_PACER = 3
    SOURCE_INTERNAL = 4
    SOURCE_SYNC = 5
    RETURN_BEATS = 6
    MISSED_PULSES = 3
    SILENT_BEATS_10 = 17     # 1.7 intervals

cdef struct Source:
    int used
    int pulses               # since the last R wave, at most 100
    int r_waves              # since the last pulse, at most 100
    int good_beats           # of the chosen source, while the other is used
    double noisy_s


cdef inline void source_init(Source* s) noexcept nogil:
    s.used = SOURCE_NONE
    s.pulses = s.r_waves = s.good_beats = 0
    s.noisy_s = 0.0


cdef inline void source_step(
    Source* s, int chosen, bint stand_in, bint r_wave, bint noisy, bint pulse, bint pressure_good, double silent_beats, double period_s
) noexcept nogil:
    """One tick: `r_wave`, `pulse`: found in this tick; `noisy`: the lead's noise reaches the threshold; `stand_in`: allowed;
    `silent_beats`: intervals since the last R wave."""
    cdef bint ecg_good
    s.noisy_s = s.noisy_s + period_s if noisy else 0.0
    if r_wave:
        s.pulses = 0
        s.r_waves = s.r_waves + 1 if s.r_waves < 100 else 100
    if pulse:
        s.r_waves = 0
        s.pulses = s.pulses + 1 if s.pulses < 100 else 100
    ecg_good = (s.pulses < MISSED_PULSES or silent_beats < SILENT_BEATS_10 * 0.1) and s.noisy_s < 1.0
    if not stand_in or (chosen != SOURCE_ECG and chosen != SOURCE_PRESSURE):
        s.used = chosen
        s.good_beats = 0
        return
    if s.used != SOURCE_ECG and s.used != SOURCE_PRESSURE:
        s.used = chosen
    if s.used == chosen:
        s.good_beats = 0
        if chosen == SOURCE_ECG and not ecg_good and pressure_good:
            s.used = SOURCE_PRESSURE
        elif chosen == SOURCE_PRESSURE and not pressure_good and s.r_waves > 3 and ecg_good:
            s.used = SOURCE_ECG
        return
    if chosen == SOURCE_ECG:
        if not ecg_good:
            s.good_beats = 0
        elif r_wave:
            s.good_beats += 1
        if s.good_beats >= RETURN_BEATS or (not pressure_good and ecg_good and r_wave):
            s.used = SOURCE_ECG
    else:
        if not pressure_good:
            s.good_beats = 0
        elif pulse:
            s.good_beats += 1
        if s.good_beats >= RETURN_BEATS:
            s.used = SOURCE_PRESSURE
