"""Histogram of durations: added to by the tick in constant time, read by anybody at any time."""

import numpy as np

from libc.stdint cimport int64_t
from libc.string cimport memset

from cext.atomics cimport load_relaxed


def _edges() -> np.ndarray:
    return np.array([tally_lowest(bucket) for bucket in range(TALLY_BUCKETS + 1)], np.int64)


EDGES_NS = _edges()


cdef class Histogram:
    """Durations in ns; one thread adds. Buckets are exact below 64 ns and at most 1/32 of their value wide above."""

    cdef void add(self, int64_t value_ns) noexcept nogil:
        """Counts one value; below 0 counts as 0."""
        tally_add(&self.tally, value_ns)

    def add_all(self, values_ns: np.ndarray) -> None:
        """Counts each of an array of values in ns."""
        for value in np.asarray(values_ns, np.int64).ravel():
            self.add(value)

    def clear(self) -> None:
        """Starts again from nothing. Only while nobody adds."""
        memset(&self.tally, 0, sizeof(Tally))

    def counts(self) -> np.ndarray:
        """Values in each bucket, int64; bucket k holds EDGES_NS[k] <= value < EDGES_NS[k + 1]."""
        return np.array([load_relaxed(&self.tally.buckets[k]) for k in range(TALLY_BUCKETS)], np.int64)

    @property
    def count(self) -> int:
        return int(self.counts().sum())

    @property
    def max_ns(self) -> int:
        return load_relaxed(&self.tally.max_ns)

    @property
    def mean_ns(self) -> float:
        """Exact mean; NaN of nothing."""
        count = self.count
        return load_relaxed(&self.tally.sum_ns) / count if count else float("nan")

    def percentiles_ns(self, *percents: float) -> list[float]:
        """Values below or at which the given percentages lie (NumPy's "inverted_cdf"), each to half a bucket; NaN of nothing.

        Raises:
            ValueError: not within 0 to 100.
        """
        if not all(0 <= percent <= 100 for percent in percents):
            raise ValueError(f"percentiles {percents} are refused: allowed is 0 to 100")
        counts = self.counts()
        total = int(counts.sum())
        if total == 0:
            return [float("nan")] * len(percents)
        ranks = np.clip(np.ceil(np.asarray(percents) / 100 * total), 1, total)
        found = np.searchsorted(np.cumsum(counts), ranks)
        middle = (EDGES_NS[found] + EDGES_NS[found + 1] - 1) / 2
        return np.minimum(middle, self.max_ns).tolist()

    def summary_us(self) -> dict[str, float]:
        """Count, mean, median, 90th, 99th, 99.9th percentile and maximum in µs."""
        names = ("median", "p90", "p99", "p99_9")
        values = dict(zip(names, self.percentiles_ns(50, 90, 99, 99.9), strict=True))
        values |= {"mean": self.mean_ns, "max": self.max_ns}
        return {"count": self.count} | {f"{name}_us": value / 1000 for name, value in values.items()}
