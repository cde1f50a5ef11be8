"""Load a policy for a run, as its options say."""

from __future__ import annotations

from typing import Any

from rltf.errors import PolicyError
from rltf.models.policy import Policy, load_policy
from rltf.trainer.config import Config


def load_for_training(policy: Policy, config: Config) -> None:
    """Load a policy; :class:`PolicyError` where its model does not support an option."""
    load_policy(policy, config.seed, dtype=config.dtype, lora=config.lora)
    if config.gradient_checkpointing:
        checkpoint_activations(policy.name, policy.model)


def checkpoint_activations(policy: str, model: Any) -> None:
    """Let the backward pass compute activations again; :class:`PolicyError` if it cannot."""
    if not model.supports_gradient_checkpointing:
        raise PolicyError(
            f"policy {policy}: a {type(model).__name__} has no gradient checkpointing; leave "
            "that option out"
        )
    # Later versions of transformers have another name for it.
    enable = getattr(model, "activation_checkpointing_enable", model.gradient_checkpointing_enable)
    enable({"use_reentrant": False})
