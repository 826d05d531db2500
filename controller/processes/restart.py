"""When a helper that died is started again."""

from __future__ import annotations

from dataclasses import dataclass

FINAL_CODES = (2, 3)  # usage, configuration: the same words would fail the same way


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Back-off between the starts of one helper: `first_s`, doubled up to `longest_s`, from the start after `settled_s`.

    A helper is back within 2 s of any death (`longest_s` and its start-up). `FINAL_CODES` are never tried again.
    """

    first_s: float = 0.1
    longest_s: float = 1.5
    settled_s: float = 5.0

    def delay_s(self, failures: int, lived_s: float) -> tuple[float, int]:
        """Seconds to wait after a life of `lived_s` that followed `failures` short ones, and the new count of those."""
        failures = 0 if lived_s >= self.settled_s else failures
        return min(self.first_s * 2.0 ** min(failures, 30), self.longest_s), failures + 1
