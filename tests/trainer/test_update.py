from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import manager
from rltf.errors import ConfigError, RunError
from rltf.models.loading import checkpoint_activations
from rltf.models.policy import Policy
from rltf.trainer.actor import Actor, Row, TrainedWeights
from rltf.trainer.buffer import Experience
from rltf.trainer.optimizer import OptimizerName, check_optimizer, training_scale, warmup_scale
from rltf.trainer.update import Updater


def written(
    prompt: tuple[int, ...], ids: tuple[int, ...], advantages: list[float], log_prob: float = -1e9
) -> Experience:
    """An experience; with its log-probability that low then, rho is 1 now."""
    then = torch.full((len(ids),), log_prob)
    return Experience(prompt, ids, torch.tensor(advantages), then, 0)


OWN = [
    written((5, 6), (7, 8, 9), [1.0, -0.5, 2.0]),
    written((5,), (10, 0), [-1.0, -1.0]),
    written((5, 6, 7, 8), (11, 12, 13, 0), [0.3] * 4),
]
ROWS: list[Row] = [((1, 2, 3), (4, 5, 0)), ((2,), (9, 0))]


@functools.cache
def untrained() -> Policy:
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny")
    return policy.load()


def fresh(
    micro_batch_size: int, optimizer: OptimizerName = "adamw", *, checkpointing: bool = False
) -> tuple[Policy, Updater]:
    policy = copy.copy(untrained())
    policy.model = copy.deepcopy(policy.model)
    if checkpointing:
        checkpoint_activations(policy.name, policy.model)
    updater = Updater(
        TrainedWeights(Actor(policy)),
        manager.get("objective", "rltf"),
        learning_rate=1e-3,
        weight_decay=0.0,
        clip_norm=1e9,
        micro_batch_size=micro_batch_size,
        optimizer=optimizer,
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
        log_probs, _ = policy.log_probs([e.prompt_ids for e in OWN], [e.token_ids for e in OWN])
        reference, _ = policy.log_probs([p for p, _ in ROWS], [t for _, t in ROWS])
    losses = updater.step(OWN, ROWS, 1.0, seed=0)
    by_hand = -sum(
        float((e.advantages * log_probs[i, : len(e.token_ids)]).sum()) for i, e in enumerate(OWN)
    )
    assert losses["policy_loss"] == pytest.approx(by_hand / 9, rel=1e-4)
    assert losses["supervised_loss"] == pytest.approx(-float(reference.sum()) / 5, rel=1e-4)


def test_tokens_that_the_policy_would_hardly_write_now_hardly_count() -> None:
    losses = []
    for log_prob in (-1e9, 0.0):
        _, updater = fresh(8)
        experiences = [written((5, 6), (7, 8, 0), [-1.0] * 3, log_prob)]
        losses.append(updater.step(experiences, [], 1.0, seed=0)["policy_loss"])
    # Log-probabilities of 0 then: certain; at about 1/768 a token now, each weighs 1/768.
    assert losses[1] / losses[0] == pytest.approx(1 / 768, rel=2.0)


def test_a_step_makes_rewarded_samples_likelier_and_punished_ones_less_likely() -> None:
    policy, updater = fresh(8)
    good = written((5, 6), (7, 8, 0), [1.0] * 3)
    bad = written((9, 6), (17, 18, 0), [-1.0] * 3)

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


def test_training_ramps_up_and_comes_down_in_a_straight_line() -> None:
    scales = [training_scale(step, 100, 0.1) for step in (0, 10, 50)]
    assert scales == pytest.approx([0.1, 0.91, 0.55])
    assert training_scale(100, 100, 0.1) == pytest.approx(0.1)
    assert [training_scale(step, 100, 1.0) for step in (0, 4, 9, 99)] == [0.1, 0.5, 1.0, 1.0]


def test_a_step_that_would_spoil_the_weights_is_not_taken() -> None:
    policy, updater = fresh(2)
    before = weights(policy)
    with pytest.raises(RunError, match="the policy stays as it was"):
        updater.step([written((5, 6), (7, 8), [float("inf"), 1.0])], ROWS, 1.0, seed=0)
    assert all(torch.equal(before[name], value) for name, value in weights(policy).items())


def test_gradient_checkpointing_changes_nothing_but_memory() -> None:
    results = []
    for checkpointing in (False, True):
        policy, updater = fresh(8, checkpointing=checkpointing)
        kept: list[Any] = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda each, kept=kept: kept.append(each) or each, lambda each: each
        ):
            updater.step(OWN, ROWS, 1.0, 0)
        results.append((weights(policy), len(kept)))
    (without, all_kept), (with_it, few_kept) = results
    assert few_kept < all_kept / 2
    for name, value in without.items():
        torch.testing.assert_close(with_it[name], value, atol=1e-6, rtol=1e-5)


def test_8_bit_adamw_has_8_bit_state() -> None:
    policy, updater = fresh(8, "adamw8bit")
    updater.step([], ROWS, 1.0, 0)
    state = updater.optimizer.state[policy.model.lm_head.weight]
    assert state["state1"].dtype == torch.uint8


def test_adafactor_changes_large_weights_more_than_small_ones() -> None:
    policy, updater = fresh(8, "adafactor")
    small, large = policy.model.transformer.h[0].mlp.fc_in, policy.model.transformer.h[0].mlp.fc_out
    with torch.no_grad():
        large.weight.mul_(100)
    before = weights(policy)
    updater.step([], ROWS, 1.0, 0)
    change = {
        layer: (layer.weight - before[name]).abs().mean().item()
        for layer, name in (
            (small, "transformer.h.0.mlp.fc_in.weight"),
            (large, "transformer.h.0.mlp.fc_out.weight"),
        )
    }
    assert change[large] > 10 * change[small] > 0


@pytest.mark.parametrize("name", ["adamw8bit", "adafactor"])
def test_an_optimizer_learns_and_goes_on_from_its_saved_state(
    tmp_path: Path, name: OptimizerName
) -> None:
    policy, updater = fresh(8, name)
    losses = [updater.step([], ROWS, 1.0, 0)["supervised_loss"] for _ in range(3)]
    assert losses == sorted(losses, reverse=True)
    torch.save(updater.optimizer.state_dict(), tmp_path / "state")
    before = weights(policy)
    expected = updater.step(OWN, ROWS, 1.0, 0), weights(policy)

    policy, updater = fresh(8, name)
    policy.model.load_state_dict(before)
    updater.optimizer.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    got = updater.step(OWN, ROWS, 1.0, 0), weights(policy)
    assert got[0] == expected[0]
    assert all(torch.equal(got[1][name], value) for name, value in expected[1].items())


def test_a_missing_or_useless_8_bit_optimizer_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("no kernel\nfor this device")

    monkeypatch.setattr("bitsandbytes.optim.AdamW8bit", Broken)
    with pytest.raises(ConfigError, match=r"does not work on this cpu .*\(no kernel\); --set"):
        fresh(8, "adamw8bit")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'rltf\[adamw8bit\]'"):
        check_optimizer("adamw8bit")
