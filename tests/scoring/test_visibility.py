"""Verdicts over the visible tests alone."""

from rltf import Problem, TestCase, TestOutcome, Verdict
from rltf.scoring.visibility import visible_verdict

HIDDEN, SHOWN = TestCase.stdin("", "1"), TestCase.stdin("", "1", visible=True)
VERDICT = Verdict.of([TestOutcome("wrong_answer"), TestOutcome("passed")])


def test_only_the_visible_tests_count():
    problem = Problem("t", "…", tests=[HIDDEN, SHOWN])
    assert visible_verdict(problem, VERDICT) == Verdict.of([TestOutcome("passed")])
    assert visible_verdict(Problem("t", "…", tests=[SHOWN, SHOWN]), VERDICT) == VERDICT


def test_there_may_be_nothing_to_say():
    assert visible_verdict(Problem("t", "…", tests=[HIDDEN, HIDDEN]), VERDICT) is None
    assert visible_verdict(Problem("t", "…", tests=[SHOWN]), Verdict.unscored("…")) is None
