"""Train a critic with cross-entropy on the pooled scores, and measure its accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from rltf import manager
from rltf.common.options import PositiveFloat, PositiveInt, check_fields
from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.critic.model import Critic, pooled
from rltf.critic.outcome import OUTCOMES
from rltf.critic.training_data import Example
from rltf.errors import PluginError
from rltf.models.policy import Policy, load_policy
from rltf.sample import Sample
from rltf.trainer.optimizer import warmup_scale

WEIGHT_DECAY = 0.05
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Training:
    """The options of a training. The defaults are CodeRL's, which suit its own base model."""

    epochs: PositiveInt = 10
    batch_size: PositiveInt = 8
    learning_rate: PositiveFloat = 2e-5
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self, ValueError, "training: ")


def find_base(name: str) -> Policy:
    """Return the policy of this name, not loaded.

    Raises :class:`rltf.manager.PluginError` if it has no model to train.
    """
    policy = manager.get("policy", name)
    if not isinstance(policy, Policy):
        raise PluginError(f"policy {name} only writes samples; a critic needs a model to train")
    return policy


def new_critic(base: Policy, seed: int) -> Critic:
    """Load the model of a policy, and return an untrained critic on it."""
    return Critic.on(load_policy(base, seed, "critic"))


def default_learning_rate(base: Policy) -> float:
    """Return the learning rate of a base's supervised warm-up, or CodeRL's if the base has none."""
    return float(base.training_defaults.get("warmup_learning_rate", Training.learning_rate))


def train(critic: Critic, examples: Sequence[Example], training: Training) -> Iterator[float]:
    """Train on the examples, in shuffled passes; yield the loss of each step."""
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
    """Return the number of optimizer steps; the last may begin another pass over the examples."""
    return -(-training.epochs * examples // min(training.batch_size, examples))


def accuracy(critic: Critic, examples: Sequence[Example]) -> dict[str, Any]:
    """Return how often the most likely class is the true one, over all and by class.

    ``commonest`` is the accuracy of always naming the most common class of these examples.
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
                "programs": counts[number],
                "right": right[number],
                "named": named.count(number),
            }
            for number, name in enumerate(OUTCOMES)
        },
    }


def _sample(example: Example) -> Sample:
    return Sample(example.problem.task_id, example.program)
