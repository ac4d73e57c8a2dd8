"""The statistics, against values worked out by hand and against what must hold for any data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.evidence import stats

values = st.lists(st.integers(-100, 100), min_size=3, max_size=12)


def test_ranks_of_equal_values_are_shared():
    """The mean of the places that they take."""
    assert stats.ranks([10, 30, 20, 20]) == [1, 4, 2.5, 2.5]


def test_spearman_by_hand():
    """1 - 6 * sum of squared differences / (n * (n * n - 1)), where nothing is tied."""
    assert stats.spearman([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(0.8)
    assert stats.spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)


@pytest.mark.parametrize(("a", "b"), [([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3])])
def test_there_is_no_correlation_without_enough_that_varies(a, b):
    """Two cases say nothing, nor do equal ones."""
    assert stats.spearman(a, b) is None
    assert stats.spearman_interval(a, b) is None


@given(values)
def test_spearman_knows_order_alone(listed):
    """Any growing change of the values leaves it as it is, and a list agrees with itself."""
    found = stats.spearman(listed, [3 * v + 1 for v in listed])
    assert found is None or found == pytest.approx(1)


@settings(max_examples=10)
@given(values, st.randoms(use_true_random=False))
def test_the_interval_holds_correlations_and_is_the_same_every_time(listed, random):
    """Low to high, within -1 and 1."""
    other = list(listed)
    random.shuffle(other)
    found = stats.spearman_interval(listed, other)
    if found is not None:
        assert -1 - 1e-9 <= found.low <= found.high <= 1 + 1e-9
        assert found == stats.spearman_interval(listed, other)


def test_rmse_by_hand():
    """Root of the mean of 9 and 16."""
    assert stats.rmse([0, 0], [3, 4]) == pytest.approx(12.5**0.5)


def test_pairs_in_order_by_hand():
    """Equal scores count half, equal ratings are not asked."""
    assert stats.pairs_in_order([1, 2, 2], [1, 2, 3]) == (2.5, 3)
    assert stats.pairs_in_order([1, 2], [5, 5]) == (0, 0)
    assert stats.pairs_in_order([2, 1], [1, 2]) == (0, 1)
