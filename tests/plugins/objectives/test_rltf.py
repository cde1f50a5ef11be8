"""Eq. 6 to 10 on a sample of five tokens, worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from rltf import Judged, Problem, RewardTerm, Sample, ScoredSample, Verdict, manager
from rltf.trainer.objective import Group, Objective, OwnTokens, TokenBatch

TABLE = [b"", b"a = 1\n", b"b", b" = ", b"c\n"]
PROGRAM = "a = 1\nb = c\n"
IDS = (1, 2, 3, 4, 0)


@pytest.fixture(scope="module")
def objective() -> Objective:
    made: Objective = manager.get("objective", "rltf")
    return made


def scored(terms: dict[str, tuple[RewardTerm, ...] | None]) -> ScoredSample:
    sample = Sample("t", PROGRAM, token_ids=IDS)
    return ScoredSample(Judged(Problem("t", "p"), sample, Verdict("wrong_answer"), None), terms)


def advantages(
    objective: Objective,
    sample: ScoredSample,
    greedy: ScoredSample | None,
    weights: dict[str, float] | None = None,
) -> list[float] | None:
    baselines = None if greedy is None else greedy.baselines
    (row,) = objective.advantages(Group([sample], baselines, TABLE, weights or {}))
    return None if row is None else [round(value, 5) for value in row.tolist()]


def ran(coarse: float, adaptive: float | None) -> ScoredSample:
    return scored(
        {
            "coarse": (RewardTerm(coarse, baseline=True),),
            "adaptive": None if adaptive is None else (RewardTerm(adaptive, baseline=True),),
        }
    )


def test_coarse_and_adaptive_are_relative_to_the_greedy_program(objective: Objective) -> None:
    half_right, quarter_right, right = ran(-0.3, 0.35), ran(-0.3, 0.025), ran(1.0, 1.0)
    assert advantages(objective, half_right, half_right) == [0.0] * 5
    assert advantages(objective, half_right, quarter_right) == [0.325] * 5
    assert advantages(objective, half_right, right) == [-1.95] * 5


def test_adaptive_compares_only_programs_that_ran(objective: Objective) -> None:
    half_right, broken = ran(-0.3, 0.35), ran(-0.6, None)
    assert advantages(objective, half_right, broken) == [0.3] * 5
    assert advantages(objective, broken, half_right) == [-0.3] * 5


def test_fine_weighs_a_line_as_much_as_the_program_and_has_no_baseline(
    objective: Objective,
) -> None:
    line = (RewardTerm(-0.3, start=6, end=11),)
    # The line is 3 of 5 tokens: alpha = 5 / 3.
    expected = [0.0, -0.5, -0.5, -0.5, 0.0]
    for greedy in (line, (), None):
        assert advantages(objective, scored({"fine": line}), scored({"fine": greedy})) == expected


def test_rewards_add_up_each_with_its_weight(objective: Objective) -> None:
    sample = scored(
        {
            "coarse": (RewardTerm(-0.6, baseline=True),),
            "fine": (RewardTerm(-0.3, start=0, end=5),),
        }
    )
    greedy = scored({"coarse": (RewardTerm(1.0, baseline=True),), "fine": ()})
    weights = {"coarse": 0.5, "fine": 2.0}
    assert advantages(objective, sample, greedy, weights) == [-0.8 - 3.0] + [-0.8] * 4


def test_with_the_mean_as_baseline_the_tokens_of_a_problem_add_up_to_nothing() -> None:
    centred: Objective = manager.get("objective", "rltf", baseline="mean")
    line = (RewardTerm(-0.3, start=6, end=11),)
    samples = [scored({"fine": line}), scored({"fine": ()}), scored({"fine": None})]
    rows = centred.advantages(Group(samples, {"fine": 0.0}, TABLE, {}))
    assert rows[2] is None
    first, second = (row.tolist() for row in rows[:2] if row is not None)
    assert sum(first + second) == pytest.approx(0, abs=1e-6)
    assert first[0] == second[0] == second[-1] > 0 > first[2]


def test_samples_that_nothing_is_known_of_are_left_out(objective: Objective) -> None:
    known, unknown = ran(-0.3, 0.35), scored({"coarse": None, "adaptive": None})
    assert advantages(objective, unknown, known) is None
    assert advantages(objective, known, None) is None


LOG_PROBS = torch.tensor([[math.log(0.5), math.log(0.25)], [math.log(0.125), 0.0]])
PRESENT = torch.tensor([[True, True], [True, False]])
ADVANTAGES = torch.tensor([[2.0, -1.0], [0.5, 0.0]])


def test_the_supervised_loss_is_the_mean_over_the_steps_tokens(objective: Objective) -> None:
    batch = TokenBatch(LOG_PROBS, PRESENT, tokens_in_step=3)
    # (1 + 2 + 3) ln 2 over three tokens.
    assert objective.supervised_loss(batch).item() == pytest.approx(2 * math.log(2))


def test_the_policy_loss_weighs_fresh_tokens_by_their_advantages(objective: Objective) -> None:
    batch = OwnTokens(LOG_PROBS, PRESENT, 3, ADVANTAGES, written_log_probs=LOG_PROBS)
    # -(2 * -1 + -1 * -2 + 0.5 * -3) ln 2 over three tokens.
    assert objective.policy_loss(batch).item() == pytest.approx(0.5 * math.log(2))


def test_older_tokens_weigh_as_much_as_they_are_still_written(objective: Objective) -> None:
    then = torch.tensor([[math.log(0.75), math.log(0.125)], [math.log(0.5), 0.0]])
    batch = OwnTokens(LOG_PROBS, PRESENT, 3, ADVANTAGES, written_log_probs=then)
    # rho: 2/3, 1 (not 2), 1/4: -(2/3 * 2 * -1 + -1 * -2 + 1/4 * 0.5 * -3) ln 2 over three tokens.
    expected = (4 / 3 - 2 + 3 / 8) / 3 * math.log(2)
    assert objective.policy_loss(batch).item() == pytest.approx(expected)
