from __future__ import annotations

from typing import Any

import pytest
import torch

from rltf import manager
from rltf.trainer.buffer import Experience
from rltf.trainer.policy import Policy
from rltf.trainer.supervision import Row
from rltf.trainer.update import Updater, warmup_scale

OWN = [
    Experience((5, 6), (7, 8, 9), torch.tensor([1.0, -0.5, 2.0]), 0),
    Experience((5,), (10, 0), torch.tensor([-1.0, -1.0]), 0),
    Experience((5, 6, 7, 8), (11, 12, 13, 0), torch.tensor([0.3] * 4), 0),
]
ROWS: list[Row] = [((1, 2, 3), (4, 5, 0)), ((2,), (9, 0))]


def fresh(micro_batch_size: int) -> tuple[Policy, Updater]:
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny").load()
    updater = Updater(
        policy,
        manager.get("objective", "rltf"),
        learning_rate=1e-3,
        weight_decay=0.0,
        clip_norm=1e9,
        micro_batch_size=micro_batch_size,
    )
    return policy, updater


def weights(policy: Policy) -> dict[str, Any]:
    return {name: value.clone() for name, value in policy.model.state_dict().items()}


def test_the_size_of_micro_batches_changes_nothing() -> None:
    results = []
    for size in (1, 2, 8):
        _, updater = fresh(size)
        losses = updater.step(OWN, ROWS, 1.0, seed=0)
        results.append(losses)
        assert losses == pytest.approx(results[0], rel=1e-4)


def test_the_loss_is_supervised_plus_policy_as_the_paper_adds_them() -> None:
    policy, updater = fresh(8)
    with torch.no_grad():
        own, _ = policy.log_probs([e.prompt_ids for e in OWN], [e.token_ids for e in OWN])
        reference, _ = policy.log_probs([p for p, _ in ROWS], [t for _, t in ROWS])
    losses = updater.step(OWN, ROWS, 1.0, seed=0)
    by_hand = -sum(
        float((e.advantages * own[i, : len(e.token_ids)]).sum()) for i, e in enumerate(OWN)
    )
    assert losses["policy_loss"] == pytest.approx(by_hand / 3, rel=1e-4)
    assert losses["supervised_loss"] == pytest.approx(-float(reference.sum()) / 2, rel=1e-4)


def test_a_step_makes_rewarded_samples_likelier_and_punished_ones_less_likely() -> None:
    policy, updater = fresh(8)
    good = Experience((5, 6), (7, 8, 0), torch.ones(3), 0)
    bad = Experience((9, 6), (17, 18, 0), -torch.ones(3), 0)

    def likelihoods() -> list[float]:
        with torch.no_grad():
            rows = policy.log_probs([(5, 6), (9, 6)], [(7, 8, 0), (17, 18, 0)])[0].sum(1)
        return [float(row) for row in rows]

    before = likelihoods()
    for step in range(3):
        updater.step([good, bad], [], 1.0, seed=step)
    after = likelihoods()
    assert after[0] > before[0]
    assert after[1] < before[1]


def test_a_step_with_nothing_to_learn_changes_no_weight() -> None:
    policy, updater = fresh(8)
    before = weights(policy)
    losses = updater.step([], [], 1.0, seed=0)
    assert losses == {"policy_loss": 0.0, "supervised_loss": 0.0, "gradient_norm": 0.0}
    after = weights(policy)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_warm_up_ramps_up_and_comes_down_to_a_tenth() -> None:
    scales = [warmup_scale(step, 400) for step in range(400)]
    assert scales[0] == pytest.approx(1 / 20)
    assert max(scales) == pytest.approx(1.0, abs=0.02)
    assert scales[-1] == pytest.approx(0.1, abs=0.001)
    top = scales.index(max(scales))
    assert scales[:top] == sorted(scales[:top])
    assert scales[top:] == sorted(scales[top:], reverse=True)
