"""coarse, fine and adaptive: Eq. 3 to 5 of the RLTF paper, by hand."""

import pytest

from rltf import Diagnosis, Judged, Problem, RewardTerm, Sample, TestOutcome, Verdict, manager

PROGRAM = "a = 1\n  b = 2 \nc = 3"


def judged(diagnosis, *statuses):
    verdict = Verdict.of([TestOutcome(status) for status in statuses])
    return Judged(Problem("t", "…"), Sample("t", PROGRAM), verdict, diagnosis)


def terms(name, diagnosis, *statuses):
    return manager.get("reward", name)(judged(diagnosis, *statuses))


@pytest.mark.parametrize(
    ("category", "value"),
    [("pass", 1.0), ("failure", -0.3), ("error", -0.6), ("syntax_error", -1.0)],
)
def test_coarse_is_a_number_an_outcome(category, value):
    assert terms("coarse", Diagnosis(category), "passed") == (RewardTerm(value, baseline=True),)


@pytest.mark.parametrize(
    ("diagnosis", "term"),
    [
        (Diagnosis("error", "KeyError", "line", (2, 2)), RewardTerm(-0.3, 8, 13)),
        (Diagnosis("error", "KeyError", "line", (2, 3)), RewardTerm(-0.3, 8, 20)),
        (Diagnosis("error", "timeout", "global"), RewardTerm(-0.3)),
        (Diagnosis("syntax_error", "IndentationError"), RewardTerm(0.0)),
        (Diagnosis("failure"), RewardTerm(0.0)),
        (Diagnosis("pass"), RewardTerm(0.0)),
    ],
)
def test_fine_is_a_penalty_on_the_place(diagnosis, term):
    assert terms("fine", diagnosis, "runtime_error") == (term,)


@pytest.mark.parametrize(
    ("statuses", "value"),
    [
        (["passed", "passed"], 1.0),
        (["wrong_answer", "wrong_answer"], -0.3),
        (["passed", "passed", "passed", "wrong_answer"], -0.3 + 1.3 * 0.75),
    ],
)
def test_adaptive_is_the_share_of_passed_tests(statuses, value):
    (term,) = terms("adaptive", Diagnosis("failure"), *statuses)
    assert term.value == pytest.approx(value)
    assert term.baseline
    assert term.start is None


@pytest.mark.parametrize("status", ["runtime_error", "timeout", "syntax_error", "crashed"])
def test_adaptive_says_nothing_of_a_program_that_broke(status):
    assert terms("adaptive", Diagnosis("error"), "passed", status) is None


@pytest.mark.parametrize("name", ["coarse", "fine", "adaptive"])
def test_what_is_not_scored_has_no_reward(name):
    assert terms(name, None, "unscored") is None
