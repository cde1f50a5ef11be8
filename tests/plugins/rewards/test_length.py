"""length: nothing up to the longest reference, the bound at twice its length."""

import pytest

from rltf import Judged, Problem, Sample, TestOutcome, Verdict, manager
from rltf.manager import PluginError

REFERENCES = ("def f(x):\n    return x\n", "f = abs\n")  # 15 and 5 characters that are no blanks


def value(program, *statuses, solutions=REFERENCES):
    outcomes = [TestOutcome(status) for status in statuses or ("passed",)]
    problem = Problem("t", "…", solutions=solutions)
    judged = Judged(problem, Sample("t", program), Verdict.of(outcomes), None)
    return manager.get("reward", "length")(judged)


@pytest.mark.parametrize(
    ("characters", "expected"),
    [(1, 0.0), (15, 0.0), (18, -0.05 * 0.2), (30, -0.05), (300, -0.05)],
)
def test_the_excess_is_what_costs(characters, expected):
    (term,) = value("x" * characters)
    assert term.value == pytest.approx(expected)
    assert term.start is None


def test_layout_costs_nothing():
    (term,) = value("def f( x ):\n\n\n        return x\n")
    assert term.value == 0


def test_many_tests_leave_less_to_say():
    (term,) = value("x" * 30, *["passed"] * 26)
    assert term.value == pytest.approx(-0.2 * 1.3 / 26)


def test_a_program_that_does_not_pass_is_not_told_to_be_short():
    assert value("x" * 30, "passed", "wrong_answer") == ()


def test_without_references_or_verdict_nothing_is_known():
    assert value("x", solutions=()) is None
    assert value("x", "unscored") is None


def test_a_cap_above_the_tests_is_refused():
    with pytest.raises(PluginError, match="'cap' of reward 'length'"):
        manager.get("reward", "length", cap=1)
