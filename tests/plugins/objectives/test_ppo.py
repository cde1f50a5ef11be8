"""ppo against its formulas, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from rltf import Judged, Problem, RewardTerm, Sample, ScoredSample, Verdict
from rltf.plugins.objectives.ppo import PPO
from rltf.trainer.objective import Group, OwnTokens, WrittenTokens

TABLE = [b"", b"a = 1\n", b"b = c\n"]


def test_terms_are_paid_where_they_end() -> None:
    terms: dict[str, tuple[RewardTerm, ...] | None] = {
        "coarse": (RewardTerm(-0.6, baseline=True),),
        "fine": (RewardTerm(-0.3, start=0, end=5),),
        "adaptive": None,
    }
    sample = Sample("t", "a = 1\nb = c\n", token_ids=(1, 2, 0))
    judged = Judged(Problem("t", "p"), sample, Verdict("runtime_error"), None)
    unscored = ScoredSample(judged, dict.fromkeys(terms))
    group = Group([ScoredSample(judged, terms), unscored], None, TABLE, {"fine": 2.0})
    rewards, nothing = PPO().advantages(group)
    assert rewards is not None
    assert rewards.tolist() == pytest.approx([-0.6, 0.0, -0.6])
    assert nothing is None


def written(rewards: list[float], values: list[float], distances: list[float]) -> WrittenTokens:
    log_probs = torch.full((len(rewards),), -1.0)
    return WrittenTokens(
        torch.tensor(rewards), log_probs, log_probs - torch.tensor(distances), torch.tensor(values)
    )


def test_advantages_are_estimated_from_values_and_the_distance_to_the_reference() -> None:
    sample = written([0.0, 0.0, 1.0], [0.5, 0.25, 0.75], [0.1, -0.2, 0.3])
    ppo = PPO(kl=0.5, discount=0.9, trace=0.8, whiten="none")
    (estimate,) = ppo.estimate([sample])
    rewards = [-0.05, 0.1, 1.0 - 0.15]
    deltas = [
        rewards[0] + 0.9 * 0.25 - 0.5,
        rewards[1] + 0.9 * 0.75 - 0.25,
        rewards[2] - 0.75,
    ]
    last = deltas[2]
    middle = deltas[1] + 0.72 * last
    first = deltas[0] + 0.72 * middle
    assert estimate.advantages.tolist() == pytest.approx([first, middle, last])
    assert estimate.returns is not None
    assert estimate.returns.tolist() == pytest.approx([first + 0.5, middle + 0.25, last + 0.75])


def test_whitening_keeps_the_difference_between_samples_unless_each_is_whitened() -> None:
    good, bad = written([2.0], [0.0], [0.0]), written([-2.0], [0.0], [0.0])
    together = PPO(whiten="round").estimate([good, bad])
    assert [float(each.advantages) for each in together] == pytest.approx([1.0, -1.0])
    apart = PPO(whiten="sample").estimate([good, bad])
    assert [float(each.advantages) for each in apart] == pytest.approx([0.0, 0.0])
    assert [float(each.returns) for each in apart if each.returns is not None] == [2.0, -2.0]


@pytest.mark.parametrize(
    ("distance", "change"), [(5.0, 0.2), (1.1, 0.1), (0.0, -0.2), (-5.0, -0.2)]
)
def test_beta_follows_the_distance_and_is_kept_in_checkpoints(
    distance: float, change: float
) -> None:
    ppo = PPO(kl=0.1, kl_target=1.0)
    ppo.estimate([written([0.0, 0.0], [0.0, 0.0], [distance, 0.0])] * 100)
    assert ppo.kl == pytest.approx(0.1 * (1 + change * 100 / 10_000))
    other = PPO()
    other.load_state_dict(ppo.state_dict())
    assert other.kl == ppo.kl


def test_the_loss_clips_ratio_and_value() -> None:
    then = torch.tensor([[-1.0, -2.0], [-1.0, 0.0]])
    now = then + torch.log(torch.tensor([[1.5, 0.5], [1.0, 1.0]]))
    present = torch.tensor([[True, True], [True, False]])
    columns: dict[str, Any] = {
        "advantages": torch.tensor([[2.0, -1.0], [1.0, 0.0]]),
        "written_log_probs": then,
        "values": torch.tensor([[1.0, 0.1], [0.5, 9.0]]),
        "written_values": torch.tensor([[0.0, 0.0], [0.5, 0.0]]),
        "returns": torch.tensor([[1.0, 1.0], [2.0, 0.0]]),
    }
    loss = PPO(value_weight=0.1).policy_loss(OwnTokens(now, present, 3, **columns))
    clipped = -2.4 + 0.8 - 1.0
    values = 0.5 * (max(0.0, 0.8**2) + max(0.9**2, 0.9**2) + 1.5**2)
    assert loss.item() == pytest.approx((clipped + 0.1 * values) / 3)
