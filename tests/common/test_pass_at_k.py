"""pass@k against its definition, and its interval."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from rltf.common.pass_at_k import interval, pass_at_k, wilson


@pytest.mark.parametrize(("n", "c"), [(1, 0), (1, 1), (5, 0), (5, 2), (6, 5), (6, 6)])
def test_it_is_the_share_of_draws_of_k_samples_in_which_one_passes(n: int, c: int) -> None:
    passed = [True] * c + [False] * (n - c)
    for k in range(1, n + 1):
        draws = list(combinations(passed, k))
        share = sum(map(any, draws)) / len(draws)
        assert pass_at_k([n], [c], k) == pytest.approx([share])


def test_problems_may_have_different_numbers_of_samples() -> None:
    assert pass_at_k([4, 2], [1, 1], 2) == pytest.approx([0.5, 1.0])


def test_a_large_n_is_neither_overflow_nor_loss() -> None:
    assert pass_at_k([100_000], [1], 1000) == pytest.approx([0.01])


@pytest.mark.parametrize("k", [0, 3])
def test_too_few_samples_are_an_error(k: int) -> None:
    with pytest.raises(ValueError, match=f"pass@{k} needs"):
        pass_at_k([5, 2], [0, 0], k)


def test_the_interval_is_that_of_the_mean_and_repeats() -> None:
    values = np.array([0.0, 1.0] * 200)
    low, high = interval(values, seed=1)
    # The standard error of the mean of 400 coin tosses is 0.025.
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.008)
    assert high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.008)
    assert interval(values, seed=1) == (low, high)
    assert interval(values, seed=2) != (low, high)


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 20)])
def test_none_or_all_of_the_problems_solved_is_no_certainty(share: float, count: int) -> None:
    assert interval(np.full(20, share), seed=0) == pytest.approx(wilson(count, 20))


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_one_problem_says_little_about_others(value: float) -> None:
    low, high = interval(np.array([value]), seed=0)
    assert low <= value <= high
    assert high - low == pytest.approx(wilson(0, 1)[1]) == pytest.approx(0.793, abs=1e-3)


def test_more_problems_with_the_same_value_say_more() -> None:
    widths = [np.ptp(interval(np.full(n, 0.3), seed=0)) for n in (1, 10, 100, 1000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.004


def test_differences_of_which_none_was_seen_may_go_either_way() -> None:
    low, high = interval(np.zeros(96), seed=0, least=-1.0)
    assert (low, high) == pytest.approx((-0.0385, 0.0385), abs=1e-4)
