"""Whether this computer reads and writes this bench within the period: 200 rounds, measured."""

from __future__ import annotations

import numpy as np

from rigs.nidaq.lines import Lines, SampleClock

READS = 200
SHARE = 95.0  # percentile that must be within the budget: a computer that also does other things has single late rounds


def preflight(lines: Lines, clock: SampleClock | None, period_s: float, budget_pct: float | None, reads: int = READS) -> str:
    """Measures, and says in words what was found. `budget_pct` None: virtual time, in which no period is too short.

    Raises OSError where the 95th percentile is beyond `budget_pct` of the period, with the numbers.
    """
    taken_us = lines.measure(reads, clock)
    period_us = period_s * 1e6
    middle_us, late_us, worst_us = np.percentile(taken_us, (50.0, SHARE, 100.0))
    numbers = (
        f"{reads} reads and writes take {middle_us:.1f} us in the median, {late_us:.1f} us at 95 %, {worst_us:.1f} us at most"
    )
    if budget_pct is None:
        return numbers
    allowed_us = period_us * budget_pct / 100.0
    if late_us > allowed_us:
        fits_Hz = 1e6 / (late_us * 100.0 / budget_pct)
        raise OSError(
            f"NI-DAQ: the period of {period_us:.0f} us is too short: {numbers}; allowed are {allowed_us:.0f} us "
            f"({budget_pct:g} % of the period). At most {fits_Hz:.0f} Hz fit: set [loop] period_us = {1e6 / fits_Hz:.0f} or longer"
        )
    return numbers
