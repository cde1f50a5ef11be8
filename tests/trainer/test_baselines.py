"""The baseline program of each problem."""

from dataclasses import replace

import pytest

from rltf import Judged, Problem, RewardTerm, Sample, ScoredSample, TestOutcome, Verdict
from rltf.trainer.baselines import Baselines

PROBLEM = Problem("t", "…")


def scored(value, *statuses, task_id="t"):
    verdict = Verdict.of([TestOutcome(status) for status in statuses])
    judged = Judged(PROBLEM, Sample(task_id, "x"), verdict, None)
    return ScoredSample(
        judged,
        {"coarse": (RewardTerm(value, baseline=True),), "fine": (RewardTerm(9.0),), "other": None},
    )


def values(coarse):
    return {"coarse": coarse, "fine": 0, "other": None}


BROKEN = scored(-1.0, "syntax_error", "syntax_error")
RAISED = scored(-0.6, "passed", "runtime_error")
WRONG = scored(-0.3, "wrong_answer", "wrong_answer")
HALF = scored(-0.2, "passed", "wrong_answer")
RIGHT = scored(1.0, "passed", "passed")
UNSCORED = scored(5.0, "unscored")


def test_greedy_is_that_of_the_round():
    baselines = Baselines("greedy")
    assert baselines.compare(RIGHT, [WRONG]) == values(1.0)
    assert baselines.compare(BROKEN, [RIGHT]) == values(-1.0)
    assert baselines.compare(UNSCORED, [RIGHT]) is None


def test_best_is_the_best_program_of_all_rounds_before():
    baselines = Baselines("best")
    assert baselines.compare(BROKEN, [RAISED, HALF, WRONG]) == values(-1.0)
    assert baselines.compare(WRONG, [BROKEN]) == values(-0.2)
    assert baselines.compare(RIGHT, []) == values(1.0)
    assert baselines.compare(HALF, [RAISED]) == values(1.0)


def test_mean_is_that_of_the_samples_that_count():
    baselines = Baselines("mean")
    found = baselines.compare(RIGHT, [WRONG, BROKEN, UNSCORED])
    assert found == {"coarse": pytest.approx(-0.65), "fine": 0, "other": None}
    assert baselines.compare(RIGHT, [UNSCORED]) is None


@pytest.mark.parametrize(
    ("worse", "better"),
    [(BROKEN, RAISED), (RAISED, WRONG), (WRONG, HALF), (HALF, RIGHT), (UNSCORED, BROKEN)],
)
def test_what_comes_further_is_better(worse, better):
    baselines = Baselines("best")
    baselines.compare(worse, [better, worse])
    assert baselines.compare(UNSCORED, []) == better.baselines


def test_problems_are_apart():
    baselines = Baselines("best")
    baselines.compare(RIGHT, [])
    assert baselines.compare(scored(-0.3, "wrong_answer", task_id="u"), []) == values(-0.3)


def test_what_was_never_judged_is_no_baseline():
    assert Baselines("best").compare(UNSCORED, [UNSCORED]) is None


def test_a_checkpoint_brings_the_best_back():
    baselines, copy = Baselines("best"), Baselines("best")
    baselines.compare(HALF, [])
    copy.load_state_dict(baselines.state_dict())
    assert copy.compare(WRONG, []) == values(-0.2)
    assert copy.compare(RIGHT, []) == values(1.0)


def test_a_program_without_rewards_is_no_baseline():
    left_out = replace(RIGHT, terms=dict.fromkeys(RIGHT.terms))
    assert Baselines("greedy").compare(left_out, [WRONG]) is None
    baselines = Baselines("best")
    assert baselines.compare(WRONG, [left_out]) == values(-0.3)
    assert baselines.compare(left_out, [WRONG]) == values(-0.3)
