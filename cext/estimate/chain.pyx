"""The trigger chain of the tick run over arrays: what `mockloop trigger` shows is what the loop would have done, tick by tick."""

from libc.math cimport NAN
from libc.string cimport memset

import numpy as np

from cext.estimate.beats cimport Beats, beats_init, beats_step
from cext.estimate.r_wave cimport r_wave_noisy
from cext.estimate.upstroke cimport upstroke_good
from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings
from cext.tables.load import settings

BEAT_DTYPE = np.dtype([
    ("t_s", "f8"), ("given_s", "f8"), ("source", "i4"), ("rr_s", "f8"), ("next_s", "f8"), ("notch_s", "f8"), ("irregular", "i4"),
    ("notch_seen_s", "f8"),
])


cdef class Chain:
    """Runs the estimators over ECG and pressure.

    `values`: settings by path, encoded (``iabp.trigger`` and so on); what is missing keeps its default. `period_s`: of the samples.
    """

    cdef Beats beats
    cdef Settings settings
    cdef Frame frame
    cdef double period_s
    cdef long long ticks
    cdef readonly double notch_before_s    # closure found in the last call, of the beat triggered in a call before; NaN: none

    def __init__(self, values, double period_s=1e-3) -> None:
        cdef double* setting = <double*>&self.settings
        for i, (path, row) in enumerate(settings().items()):
            setting[<int>i] = values.get(path, row.encode(row.default))
        self.period_s = period_s
        memset(&self.frame, 0, sizeof(Frame))
        beats_init(&self.beats, period_s)
        self.ticks = 0
        self.notch_before_s = NAN

    def run(self, ecg_mV, aop_mmHg, sync=None, balloon=None):
        """Steps over one sample of each array a tick; NaN: no sample; `balloon`: where one holds gas or moves. May be called again with what follows.

        Returns (beats, states): a BEAT_DTYPE row a trigger, times in s from the first sample ever (`t_s` R peak or foot, `given_s`
        trigger, `notch_s` predicted closure, `notch_seen_s` closure found in this beat, NaN: none); and per tick bits:
        1 ECG noisy, 2 pressure good, 4 a QRS above the threshold.
        Raises ValueError for arrays of unlike length.
        """
        cdef long i, n = len(ecg_mV), made = 0
        a, b = (np.ascontiguousarray(x, np.float64) for x in (ecg_mV, aop_mmHg))
        c = np.zeros(n) if sync is None else np.ascontiguousarray(sync, np.float64)
        d = np.zeros(n, np.uint8) if balloon is None else np.ascontiguousarray(balloon, np.uint8)
        if not len(a) == len(b) == len(c) == len(d):
            raise ValueError(f"chain: {len(a)} samples of ECG, {len(b)} of pressure, {len(c)} of sync, {len(d)} of balloon: unlike")
        beats = np.zeros(n // 100 + 16, BEAT_DTYPE)
        states = np.zeros(n, np.uint8)
        cdef const double* ecg = <const double*><size_t>a.ctypes.data
        cdef const double* aop = <const double*><size_t>b.ctypes.data
        cdef const double* line = <const double*><size_t>c.ctypes.data
        cdef const unsigned char* moves = <const unsigned char*><size_t>d.ctypes.data
        cdef unsigned char* state = <unsigned char*><size_t>states.ctypes.data
        cdef Beat* to = <Beat*><size_t>beats.ctypes.data
        cdef long room = len(beats)
        cdef double seen
        self.notch_before_s = NAN
        with nogil:
            for i in range(n):
                self.frame.in_ecg_mV = ecg[i]
                self.frame.in_aop_mmHg = aop[i]
                self.frame.in_sync = line[i]
                seen = self.beats.closure.learned + 1000.0 * self.beats.notch.found
                beats_step(&self.beats, &self.settings, &self.frame, moves[i], 10.0)
                if self.frame.beat_trigger > 0.5 and made < room:
                    to[made].t_s = self.ticks * self.period_s - self.frame.beat_since_r_s
                    if <int>self.frame.beat_source == 2:
                        to[made].t_s += self.beats.foot_s
                    to[made].given_s = self.ticks * self.period_s
                    to[made].source = <int>self.frame.beat_source
                    to[made].rr_s = self.frame.beat_rr_s
                    to[made].next_s = self.frame.beat_rr_mean_s
                    to[made].notch_s = self.ticks * self.period_s - self.frame.beat_since_r_s + self.frame.beat_notch_s
                    to[made].irregular = <int>self.frame.beat_irregular
                    to[made].notch_seen_s = NAN
                    made += 1
                elif self.beats.notch.found and seen < 1000.0:
                    seen = self.ticks * self.period_s - self.frame.beat_since_r_s + self.beats.notch.seen_s
                    if made > 0:
                        to[made - 1].notch_seen_s = seen
                    else:
                        self.notch_before_s = seen
                state[i] = (r_wave_noisy(&self.beats.r_wave) | upstroke_good(&self.beats.upstroke) << 1
                            | self.beats.r_wave.candidate << 2)
                self.ticks += 1
        return beats[:made], states


cdef packed struct Beat:
    double t_s
    double given_s
    int source
    double rr_s
    double next_s
    double notch_s
    int irregular
    double notch_seen_s
