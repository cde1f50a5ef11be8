"""What a benchmark measures: a policy by its name, ready to write."""

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
    """A writer, and what is to be known of it before it writes."""

    writer: Writer
    digest: str
    """Of its weights; of its name and its endpoint where they are elsewhere."""
    prompt: str
    """Name of its own prompt format."""
    batch_size: int
    """Requests that are written together, and asked for together again after a kill."""
    room: Callable[[Sequence[str], int], int]
    """Tokens that it can write after these prompts, at most as many as are wanted."""
    continues: bool
    """Whether it can be told how a completion has to begin."""


def load_model(
    name: str,
    seed: int,
    batch_size: int | None,
    serving: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedModel:
    """The policy of this name, loaded; one that has ``write`` and ``prompt`` is a writer itself.

    ``serving`` are options for the factory of a policy that asks a server. Raises
    :class:`rltf.manager.PluginError` where the name is unknown or the policy cannot be had.
    """
    if manager.accepted_options("policy", name, serving) != serving:
        given = ", ".join(f"--{option.removesuffix('_s')}" for option in serving)
        raise PolicyError(f"policy {name} asks no server: leave out {given}")
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
