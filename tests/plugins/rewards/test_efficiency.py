"""efficiency: CPU time against the references', which run once, in a sandbox."""

import math

import pytest

from rltf import Judged, Problem, Sample, TestCase, TestOutcome, Verdict
from rltf.plugins.rewards.efficiency import Efficiency, _quantile, _share, cpu_seconds

FAST = "def f(n):\n    return n\n"
SLOW = "def f(n):\n    for _ in range(n):\n        pass\n    return n\n"
TESTS = (TestCase.call([3_000_000], 3_000_000),)


def judged(verdict, solutions=(SLOW,), tests=TESTS):
    problem = Problem("t", "…", tests, entry_point="f", solutions=solutions)
    return Judged(problem, Sample("t", FAST), verdict, None)


def passed(*seconds):
    return Verdict.of([TestOutcome("passed", cpu_s=cpu_s) for cpu_s in seconds])


@pytest.mark.parametrize(
    ("seconds", "share"),
    [
        (0.1, 0.0),
        (0.2, 0.0),
        (0.25, 0.0),
        (0.08, 0.0),
        (0.04, 1.0),
        (0.5, -1.0),
        (9.0, -1.0),
        (0.25 * math.sqrt(2), -0.5),
        (0.08 / math.sqrt(2), 0.5),
    ],
)
def test_a_halving_or_a_doubling_beyond_the_margin_is_the_bound(seconds, share):
    assert _share(seconds, (0.1, 0.2)) == pytest.approx(share)


def test_quartiles_lie_between_times():
    assert _quantile([1.0], 0.25) == 1.0
    assert _quantile([1.0, 2.0, 3.0, 4.0], 0.25) == 1.75
    assert _quantile([1.0, 2.0, 3.0, 4.0], 0.75) == 3.25


def test_a_test_takes_five_milliseconds_at_least():
    assert cpu_seconds(passed(0.001, 0.004, 0.02)) == pytest.approx(0.03)


def test_a_faster_program_than_the_references_gains():
    reward = Efficiency()
    (term,) = reward(judged(passed(0.0)))
    assert term.value == pytest.approx(0.05)
    (term,) = reward(judged(passed(9.0)))
    assert term.value == pytest.approx(-0.05)


def test_the_references_run_once(monkeypatch):
    reward = Efficiency()
    runs = []
    measure = reward._measure
    monkeypatch.setattr(
        reward, "_measure", lambda problem: runs.append(problem) or measure(problem)
    )
    for _ in range(3):
        reward(judged(passed(0.0)))
    assert len(runs) == 1


def test_references_that_fail_say_nothing():
    assert Efficiency()(judged(passed(0.0), ["def f(n):\n    return 0\n"])) is None
    assert Efficiency()(judged(passed(0.0), [])) is None


def test_only_a_program_that_passes_is_timed():
    assert Efficiency()(judged(Verdict.of([TestOutcome("wrong_answer")]))) == ()
    assert Efficiency()(judged(Verdict.unscored("…"))) is None


def test_a_sandbox_that_judges_nothing_is_a_failure_of_ours():
    with pytest.raises(RuntimeError, match="the problem has no tests"):
        Efficiency()(judged(passed(0.0), tests=()))
