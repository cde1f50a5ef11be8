"""The check of objectives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rltf.reward import ScoredSample
from rltf.testing.objective_extras import written_batch
from rltf.testing.plugin_under_test import PluginUnderTest
from rltf.testing.sample_corpus import CALLED, TOKEN_TABLE, judged_samples

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, Objective, TokenBatch

REWARDS = ("coarse", "fine", "adaptive")
_TOLERANCE = 1e-4


def check_objective(objective: str | Objective, **options: Any) -> None:
    """Raise ``AssertionError`` if an objective breaks the contract of ``Objective``.

    Args:
        objective: Its registered name, or the objective.
        options: Options for the factory of a registered one.
    """
    plugin = PluginUnderTest("objective", objective, options)
    made: Objective = plugin.make()
    for name in ("advantages", "policy_loss", "supervised_loss"):
        plugin.require(callable(getattr(made, name, None)), f"it has no method {name}()")
    samples = _scored()
    advantages = [
        row
        for baselines in (samples[0].baselines, samples[-1].baselines, None)
        for row in _advantages(plugin, made, samples, baselines)
    ]
    rows = [row for row in advantages if row is not None]
    plugin.require(rows, "advantages() leaves out every sample, scored though they are")
    _check_size(plugin, made)
    written, reference = written_batch(plugin, made, rows)
    _check_loss(plugin, "policy_loss", made.policy_loss, written)
    _check_loss(plugin, "supervised_loss", made.supervised_loss, reference)


def _check_size(plugin: PluginUnderTest, objective: Objective) -> None:
    fewest = getattr(objective, "fewest_samples", 1)
    plugin.require(
        isinstance(fewest, int) and fewest >= 1,
        f"fewest_samples must be a number of samples, at least 1, not {fewest!r:.60}",
    )


def _scored() -> list[ScoredSample]:
    """Return scored samples of one problem; the first one passed."""
    from rltf.scoring.scorer import Scorer

    scorer = Scorer(REWARDS)
    return [
        scorer(judged.problem, judged.sample, judged.verdict)
        for judged in judged_samples()
        if judged.problem == CALLED and judged.sample.token_ids
    ]


def _advantages(
    plugin: PluginUnderTest,
    objective: Objective,
    samples: list[ScoredSample],
    baselines: Mapping[str, float | None] | None,
) -> list[Tensor | None]:
    import torch

    from rltf.trainer.objective import Group

    def group() -> Group:
        weights = dict.fromkeys(REWARDS, 1.0)
        return Group(
            samples=samples,
            baselines=baselines,
            token_table=TOKEN_TABLE,
            reward_weights=weights,
            greedy=samples[0] if baselines else None,
        )

    subject = "advantages() of a group" + ("" if baselines else " without a baseline program")
    before = copy.deepcopy(samples)
    rows = plugin.call(subject, objective.advantages, group())
    plugin.require(samples == before, f"{subject} changes the samples")
    plugin.require(
        len(rows) == len(samples), f"{subject} gives {len(rows)} rows for {len(samples)} samples"
    )
    again = objective.advantages(group())
    for scored, row, other in zip(samples, rows, again, strict=True):
        if row is None:
            plugin.require(other is None, f"{subject} gives other rows the second time")
            continue
        tokens = len(scored.sample.token_ids)
        plugin.require(
            isinstance(row, torch.Tensor)
            and row.dtype == torch.float32
            and tuple(row.shape) == (tokens,),
            f"{subject} must give float32 tensors with a number a token ({tokens},), not {row!r:.80}",
        )
        plugin.require(
            bool(torch.isfinite(row).all()), f"{subject} gives numbers that are not finite"
        )
        plugin.require(
            other is not None and torch.equal(row, other),
            f"{subject} gives other rows the second time",
        )
    return rows


def _check_loss(
    plugin: PluginUnderTest, name: str, loss_of: Callable[[Any], Tensor], batch: TokenBatch
) -> None:
    import torch

    def loss_and_gradient(batch: TokenBatch) -> tuple[float, Tensor]:
        log_probs = batch.log_probs.clone().requires_grad_()
        arguments = {**vars(batch), "log_probs": log_probs}
        copies = {key: copy.deepcopy(value) for key, value in vars(batch).items()}
        loss = plugin.call(f"{name}()", loss_of, type(batch)(**arguments))
        plugin.require(
            isinstance(loss, torch.Tensor) and loss.ndim == 0,
            f"{name}() must give one number, a tensor of shape (), not {loss!r:.60}",
        )
        plugin.require(bool(torch.isfinite(loss)), f"{name}() is {loss.item()}")
        plugin.require(
            loss.requires_grad, f"{name}() does not depend on log_probs: nothing can be learned"
        )
        torch.autograd.backward(loss)
        plugin.require(
            all(
                torch.equal(arguments[key], value)
                for key, value in copies.items()
                if isinstance(value, torch.Tensor)
            ),
            f"{name}() changes the tensors that it is given",
        )
        gradient = log_probs.grad
        if gradient is None or not bool(torch.isfinite(gradient).all()):
            plugin.fail(f"{name}() has no finite gradient")
        return loss.item(), gradient

    whole, gradient = loss_and_gradient(batch)
    plugin.require(bool(gradient.any()), f"{name}() has no gradient but 0: nothing can be learned")
    rows: list[dict[str, Any]] = [
        {
            key: value[row : row + 1] if isinstance(value, torch.Tensor) else value
            for key, value in vars(batch).items()
        }
        for row in range(len(batch.present))
    ]
    parts = sum(loss_and_gradient(type(batch)(**row))[0] for row in rows)
    plugin.require(
        abs(whole - parts) <= _TOLERANCE * max(1.0, abs(whole)),
        f"{name}() of a batch is {whole:.6g}, of its rows {parts:.6g} together: the losses of "
        "micro-batches must add up, so divide by tokens_in_step or samples_in_step, and by nothing "
        "that depends on the micro-batch",
    )
