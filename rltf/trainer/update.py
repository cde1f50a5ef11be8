"""One optimizer step on the policy's own samples and on reference programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rltf.trainer.buffer import Experience
from rltf.trainer.objective import Objective, TokenBatch
from rltf.trainer.policy import Policy
from rltf.trainer.supervision import Row

ADAM_BETAS = (0.9, 0.98)
RAMP_STEPS = 20
FINAL_SHARE = 0.1

_Row = tuple[Sequence[int], Sequence[int], Tensor | None]
"""(P,) prompt ids, (T,) target ids, and (T,) advantages of the policy's own samples."""


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
    ) -> None:
        self._policy = policy
        self._objective = objective
        self._learning_rate = learning_rate
        self._clip_norm = clip_norm
        self._micro_batch_size = micro_batch_size
        self.optimizer = torch.optim.AdamW(
            policy.model.parameters(),
            lr=learning_rate,
            betas=ADAM_BETAS,
            weight_decay=weight_decay,
            fused=True,
        )

    def step(
        self, experiences: Sequence[Experience], rows: Sequence[Row], scale: float, seed: int
    ) -> dict[str, float]:
        """Take one step at ``scale`` times the learning rate; losses and the gradient's norm.

        A part without samples has loss 0. ``seed`` is for dropout, where the model has any.
        """
        model = self._policy.model
        model.train()
        torch.manual_seed(seed)
        policy_loss = self._accumulate(
            [(e.prompt_ids, e.token_ids, e.advantages) for e in experiences]
        )
        supervised_loss = self._accumulate([(prompt, target, None) for prompt, target in rows])
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), self._clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = scale * self._learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {
            "policy_loss": float(policy_loss),
            "supervised_loss": float(supervised_loss),
            "gradient_norm": float(norm),
        }

    def _accumulate(self, rows: Sequence[_Row]) -> Tensor:
        device = self._policy.model.device
        total = torch.zeros((), device=device)
        tokens = sum(len(target) for _, target, _ in rows)
        for part in self._micro_batches(rows):
            log_probs, present = self._policy.log_probs(
                [prompt for prompt, _, _ in part], [target for _, target, _ in part]
            )
            batch = TokenBatch(log_probs, present, len(rows), tokens)
            advantages = [row for _, _, row in part if row is not None]
            if advantages:
                padded = torch.nn.utils.rnn.pad_sequence(advantages, batch_first=True)
                loss = self._objective.policy_loss(batch, padded.to(device))
            else:
                loss = self._objective.supervised_loss(batch)
            torch.autograd.backward(loss)
            total += loss.detach()
        return total

    def _micro_batches(self, rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
        # Rows of like length together: less padding, and the order in a step means nothing.
        ordered = sorted(rows, key=lambda row: (len(row[0]) + len(row[1]), row[0], row[1]))
        for first in range(0, len(ordered), self._micro_batch_size):
            yield ordered[first : first + self._micro_batch_size]


def warmup_scale(step: int, steps: int) -> float:
    """Share of the learning rate in a warm-up step: a short ramp, then a cosine to a tenth."""
    if step < RAMP_STEPS:
        return (step + 1) / RAMP_STEPS
    return FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * step / steps)) / 2
