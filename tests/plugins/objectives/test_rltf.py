"""Eq. 6 to 10 on a sample of five tokens, worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from rltf import Judged, Problem, RewardTerm, Sample, ScoredSample, Verdict, manager
from rltf.trainer.objective import Group, Objective, TokenBatch

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
    greedy: ScoredSample | None = None,
    weights: dict[str, float] | None = None,
) -> list[float] | None:
    (row,) = objective.advantages(Group([sample], greedy, TABLE, weights or {}))
    return None if row is None else [round(value, 5) for value in row.tolist()]


def test_coarse_and_adaptive_are_relative_to_the_greedy_program(objective: Objective) -> None:
    sample = scored(
        {
            "coarse": (RewardTerm(-0.3, baseline=True),),
            "adaptive": (RewardTerm(0.35, baseline=True),),
        }
    )
    greedy = scored(
        {
            "coarse": (RewardTerm(-0.6, baseline=True),),
            "adaptive": None,
        }
    )
    assert advantages(objective, sample) == [0.05] * 5
    assert advantages(objective, sample, greedy) == [0.65] * 5


def test_fine_weighs_a_line_as_much_as_the_program_and_has_no_baseline(
    objective: Objective,
) -> None:
    line = (RewardTerm(-0.3, start=6, end=11),)
    # The line is 3 of 5 tokens: alpha = 5 / 3.
    expected = [0.0, -0.5, -0.5, -0.5, 0.0]
    assert advantages(objective, scored({"fine": line})) == expected
    assert advantages(objective, scored({"fine": line}), scored({"fine": line})) == expected


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


def test_a_sample_that_no_reward_could_score_is_left_out(objective: Objective) -> None:
    assert advantages(objective, scored({"coarse": None, "fine": None})) is None
    assert advantages(objective, scored({"coarse": None, "fine": ()})) == [0.0] * 5


def test_losses_are_the_papers_sums_a_program(objective: Objective) -> None:
    log_probs = torch.tensor([[math.log(0.5), math.log(0.25)], [math.log(0.125), 0.0]])
    present = torch.tensor([[True, True], [True, False]])
    batch = TokenBatch(log_probs, present, rows_in_step=2, tokens_in_step=3)
    # L_sl: (1 + 2 + 3) ln 2 over two programs.
    assert objective.supervised_loss(batch).item() == pytest.approx(3 * math.log(2))
    # L_rl: -(2 * -1 + -1 * -2 + 0.5 * -3) ln 2 over two programs.
    weights = torch.tensor([[2.0, -1.0], [0.5, 0.0]])
    assert objective.policy_loss(batch, weights).item() == pytest.approx(0.75 * math.log(2))
