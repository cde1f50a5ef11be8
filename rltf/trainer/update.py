"""One optimizer step on the policy's own samples and on reference programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rltf.errors import RunError
from rltf.models.padding import by_length
from rltf.models.policy import Policy
from rltf.trainer.buffer import Experience
from rltf.trainer.objective import Objective, OwnTokens, TokenBatch
from rltf.trainer.optimizer import OptimizerName, make_optimizer
from rltf.trainer.supervised_steps import Row

WARMUP_RAMP_STEPS = 20
WARMUP_FINAL_SHARE = 0.1
TRAINING_RAMP_STEPS = 10


class Updater:
    """Owns the optimizer. The gradient of a step is added up over micro-batches."""

    def __init__(
        self,
        policy: Policy,
        objective: Objective,
        *,
        learning_rate: float,
        weight_decay: float,
        clip_norm: float,
        micro_batch_size: int,
        optimizer: OptimizerName = "adamw",
    ) -> None:
        self._policy = policy
        self._objective = objective
        self._learning_rate = learning_rate
        self._clip_norm = clip_norm
        self._micro_batch_size = micro_batch_size
        self.optimizer = make_optimizer(
            optimizer,
            policy.model.parameters(),
            learning_rate=learning_rate,
            weight_decay=weight_decay,
        )

    def step(
        self, experiences: Sequence[Experience], rows: Sequence[Row], scale: float, seed: int
    ) -> dict[str, float]:
        """Take a step at ``scale`` times the learning rate; return losses and gradient norm.

        A part without samples has loss 0. ``seed`` is for dropout, where the model has any.
        """
        model = self._policy.model
        model.train()
        torch.manual_seed(seed)
        policy_loss = self._add_gradients(
            [(each.prompt_ids, each.token_ids) for each in experiences],
            lambda batch, chosen: self._objective.policy_loss(
                OwnTokens(
                    **vars(batch),
                    advantages=self._padded([experiences[i].advantages for i in chosen]),
                    written_log_probs=self._padded([experiences[i].log_probs for i in chosen]),
                )
            ),
        )
        supervised_loss = self._add_gradients(
            rows, lambda batch, _: self._objective.supervised_loss(batch)
        )
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), self._clip_norm)
        if not bool(torch.isfinite(norm)):
            raise RunError(
                f"the gradient is {float(norm)} (loss on samples {float(policy_loss)}, on reference "
                f"programs {float(supervised_loss)}): the policy stays as it was; lower "
                "learning_rate or the weights in --reward"
            )
        for group in self.optimizer.param_groups:
            group["lr"] = scale * self._learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {
            "policy_loss": float(policy_loss),
            "supervised_loss": float(supervised_loss),
            "gradient_norm": float(norm),
        }

    def _add_gradients(
        self, rows: Sequence[Row], loss_of: Callable[[TokenBatch, Sequence[int]], Tensor]
    ) -> Tensor:
        """Add the gradients of all rows and return their loss.

        ``loss_of`` takes a micro-batch and the indices of its rows.
        """
        total = torch.zeros((), device=self._policy.model.device)
        tokens = sum(len(target) for _, target in rows)
        for chosen in by_length(rows, self._micro_batch_size):
            log_probs, present = self._policy.log_probs(
                [rows[i][0] for i in chosen], [rows[i][1] for i in chosen]
            )
            loss = loss_of(TokenBatch(log_probs, present, tokens), chosen)
            torch.autograd.backward(loss)
            total += loss.detach()
        return total

    def _padded(self, rows: list[Tensor]) -> Tensor:
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return padded.to(self._policy.model.device)


def warmup_scale(step: int, steps: int) -> float:
    """Return the share of the learning rate in a warm-up step: a ramp, then a cosine to a tenth."""
    if step < WARMUP_RAMP_STEPS:
        return (step + 1) / WARMUP_RAMP_STEPS
    cosine = (1 + math.cos(math.pi * step / steps)) / 2
    return WARMUP_FINAL_SHARE + (1 - WARMUP_FINAL_SHARE) * cosine


def training_scale(step: int, steps: int, final_share: float) -> float:
    """Return the share of the learning rate in a step after the warm-up: a ramp, then a line.

    The optimizer is a new one, whose first steps are as large as the learning rate allows.
    """
    ramp = min(1.0, (step + 1) / TRAINING_RAMP_STEPS)
    return ramp * (1 - (1 - final_share) * step / steps)
