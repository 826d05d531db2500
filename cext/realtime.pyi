from typing import NamedTuple

class Right(NamedTuple):
    name: str
    asked: str
    granted: bool
    reason: str

def report(name: str, asked: str, code: int) -> Right: ...
def ask(
    *, timer_slack_ns: int | None = 1, fifo_priority: int | None = 80, cpu: int | None = None, lock_memory: bool = True
) -> list[Right]: ...
