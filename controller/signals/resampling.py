"""Recorded samples at the period of the loop."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from controller.signals.channel import Samples

LONGEST_GAP_S = 0.1  # a longer stretch without samples stays a gap
PAD_S = 1.0


def resampled(values: Samples, rate_hz: float, start_s: float, until_s: float, period_s: float = 1e-3) -> Samples:
    """`values`, the first at `start_s`, at 0, period_s, 2 period_s … up to `until_s`; NaN where there are none.

    Band-limited (polyphase FIR with the anti-alias filter of SciPy's `resample_poly`), not interpolated by straight lines,
    which would flatten R waves. Gaps of up to LONGEST_GAP_S are bridged by a line first, longer ones come out as NaN.
    """
    from scipy.signal import resample_poly

    count = max(1, round(until_s / period_s))
    out = np.full(count, np.nan)
    good = np.isfinite(values)
    if not good.any():
        return out
    index = np.arange(len(values))
    filled = np.interp(index, index[good], values[good])
    exact = 1.0 / (period_s * rate_hz)
    ratio = Fraction(exact).limit_denominator(2000)
    pad = max(1, round(PAD_S * rate_hz))
    padded = np.concatenate([np.full(pad, filled[0]), filled, np.full(pad, filled[-1])])
    fine = filled if ratio == 1 else resample_poly(padded, ratio.numerator, ratio.denominator, padtype="line")
    first_s = start_s if ratio == 1 else start_s - pad / rate_hz
    # The ratio is a fraction near the true one: what is left is taken up by interpolating at a fine grid.
    step_s = 1.0 / rate_hz if ratio == 1 else 1.0 / (rate_hz * float(ratio))
    at: Samples = np.arange(count, dtype=np.float64) * period_s
    wanted = (at - first_s) / step_s
    inside = (at >= start_s - 0.5 / rate_hz) & (at <= start_s + (len(values) - 1) / rate_hz + 0.5 / rate_hz)
    out[inside] = np.interp(wanted[inside], np.arange(len(fine)), fine)
    _open_gaps(out, at, good, rate_hz, start_s)
    return out


def _open_gaps(out: Samples, at: Samples, good: np.ndarray, rate_hz: float, start_s: float) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate(([1], good.astype(np.int8), [1]))))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        whole = begin == 0 or end == len(good)
        if whole or (end - begin) / rate_hz > LONGEST_GAP_S:
            out[(at > start_s + (begin - 1) / rate_hz) & (at < start_s + end / rate_hz)] = np.nan
