"""The check of what an objective may have: a value head, an estimate, a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rltf.testing.plugin_under_test import PluginUnderTest

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import (
        Estimate,
        Extras,
        Objective,
        OwnTokens,
        TokenBatch,
        WrittenTokens,
    )

_HIDDEN = 8


def written_batch(
    plugin: PluginUnderTest, objective: Objective, rows: list[Tensor]
) -> tuple[OwnTokens, TokenBatch]:
    """Return tokens of samples with these advantages, and the same as reference programs.

    Whatever the objective asks for is there: values of its head, a reference policy, its estimate.
    """
    import torch
    from torch.nn.utils.rnn import pad_sequence

    from rltf.trainer.objective import Extras, OwnTokens, TokenBatch

    extras = Extras(objective)
    generator = torch.Generator().manual_seed(0)
    shape = pad_sequence(rows, batch_first=True).shape  # (B, T)
    lengths = [len(row) for row in rows]
    present = torch.arange(shape[1]) < torch.tensor(lengths)[:, None]
    now, then, reference = (-3 * torch.rand(shape, generator=generator) * present for _ in range(3))
    has_values = _has_values(plugin, extras)
    values, written_values = (
        torch.rand(shape, generator=generator) * present if has_values else None for _ in range(2)
    )
    samples = [
        _written(row, then[i], reference[i], None if values is None else values[i])
        for i, row in enumerate(rows)
    ]
    estimates = _estimates(plugin, extras, samples) if extras.estimates else []
    returns = [each.returns for each in estimates if each.returns is not None]
    tokens = int(present.sum())
    own = OwnTokens(
        now,
        present,
        tokens,
        advantages=pad_sequence([e.advantages for e in estimates] or rows, batch_first=True),
        written_log_probs=then,
        samples_in_step=len(rows),
        reference_log_probs=reference if extras.needs_reference else None,
        values=values,
        written_values=written_values,
        returns=pad_sequence(returns, batch_first=True) if returns else None,
    )
    return own, TokenBatch(now, present, tokens)


def _written(row: Tensor, then: Tensor, reference: Tensor, values: Tensor | None) -> WrittenTokens:
    from rltf.trainer.objective import WrittenTokens

    length = len(row)
    return WrittenTokens(
        row, then[:length], reference[:length], None if values is None else values[:length]
    )


def _has_values(plugin: PluginUnderTest, extras: Extras) -> bool:
    import torch

    head = plugin.call("value_head()", extras.value_head, _HIDDEN)
    if head is None:
        return False
    values = plugin.call("its value head", head, torch.zeros(2, 3, _HIDDEN))
    plugin.require(
        isinstance(values, torch.Tensor) and tuple(values.shape) == (2, 3, 1),
        "value_head() must give a module from hidden states (B, T, D) to values (B, T, 1)",
    )
    return True


def _estimates(
    plugin: PluginUnderTest, extras: Extras, samples: Sequence[WrittenTokens]
) -> list[Estimate]:
    import torch

    before = extras.state_dict()
    estimates: list[Estimate] = plugin.call("estimate()", extras.estimate, samples)
    after = extras.state_dict()
    plugin.require(
        len(estimates) == len(samples),
        f"estimate() gives {len(estimates)} estimates for {len(samples)} samples",
    )
    for sample, made in zip(samples, estimates, strict=True):
        for name, row in (("advantages", made.advantages), ("returns", made.returns)):
            plugin.require(
                row is None
                or (row.shape == sample.rewards.shape and bool(torch.isfinite(row).all())),
                f"estimate() must give a finite number a token as {name}",
            )
    plugin.call("load_state_dict()", extras.load_state_dict, before)
    again = extras.estimate(samples)
    plugin.require(
        extras.state_dict() == after
        and all(
            torch.equal(a.advantages, b.advantages) for a, b in zip(estimates, again, strict=True)
        ),
        "estimate() gives something else after load_state_dict() of the state before it",
    )
    return estimates
