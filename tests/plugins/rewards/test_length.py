"""Characters beyond the longest reference, counted by hand."""

import pytest

from rltf import Judged, Problem, RewardTerm, Sample, TestOutcome, Verdict, manager

REFERENCES = ("a = 1\n", "bb = 22222\n")
"""Of 5 and of 10 characters."""


def judged(program, status="passed", solutions=REFERENCES):
    verdict = Verdict.of([TestOutcome(status)])
    return Judged(Problem("t", "…", solutions=solutions), Sample("t", program), verdict, None)


@pytest.mark.parametrize(
    ("program", "value"),
    [("\n\n" + "x" * 12 + "\n", -0.02), ("x" * 15, -0.05), ("x" * 20, -0.1), ("x" * 500, -0.1)],
)
def test_what_is_longer_than_the_longest_reference_costs(program, value):
    assert manager.get("reward", "length")(judged(program)) == (RewardTerm(pytest.approx(value)),)


@pytest.mark.parametrize("program", ["", "x" * 10, "\n" * 50 + "x" * 10])
def test_up_to_that_length_is_free(program):
    assert manager.get("reward", "length")(judged(program)) == ()


@pytest.mark.parametrize("status", ["wrong_answer", "runtime_error", "syntax_error"])
def test_nothing_is_said_of_programs_that_fail(status):
    assert manager.get("reward", "length")(judged("x" * 500, status)) == ()


@pytest.mark.parametrize("solutions", [(), (" \n",)])
def test_without_a_reference_it_does_not_apply(solutions):
    assert manager.get("reward", "length")(judged("x", solutions=solutions)) is None


def test_an_unscored_program_is_not_scored():
    assert manager.get("reward", "length")(judged("x" * 500, "unscored")) is None
