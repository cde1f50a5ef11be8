"""The interface of objectives, which plugins implement: how scored samples become a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rltf import manager
from rltf.reward import ScoredSample
from rltf.trainer.config import Config

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Group:
    """The samples of one problem from one round, and the baseline they are compared with."""

    samples: Sequence[ScoredSample]
    baselines: Mapping[str, float | None] | None
    """``ScoredSample.baselines`` of the baseline program; ``None`` where there is none."""
    token_table: Sequence[bytes]
    """Bytes of every id of the policy's vocabulary; empty for special tokens."""
    reward_weights: Mapping[str, float]


@dataclass(frozen=True)
class TokenBatch:
    """Tokens of a micro-batch under the weights that are being trained."""

    log_probs: Tensor
    """(B, T) float32, with gradient; 0 where a row has no token."""
    present: Tensor
    """(B, T) bool."""
    tokens_in_step: int
    """Tokens of the whole optimizer step, of which this batch is a part."""


@dataclass(frozen=True)
class OwnTokens(TokenBatch):
    """Tokens that the policy itself wrote."""

    advantages: Tensor
    """(B, T) float32; 0 where a row has no token."""
    written_log_probs: Tensor
    """(B, T) float32: under the weights that wrote them; 0 where a row has no token."""


class Objective(Protocol):
    """What an objective plugin's factory returns.

    Advantages are computed once, when samples come from the sandbox; losses, at every step. The
    losses of a step's micro-batches add up to the loss of the step.
    """

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return (T,) float32 for each sample of the group; ``None`` leaves the sample out."""
        ...

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Return the loss on the policy's own samples."""
        ...

    def supervised_loss(self, batch: TokenBatch) -> Tensor:
        """Return the loss on reference programs."""
        ...


def load_objective(config: Config) -> Objective:
    """Make the objective of a run, with the options of the run that it accepts."""
    options = manager.accepted_options("objective", config.objective, config.shared)
    objective: Objective = manager.get("objective", config.objective, **options)
    return objective
