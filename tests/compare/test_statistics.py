"""Statistics of paired results, against exact values and textbook formulas.

The sign test, Holm's method and the number of problems were compared once by hand with scipy 1.17
(``binomtest``) and statsmodels (``multipletests``, ``NormalIndPower``): equal to 1e-15, and for the
number of problems to the rounding up.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from rltf.common.pass_at_k import interval
from rltf.compare import statistics


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (6, 0, 2 / 64), (0, 6, 2 / 64), (8, 2, 112 / 1024)],
)
def test_the_sign_test_is_exact(wins: int, losses: int, expected: float) -> None:
    assert statistics.sign_test(wins, losses) == expected


def test_the_sign_test_counts_all_outcomes() -> None:
    """Every sequence of signs is equally likely: count those that are at least as uneven."""
    for wins, losses in itertools.product(range(6), range(6)):
        total = wins + losses
        signs = list(itertools.product((0, 1), repeat=total))
        uneven = sum(abs(2 * sum(each) - total) >= abs(wins - losses) for each in signs)
        assert statistics.sign_test(wins, losses) == float(Fraction(uneven, len(signs)))


def test_holm_is_the_textbook_example() -> None:
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([]) == []
    assert statistics.holm([0.7, 0.9]) == [1.0, 1.0]


def test_the_bootstrap_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Seeded; of 200 sets, 190 are expected to, with a standard deviation of 3."""
    generator = np.random.default_rng(3)
    held = 0
    for seed in range(200):
        values = generator.choice([-1.0, 0.0, 0.0, 1.0, 1.0], size=120)
        low, high = interval(values, seed)
        held += low <= 0.2 <= high
    assert 181 <= held <= 199


def test_one_sample_of_each_problem_moves_where_it_went() -> None:
    first = np.eye(3)[[0, 0, 1, 2]]
    second = np.eye(3)[[0, 1, 1, 0]]
    expected = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0]]) / 4
    assert statistics.moves(first, second) == pytest.approx(expected)


def test_as_few_samples_as_possible_move() -> None:
    first, second = np.array([[0.5, 0.5, 0.0]]), np.array([[0.25, 0.25, 0.5]])
    flows = statistics.moves(first, second)
    assert flows == pytest.approx(np.array([[0.25, 0, 0.25], [0, 0.25, 0.25], [0, 0, 0]]))
    generator = np.random.default_rng(0)
    before, after = (generator.dirichlet(np.ones(4), size=50) for _ in range(2))
    flows = statistics.moves(before, after)
    assert flows.sum(1) == pytest.approx(before.mean(0))
    assert flows.sum(0) == pytest.approx(after.mean(0))


def test_the_parts_of_the_variance_are_found_again() -> None:
    """Problems with known probabilities: the parts are known, and so is their sum for any n."""
    generator = np.random.default_rng(1)
    p, q = generator.beta(1, 1, 4000), generator.beta(2, 1, 4000)
    drawn = [np.stack([generator.binomial(4, each), np.full(4000, 4)], axis=1) for each in (p, q)]
    variance = statistics.Variance.of(*drawn)
    assert variance.between == pytest.approx(np.var(q - p), rel=0.05)
    assert variance.sampling == pytest.approx((p * (1 - p) + q * (1 - q)).mean(), rel=0.05)
    assert variance.at(4) == pytest.approx(variance.total)
    many = [np.stack([generator.binomial(64, each), np.full(4000, 64)], axis=1) for each in (p, q)]
    assert variance.at(64) == pytest.approx(statistics.Variance.of(*many).total, rel=0.05)


def test_one_sample_of_each_problem_does_not_tell_the_parts() -> None:
    counts = np.array([[1, 1], [0, 1], [1, 1], [0, 1]])
    variance = statistics.Variance.of(counts, counts[::-1])
    assert (variance.between, variance.sampling) == (None, None)
    assert variance.at(1) == variance.total == pytest.approx(4 / 3)
    assert variance.at(2) is None
    assert statistics.samples_needed(variance, 0.1, 100) is None


def test_the_number_of_problems_is_the_textbook_formula() -> None:
    # (1.95996 + 0.84162)^2 = 7.8489
    assert statistics.problems_needed(0.25, 0.05) == math.ceil(7.8489 * 0.25 / 0.05**2) == 785
    assert statistics.detectable(0.25, 785) == pytest.approx(0.05, rel=1e-3)
    assert statistics.problems_needed(0.0, 0.05) == 1


def test_so_many_samples_show_the_difference_and_one_less_does_not() -> None:
    variance = statistics.Variance(0.1, 0.02, 0.08)
    n = statistics.samples_needed(variance, 0.05, 100)
    assert n is not None
    at = [variance.at(number) for number in (n, n - 1)]
    assert [statistics.problems_needed(each, 0.05) <= 100 for each in at if each] == [True, False]
    assert statistics.samples_needed(variance, 0.05, 50) is None


def test_such_problems_show_the_difference_as_often_as_they_should() -> None:
    """Seeded: the share of studies with a significant difference is near the power of 80 %."""
    generator = np.random.default_rng(7)
    changes = np.array([-1.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    problems = statistics.problems_needed(float(changes.var()), float(changes.mean()))
    drawn = generator.choice(changes, size=(2000, problems))
    z = drawn.mean(1) / (drawn.std(1, ddof=1) / math.sqrt(problems))
    assert (z > 1.96).mean() == pytest.approx(statistics.POWER, abs=0.03)
