"""Histogram: buckets that tile the axis, percentiles against NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.statistics import EDGES_NS, Histogram


def bucket_width(value):
    k = np.searchsorted(EDGES_NS, value, side="right") - 1
    return EDGES_NS[k + 1] - EDGES_NS[k]


def filled(values):
    histogram = Histogram()
    histogram.add_all(values)
    return histogram


def test_buckets_tile_the_axis_and_stay_narrow():
    widths = np.diff(EDGES_NS)
    assert EDGES_NS[0] == 0
    assert EDGES_NS[-1] == 2**42
    assert np.all(widths[:64] == 1)
    assert np.all(widths[64:] * 32 <= EDGES_NS[64:-1])


def test_every_edge_falls_into_its_own_bucket():
    lowest, highest = filled(EDGES_NS[:-1]).counts(), filled(EDGES_NS[1:] - 1).counts()
    assert np.array_equal(lowest, np.ones(len(EDGES_NS) - 1))
    assert np.array_equal(highest, lowest)


@given(
    st.lists(st.one_of(st.integers(0, 200), st.integers(0, 10**6), st.integers(0, 2**42 - 1)), min_size=1, max_size=200),
    st.lists(st.integers(0, 100), min_size=1, max_size=5),
)
def test_percentiles_agree_with_numpy_to_half_a_bucket(values, percents):
    found = filled(values).percentiles_ns(*percents)
    exact = np.percentile(np.array(values), percents, method="inverted_cdf")
    for got, wanted in zip(found, exact, strict=True):
        assert abs(got - wanted) <= (bucket_width(wanted) - 1) / 2


@pytest.mark.parametrize("seed", range(3))
def test_percentiles_of_latencies_agree_with_numpy(seed):
    values = np.random.default_rng(seed).lognormal(10, 1.2, 20_000).astype(np.int64)
    percents = (0, 1, 25, 50, 75, 90, 99, 99.9, 100)
    exact = np.percentile(values, percents, method="inverted_cdf")
    assert np.allclose(filled(values).percentiles_ns(*percents), exact, rtol=1 / 64, atol=0)


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=100))
def test_count_and_maximum_are_exact_for_any_value(values):
    histogram = filled(values)
    assert histogram.count == len(values)
    assert histogram.max_ns == max(0, *values)


def test_the_mean_is_exact():
    values = np.random.default_rng(3).integers(0, 10**9, 1000)
    assert filled(values).mean_ns == values.sum() / 1000


def test_values_below_zero_count_as_zero_and_giants_in_the_last_bucket():
    histogram = filled([-5, 2**50])
    assert (histogram.counts()[0], histogram.counts()[-1]) == (1, 1)
    assert histogram.percentiles_ns(0)[0] == 0


def test_of_nothing_there_is_no_number():
    histogram = Histogram()
    assert (histogram.count, histogram.max_ns) == (0, 0)
    assert math.isnan(histogram.mean_ns)
    assert all(math.isnan(value) for value in histogram.percentiles_ns(0, 50, 100))


def test_clear_starts_anew():
    histogram = filled([1, 2, 3])
    histogram.clear()
    histogram.add_all([7])
    assert (histogram.count, histogram.max_ns, histogram.percentiles_ns(50)) == (1, 7, [7.0])


def test_the_summary_is_in_microseconds():
    summary = filled([10_000] * 99 + [1_000_000]).summary_us()
    assert summary["count"] == 100
    assert summary["max_us"] == 1000.0
    assert summary["mean_us"] == pytest.approx(19.9, abs=1e-12)
    assert abs(summary["median_us"] - 10.0) <= 10.0 / 64


@pytest.mark.parametrize("percent", [-1, 101, math.nan])
def test_percentages_beyond_the_hundred_are_refused(percent):
    with pytest.raises(ValueError, match="allowed is 0 to 100"):
        filled([1]).percentiles_ns(percent)
