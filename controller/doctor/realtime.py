"""Real-time rights and wake-up lateness of this machine, as the loop would have them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cext.realtime import Right, ask
from cext.reference import WakeReference
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


def lateness(seconds: float) -> Iterator[Finding]:
    """Wake-up lateness of a bare C thread at 1 kHz, with the rights that the loop gets."""
    reference = WakeReference(1000, fifo_priority=80)
    reference.start()
    time.sleep(seconds)
    reference.stop()
    found = reference.histogram().summary_us()
    text = (
        f"median {found['median_us']:.0f} us, p99 {found['p99_us']:.0f} us, most {found['max_us']:.0f} us, "
        f"{reference.missed} periods missed in {seconds:g} s"
    )
    if found["p99_us"] <= P99_BOUND_US:
        yield Finding("wake-up lateness", "ok", text)
    else:
        yield Finding(
            "wake-up lateness", "warn", f"{text}; bound {P99_BOUND_US:.0f} us at p99",
            "close other programs, give real-time rights, disable power saving; a shared virtual machine cannot hold it",
        )  # fmt: skip
