"""One optimizer step on the policy's own samples and on reference programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from rltf.errors import RunError
from rltf.models.free_memory import return_free_memory
from rltf.trainer.actor import Row, TrainedWeights
from rltf.trainer.buffer import Experience
from rltf.trainer.objective import Objective, OwnTokens, TokenBatch
from rltf.trainer.optimizer import OptimizerName, make_optimizer


class Updater:
    """Owns the optimizer. The gradient of a step is added up over micro-batches."""

    def __init__(
        self,
        weights: TrainedWeights,
        objective: Objective,
        *,
        learning_rate: float,
        weight_decay: float,
        clip_norm: float,
        micro_batch_size: int,
        optimizer: OptimizerName = "adamw",
    ) -> None:
        self._weights = weights
        self._ranks = weights.ranks
        self._actor = weights.actor
        self._objective = objective
        self._learning_rate = learning_rate
        self._clip_norm = clip_norm
        self._micro_batch_size = micro_batch_size
        self.optimizer = make_optimizer(
            optimizer,
            self._actor.parameters(),
            learning_rate=learning_rate,
            weight_decay=weight_decay,
        )

    def step(
        self, experiences: Sequence[Experience], rows: Sequence[Row], scale: float, seed: int
    ) -> dict[str, float]:
        """Take a step at ``scale`` times the learning rate; return losses and gradient norm.

        A part without samples has loss 0. ``seed`` is for dropout, where the model has any.
        """
        self._actor.train()
        torch.manual_seed(seed)
        policy_loss = self._add_gradients(
            [(each.prompt_ids, each.token_ids) for each in experiences],
            lambda batch, values, chosen: self._objective.policy_loss(
                self._own_tokens(batch, values, [experiences[i] for i in chosen], len(experiences))
            ),
            with_values=True,
        )
        supervised_loss = self._add_gradients(
            rows, lambda batch, *_: self._objective.supervised_loss(batch), with_values=False
        )
        self._weights.sum_gradients()
        norm = torch.nn.utils.clip_grad_norm_(list(self._actor.parameters()), self._clip_norm)
        if not bool(torch.isfinite(norm)):
            raise RunError(
                f"the gradient is {float(norm)} (loss on samples {float(policy_loss)}, on reference "
                f"programs {float(supervised_loss)}): the policy stays as it was, and the run ends; "
                "start another run with a lower learning rate or other rewards"
            )
        for group in self.optimizer.param_groups:
            group["lr"] = scale * self._learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._weights.publish()
        return_free_memory()
        return {
            "policy_loss": float(policy_loss),
            "supervised_loss": float(supervised_loss),
            "gradient_norm": float(norm),
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimizer for a checkpoint."""
        return self._weights.optimizer_state(self.optimizer)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint whose weights the policy has."""
        self._weights.restore()
        self._weights.load_optimizer(self.optimizer, state)

    def _own_tokens(
        self,
        batch: TokenBatch,
        values: Tensor | None,
        experiences: Sequence[Experience],
        samples_in_step: int,
    ) -> OwnTokens:
        return OwnTokens(
            **vars(batch),
            advantages=self._padded([each.advantages for each in experiences]),
            written_log_probs=self._padded([each.log_probs for each in experiences]),
            samples_in_step=samples_in_step,
            reference_log_probs=self._if_any([each.reference_log_probs for each in experiences]),
            values=values,
            written_values=self._if_any([each.values for each in experiences]),
            returns=self._if_any([each.returns for each in experiences]),
        )

    def _add_gradients(
        self,
        rows: Sequence[Row],
        loss_of: Callable[[TokenBatch, Tensor | None, Sequence[int]], Tensor],
        *,
        with_values: bool,
    ) -> Tensor:
        """Add the gradients of this rank's share of the rows, and return the loss of all rows.

        ``loss_of`` takes a micro-batch, its values and the indices of its rows.
        """
        total = torch.zeros((), device=self._actor.policy.model.device)
        tokens = sum(len(target) for _, target in rows)
        mine = self._ranks.share(range(len(rows)))
        batches = self._actor.micro_batches([rows[i] for i in mine], self._micro_batch_size)
        passes = [(1, [mine[place] for place in places]) for places in batches]
        # a rank without more rows may have to take part in the passes of others
        passes += [(0, [0])] * (self._weights.passes(len(batches)) - len(batches))
        for weight, chosen in passes:
            scores = self._actor.scores([rows[i] for i in chosen], with_values=with_values)
            batch = TokenBatch(scores.log_probs, scores.present, tokens)
            loss = weight * loss_of(batch, scores.values, chosen)
            torch.autograd.backward(loss)
            total += loss.detach()
        return self._ranks.sum(total)

    def _if_any(self, rows: Sequence[Tensor | None]) -> Tensor | None:
        known = [row for row in rows if row is not None]
        return self._padded(known) if known else None

    def _padded(self, rows: list[Tensor]) -> Tensor:
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return padded.to(self._actor.policy.model.device)
