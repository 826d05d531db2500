"""Real-time rights of the loop's thread: each asked for, each reported as granted or refused. A refusal is no error here."""

import errno
import os
import resource
from typing import NamedTuple

cdef extern from "realtime.h" nogil:
    int ask_timer_slack(unsigned long ns)
    int ask_fifo(int priority)
    int ask_cpu(int cpu)
    int ask_memory_lock()


class Right(NamedTuple):
    """One right: what was asked for, whether the system granted it, and if not, its word and what to do."""

    name: str
    asked: str
    granted: bool
    reason: str


def _limit(int which) -> str:
    soft = resource.getrlimit(which)[0]
    return "unlimited" if soft == resource.RLIM_INFINITY else str(soft)


def report(name: str, asked: str, int code) -> Right:
    """A Right from the errno that the system answered (0: granted)."""
    memory = f"give CAP_IPC_LOCK or raise RLIMIT_MEMLOCK (ulimit -l, now {_limit(resource.RLIMIT_MEMLOCK)} bytes)"
    hints = {
        ("fifo", errno.EPERM): f"give CAP_SYS_NICE or raise RLIMIT_RTPRIO (ulimit -r, now {_limit(resource.RLIMIT_RTPRIO)})",
        ("fifo", errno.EINVAL): "allowed is priority 1 to 99",
        ("affinity", errno.EINVAL): f"allowed here are processors {sorted(os.sched_getaffinity(0))}",
        ("memory-lock", errno.ENOMEM): memory,
        ("memory-lock", errno.EPERM): memory,
    }
    if code == 0:
        return Right(name, asked, True, "")
    reason = f"{errno.errorcode.get(code, code)}: {os.strerror(code)}"
    hint = hints.get((name, code))
    return Right(name, asked, False, f"{reason}; {hint}" if hint else reason)


def ask(
    *, timer_slack_ns: int | None = 1, fifo_priority: int | None = 80, cpu: int | None = None, lock_memory: bool = True,
) -> list[Right]:
    """Asks for each right on behalf of the calling thread (the memory lock: the process); None or False does not ask.

    Args:
        timer_slack_ns: how much later a timer of an ordinary thread may fire [ns].
        fifo_priority: SCHED_FIFO with SCHED_RESET_ON_FORK at this priority, 1 to 99.
        cpu: the one processor to run on.
        lock_memory: keep what is mapped now from being paged out.
    """
    rights = []
    if lock_memory:
        rights.append(report("memory-lock", "mlockall", ask_memory_lock()))
    if timer_slack_ns is not None:
        rights.append(report("timer-slack", f"{timer_slack_ns} ns", ask_timer_slack(timer_slack_ns)))
    if cpu is not None:
        rights.append(report("affinity", f"processor {cpu}", ask_cpu(cpu)))
    if fifo_priority is not None:
        rights.append(report("fifo", f"SCHED_FIFO priority {fifo_priority}", ask_fifo(fifo_priority)))
    return rights
