"""Training a critic: cross-entropy of the pooled scores, and how often it is right afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from rltf import manager
from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.critic.model import Critic, pooled
from rltf.critic.outcome import OUTCOMES
from rltf.critic.training_data import Example
from rltf.manager import PluginError
from rltf.models.policy import Policy, load_policy
from rltf.sample import Sample
from rltf.trainer.update import warmup_scale

WEIGHT_DECAY = 0.05
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Training:
    """How a critic is trained. Defaults are CodeRL's, on a base made for it."""

    epochs: int = 10
    batch_size: int = 8
    learning_rate: float = 2e-5
    seed: int = 0


def find_base(name: str) -> Policy:
    """The policy of this name, not loaded; one without a model of its own is no base."""
    policy = manager.get("policy", name)
    if not isinstance(policy, Policy):
        raise PluginError(f"policy {name} only writes samples; a critic needs a model to train")
    return policy


def new_critic(base: Policy, seed: int) -> Critic:
    """An untrained critic on the model of a policy, which is loaded for it."""
    return Critic.on(load_policy(base, seed, "critic"))


def default_learning_rate(base: Policy) -> float:
    """That of a base's own supervised warm-up; CodeRL's, where it names none."""
    return float(base.training_defaults.get("warmup_learning_rate", Training.learning_rate))


def train(critic: Critic, examples: Sequence[Example], training: Training) -> Iterator[float]:
    """Train on the examples, in shuffled passes; yields the loss of each of :func:`steps`."""
    rate = training.learning_rate
    optimizer = torch.optim.AdamW(critic.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    encoded = [critic.encode(example.problem, _sample(example)) for example in examples]
    total = steps(len(examples), training)
    critic.base.model.train()
    for step in range(total):
        torch.manual_seed(derive_seed(training.seed, "critic", step))  # for dropout
        size = min(training.batch_size, len(examples))
        chosen = shuffled_indices(len(examples), step * size, size, training.seed, "critic")
        scores, mask = critic.scores(
            [encoded[i][0] for i in chosen], [encoded[i][1] for i in chosen]
        )
        classes = torch.tensor([examples[i].outcome for i in chosen], device=scores.device)
        loss = F.cross_entropy(pooled(scores, mask), classes)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(critic.parameters(), CLIP_NORM)
        for group in optimizer.param_groups:
            group["lr"] = warmup_scale(step, total) * rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        yield float(loss.detach())


def steps(examples: int, training: Training) -> int:
    """Optimizer steps of so many examples; the last may begin another pass."""
    return -(-training.epochs * examples // min(training.batch_size, examples))


def accuracy(critic: Critic, examples: Sequence[Example]) -> dict[str, Any]:
    """How often the likeliest class is the true one, over all and by class.

    ``commonest`` is what naming the commonest class of these very examples every time would come to.
    """
    readings = critic.read([(example.problem, _sample(example)) for example in examples])
    named = [int(reading.whole.argmax()) for reading in readings]
    counts = Counter(example.outcome for example in examples)
    right = Counter(
        example.outcome
        for example, guess in zip(examples, named, strict=True)
        if example.outcome == guess
    )
    return {
        "programs": len(examples),
        "accuracy": right.total() / len(examples),
        "commonest": max(counts.values()) / len(examples),
        "by_outcome": {
            name: {
                "programs": counts[place],
                "right": right[place],
                "named": named.count(place),
            }
            for place, name in enumerate(OUTCOMES)
        },
    }


def _sample(example: Example) -> Sample:
    return Sample(example.problem.task_id, example.program)
