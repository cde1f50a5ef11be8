"""A policy by its name, loaded and ready to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rltf import manager
from rltf.common.digests import text_digest
from rltf.models.policy import PolicyError, load_policy
from rltf.models.writer import Writer

BATCH_SIZE = 64


@dataclass(frozen=True)
class LoadedModel:
    """A writer, and what its callers must know before it writes."""

    writer: Writer
    digest: str
    """Digest of its weights; of its name and endpoint where the weights are elsewhere."""
    prompt: str
    """Name of the policy's own prompt format."""
    batch_size: int
    """Requests that are written together, and repeated together after a kill."""
    room: Callable[[Sequence[str], int], int]
    """Number of tokens that it can write after these prompts, up to the wanted number."""
    continues: bool
    """Whether a request can say how its completion begins."""


def load_model(
    name: str,
    seed: int,
    batch_size: int | None,
    serving: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedModel:
    """Load the policy of this name; one that has ``write`` and ``prompt`` is a writer itself.

    ``serving`` holds options for a policy that asks a server. Raises
    :class:`rltf.manager.PluginError` where the name is unknown or the policy cannot be loaded.
    """
    if manager.accepted_options("policy", name, serving) != serving:
        options = ", ".join(f"--{option.removesuffix('_s')}" for option in serving)
        raise PolicyError(f"policy {name} asks no server: leave out {options}")
    policy = manager.get("policy", name, **serving)
    if hasattr(policy, "write"):
        if batch_size is not None:
            raise PolicyError(f"policy {name} writes as its endpoint does: leave out --batch-size")
        digest = text_digest([name, getattr(policy, "endpoint", "")])
        return LoadedModel(
            policy,
            digest,
            policy.prompt,
            batch_size=1,
            room=lambda prompts, wanted: wanted,
            continues=False,
        )
    from rltf.models.policy_writer import ModelWriter, model_digest

    load_policy(policy, seed)
    size = batch_size or policy.training_defaults.get("generation_batch_size", BATCH_SIZE)
    writer = ModelWriter(policy, size)
    return LoadedModel(
        writer, model_digest(policy), policy.prompt, size, writer.room, continues=True
    )
