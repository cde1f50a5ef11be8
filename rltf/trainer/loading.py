"""Load a policy for a run, as its options say."""

from __future__ import annotations

from rltf.errors import PolicyError
from rltf.models.policy import Policy, load_policy
from rltf.trainer.config import Config


def load_for_training(policy: Policy, config: Config) -> None:
    """Load a policy; :class:`PolicyError` where its model does not support an option."""
    load_policy(policy, config.seed, dtype=config.dtype, lora=config.lora)
    if config.gradient_checkpointing:
        if not policy.model.supports_gradient_checkpointing:
            raise PolicyError(
                f"policy {policy.name}: a {type(policy.model).__name__} has no gradient "
                "checkpointing; leave that option out"
            )
        policy.model.gradient_checkpointing_enable({"use_reentrant": False})
