"""The policy as the trainer sees it: with the value head of an objective that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rltf.common.seeds import derive_seed
from rltf.models.hidden_states import output_layer_inputs
from rltf.models.padding import by_length, most_tokens_together
from rltf.models.policy import Policy
from rltf.trainer.objective import Extras, Objective
from rltf.trainer.ranks import Ranks

Row = tuple[tuple[int, ...], tuple[int, ...]]
"""(P,) ids of a prompt and (T,) ids of what follows it."""


class TokenScores(NamedTuple):
    """What the weights say about the tokens of B rows."""

    log_probs: Tensor
    """(B, T) float32; 0 where a row has no token."""
    present: Tensor
    """(B, T) bool"""
    values: Tensor | None
    """(B, T) float32, from the state before each token; ``None`` without a value head."""


class Actor:
    """A policy and, for an objective that needs one, a value head on its last hidden states."""

    def __init__(self, policy: Policy, head: nn.Module | None = None) -> None:
        self.policy = policy
        self.head = head

    @classmethod
    def of(cls, policy: Policy, objective: Objective, seed: int) -> Actor:
        """Return the actor for an objective; ``seed`` is that of the head's first weights."""
        model = policy.model
        with torch.random.fork_rng():
            torch.manual_seed(derive_seed(seed, "value head"))
            head = Extras(objective).value_head(model.config.hidden_size)
        return cls(policy, None if head is None else head.to(model.device))

    def parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that training changes."""
        yield from self.policy.model.parameters()
        if self.head is not None:
            yield from self.head.parameters()

    def train(self) -> None:
        """Prepare for an update: dropout, where model or head have any."""
        self.policy.model.train()
        if self.head is not None:
            self.head.train()

    def scores(self, rows: Sequence[Row], *, with_values: bool = True) -> TokenScores:
        """Score the tokens of rows, with gradient where that is enabled."""
        prompts, targets = [prompt for prompt, _ in rows], [target for _, target in rows]
        if self.head is None or not with_values:
            return TokenScores(*self.policy.log_probs(prompts, targets), None)
        with output_layer_inputs(self.policy.model) as states:
            log_probs, present = self.policy.log_probs(prompts, targets)
        hidden = torch.cat(states, dim=1)[:, : present.shape[1]]  # (B, T, D)
        values = self.head(hidden.float()).squeeze(-1)
        return TokenScores(log_probs, present, values.masked_fill(~present, 0.0))

    def micro_batches(self, rows: Sequence[Row], size: int) -> list[list[int]]:
        """Return the indices of rows in the batches of at most ``size`` that the model reads."""
        model = self.policy.model
        return by_length(rows, size, most_tokens_together(model.config, model.device))

    @torch.no_grad()
    def read(self, rows: Sequence[Row], batch_size: int) -> list[tuple[Tensor, Tensor | None]]:
        """Return the log-probabilities (T,) and values (T,) of each row, on the CPU."""
        if self.head is not None:
            self.head.eval()
        found: dict[int, tuple[Tensor, Tensor | None]] = {}
        for chosen in self.micro_batches(rows, batch_size):
            scores = self.scores([rows[index] for index in chosen])
            log_probs = scores.log_probs.cpu()
            values = None if scores.values is None else scores.values.cpu()
            for place, index in enumerate(chosen):
                length = len(rows[index][1])
                found[index] = (
                    log_probs[place, :length].clone(),
                    None if values is None else values[place, :length].clone(),
                )
        return [found[index] for index in range(len(rows))]

    def head_state(self) -> dict[str, Any] | None:
        """Return the weights of the head for a checkpoint; ``None`` without one."""
        return None if self.head is None else self.head.state_dict()

    def load_head_state(self, state: dict[str, Any] | None) -> None:
        """Continue from a checkpoint."""
        if self.head is not None and state is not None:
            self.head.load_state_dict(state)


class TrainedWeights:
    """The weights that an update changes: the actor's own, whole on each rank."""

    def __init__(self, actor: Actor, ranks: Ranks | None = None) -> None:
        self.ranks = ranks or Ranks()
        self.actor = actor
        """What an update reads and changes."""

    def passes(self, own: int) -> int:
        """Return how often this rank passes through the model, ``own`` times for rows of its own."""
        return own

    def sum_gradients(self) -> None:
        """Make every gradient the sum over the ranks."""
        self.ranks.sum_gradients(self.actor.parameters())

    def publish(self) -> None:
        """Let everybody else see the weights that a step has changed."""

    def restore(self) -> None:
        """Take over the weights of a checkpoint that were put into the policy and its value head."""

    def optimizer_state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Return the state of an optimizer of these weights, whole."""
        return optimizer.state_dict()

    def load_optimizer(self, optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
        """Continue from what :meth:`optimizer_state` returned, on any number of ranks."""
        optimizer.load_state_dict(dict(state))


def trained_weights(actor: Actor, ranks: Ranks) -> TrainedWeights:
    """Return the weights that the ranks train, as they were launched to hold them."""
    if not ranks.are_sharded:
        return TrainedWeights(actor, ranks)
    from rltf.trainer.sharding import ShardedWeights

    return ShardedWeights(actor, ranks)
