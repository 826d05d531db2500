"""Real-time rights and wake-up lateness of this machine, as the loop would have them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cext.realtime import Right, ask
from cext.reference import WakeReference
from cext.statistics import EDGES_NS, Histogram
from controller.doctor.finding import Finding

# A tick has 1000 us. Late by half of it in one of a hundred ticks is a machine that misses deadlines under load.
P99_BOUND_US = 500.0


def rights() -> Iterator[Finding]:
    """What the system grants the loop's thread."""
    granted: list[Right] = []
    thread = threading.Thread(target=lambda: granted.extend(ask()))
    thread.start()
    thread.join()
    for right in granted:
        if right.granted:
            yield Finding(right.name, "ok", f"{right.asked}: granted")
        else:
            yield Finding(
                right.name, "warn", f"{right.asked}: refused, {right.reason}", "a wired bench should not run without it"
            )


def kernel() -> Iterator[Finding]:
    """Whether the kernel preempts everything."""
    realtime = Path("/sys/kernel/realtime")
    version = Path("/proc/version").read_text(encoding="utf-8").split("#")[-1].strip()
    if (realtime.exists() and realtime.read_text().strip() == "1") or "PREEMPT_RT" in version:
        yield Finding("kernel", "ok", f"PREEMPT_RT ({version})")
    else:
        yield Finding(
            "kernel", "warn", f"no PREEMPT_RT ({version})", "fine for the virtual bench; a wired bench wants an RT kernel"
        )


def lateness(seconds: float, bound_us: float | None = None) -> Iterator[Finding]:
    """Wake-up lateness of a bare C thread at 1 kHz, with the rights that the loop gets, as a histogram (as LinuxCNC's
    latency-test has it). `bound_us`: no wake-up may be later; without it half a tick at the 99th percentile is the measure.
    """
    reference = WakeReference(1000, fifo_priority=80)
    reference.start()
    time.sleep(seconds)
    reference.stop()
    histogram = reference.histogram()
    found = histogram.summary_us()
    text = (
        f"median {found['median_us']:.0f} us, p99 {found['p99_us']:.0f} us, most {found['max_us']:.0f} us, "
        f"{reference.missed} periods missed in {seconds:g} s"
    )
    rows = histogram_rows(histogram)
    advice = "close other programs, give real-time rights, disable power saving; a shared virtual machine cannot hold it"
    if bound_us is not None and found["max_us"] > bound_us:
        yield Finding("wake-up lateness", "fail", f"{text}; bound {bound_us:g} us at most", advice, rows)
    elif bound_us is None and found["p99_us"] > P99_BOUND_US:
        yield Finding("wake-up lateness", "warn", f"{text}; bound {P99_BOUND_US:.0f} us at p99", advice, rows)
    else:
        within = f"; bound {bound_us:g} us at most" if bound_us is not None else ""
        yield Finding("wake-up lateness", "ok", text + within, "", rows)


def histogram_rows(histogram: Histogram) -> tuple[tuple[float, int], ...]:
    """(upper edge in us, wake-ups up to it) from 0 on, edges that double; the last row holds the latest ones."""
    counts, edges_us = histogram.counts(), EDGES_NS[1:] * 1e-3
    rows: list[tuple[float, int]] = []
    upper = 4.0
    taken = 0
    while taken < int(counts.sum()):
        here = int(counts[edges_us <= upper].sum())
        rows.append((upper, here - taken if upper < edges_us[-1] else int(counts.sum()) - taken))
        taken += rows[-1][1]
        upper *= 2.0
    return tuple(rows)
