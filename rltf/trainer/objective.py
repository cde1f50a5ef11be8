"""The interface of objectives, which plugins implement: how scored samples become a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from rltf import manager
from rltf.errors import ConfigError
from rltf.manager.registrations import parse_spec
from rltf.reward import ScoredSample
from rltf.trainer.config import Config

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Group:
    """The samples of one problem from one round, and the baseline they are compared with."""

    samples: Sequence[ScoredSample]
    baselines: Mapping[str, float | None] | None
    """``ScoredSample.baselines`` of the baseline program; ``None`` where there is none."""
    token_table: Sequence[bytes]
    """Bytes of every id of the policy's vocabulary; empty for special tokens."""
    reward_weights: Mapping[str, float]
    greedy: ScoredSample | None = None
    """The greedy program of the weights that wrote the samples."""


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
    samples_in_step: int = 1
    """Samples of the whole optimizer step. Equal samples of a problem are one."""
    reference_log_probs: Tensor | None = None
    """(B, T) float32: under the reference policy, if the objective needs one."""
    values: Tensor | None = None
    """(B, T) float32, with gradient: of the value head, if there is one."""
    written_values: Tensor | None = None
    """(B, T) float32: the same when the samples were scored."""
    returns: Tensor | None = None
    """(B, T) float32: what :attr:`values` should be."""


class Objective(Protocol):
    """What an objective plugin's factory returns.

    Advantages are computed once, when samples come from the sandbox; losses, at every step. The
    losses of a step's micro-batches add up to the loss of the step.

    An objective may also have the members of :class:`Extras`, each by itself.
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


@dataclass(frozen=True)
class WrittenTokens:
    """The tokens of a scored sample, as the weights see them that wrote it."""

    rewards: Tensor
    """(T,) float32: what ``advantages`` gave for the sample."""
    log_probs: Tensor
    """(T,) float32"""
    reference_log_probs: Tensor | None
    """(T,) float32: under the reference policy, if the objective needs one."""
    values: Tensor | None
    """(T,) float32: of the value head before each token is written, if there is one."""


@dataclass(frozen=True)
class Estimate:
    """What an objective makes of the tokens of a sample."""

    advantages: Tensor
    """(T,) float32"""
    returns: Tensor | None = None
    """(T,) float32: what the value head should have said."""


class Extras:
    """What an objective may have beyond :class:`Objective`, with what stands for it elsewhere."""

    def __init__(self, objective: Objective) -> None:
        self._objective = cast("Any", objective)
        self.fewest_samples: int = getattr(objective, "fewest_samples", 1)
        """Fewest samples of a problem that it can learn from."""
        self.needs_reference: bool = getattr(objective, "needs_reference", False)
        """Whether it compares the policy with the one that the online steps began with."""
        self.estimates: bool = hasattr(objective, "estimate")
        """Whether it looks at samples again, once their log-probabilities are known."""

    def value_head(self, hidden_size: int) -> nn.Module | None:
        """Return a module from hidden states (…, D) to values (…, 1); it is trained and saved."""
        make = getattr(self._objective, "value_head", None)
        head: nn.Module | None = None if make is None else make(hidden_size)
        return head

    def estimate(self, samples: Sequence[WrittenTokens]) -> list[Estimate]:
        """Return what the rewards of a round's samples mean for their tokens. Called in order."""
        estimates: list[Estimate] = self._objective.estimate(samples)
        return estimates

    def state_dict(self) -> dict[str, Any]:
        """Return the plain values that a checkpoint holds for the objective."""
        state: dict[str, Any] = getattr(self._objective, "state_dict", dict)()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        if state:
            self._objective.load_state_dict(state)


def load_objective(config: Config) -> Objective:
    """Make the objective of a run: with its own options, and those of the run that it accepts.

    Raises :class:`rltf.manager.PluginError` for unknown names and options, and
    :class:`ConfigError` if a problem has fewer samples than it needs.
    """
    name, own = parse_spec("objective", config.objective)
    shared = {**config.shared, "max_new_tokens": config.max_new_tokens}
    options = manager.accepted_options("objective", name, shared) | own
    objective: Objective = manager.get("objective", name, **options)
    fewest = Extras(objective).fewest_samples
    if config.samples_per_problem < fewest:
        raise ConfigError(
            f"objective {name} compares the samples of a problem with each other: set "
            f"samples_per_problem to {fewest} or more, not {config.samples_per_problem}"
        )
    return objective
