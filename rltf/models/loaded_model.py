"""A policy by its name, loaded and ready to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rltf import manager
from rltf.common.digests import text_digest
from rltf.dataset import Dataset
from rltf.models.loading import Dtype
from rltf.models.policy import Policy, PolicyError, load_policy
from rltf.models.writer import Writer
from rltf.prompt import PromptFormat

BATCH_SIZE = 64


@dataclass(frozen=True)
class LoadedModel:
    """A writer, and what its callers must know before it writes."""

    writer: Writer
    digest: str
    """Digest of its weights; of its name and endpoint where the weights are elsewhere."""
    batch_size: int
    """Requests that are written together, and repeated together after a kill."""
    room: Callable[[Sequence[str], int], int]
    """Number of tokens that it can write after these prompts, up to the wanted number."""
    policy: Policy | None = None
    """``None`` where the weights are elsewhere."""
    own_prompt: str = ""
    """Name of the prompt format that a writer without weights here prefers."""

    @property
    def continues(self) -> bool:
        """Whether a request can say how its completion begins."""
        return self.policy is not None

    def use_prompt(
        self, name: str | None, dataset: Dataset, chat_template: bool | None, system: str
    ) -> tuple[str, PromptFormat]:
        """Choose the prompt format, and return its name and itself; see ``Policy.use_prompt``."""
        if self.policy is not None:
            prompt_format = self.policy.use_prompt(
                name, dataset, chat_template=chat_template, system=system
            )
            return self.policy.prompt, prompt_format
        if chat_template is not None or system:
            raise PolicyError(
                f"policy {self.writer.name}: its server applies the chat template: leave out "
                "--apply-chat-template, --no-apply-chat-template and --system"
            )
        chosen = name or self.own_prompt
        prompt_format = manager.get("prompt", chosen, dataset=dataset)
        if prompt_format.answer_prefix or prompt_format.examples:
            does = "begins the answer" if prompt_format.answer_prefix else "has turns of its own"
            raise PolicyError(
                f"policy {self.writer.name}: prompt {chosen} {does}, which its server "
                "does not allow: use --prompt chat"
            )
        return chosen, prompt_format

    def render(self, prompt: str) -> str:
        """Return a prompt as the model reads it, as far as that is known here."""
        return self.policy.render(prompt) if self.policy is not None else prompt


def load_model(
    name: str,
    seed: int,
    batch_size: int | None,
    serving: Mapping[str, Any] = MappingProxyType({}),
    dtype: Dtype | None = None,
) -> LoadedModel:
    """Load the policy of this name; one that has ``write`` and ``prompt`` is a writer itself.

    ``serving`` holds options for a policy that asks a server; ``dtype`` is for one whose weights
    are loaded here (``None``: ``auto``). Raises
    :class:`rltf.manager.PluginError` where the name is unknown or the policy cannot be loaded.
    """
    if manager.accepted_options("policy", name, serving) != serving:
        options = ", ".join(f"--{option.removesuffix('_s')}" for option in serving)
        raise PolicyError(f"policy {name} asks no server: leave out {options}")
    policy = manager.get("policy", name, **serving)
    if hasattr(policy, "write"):
        if batch_size is not None:
            raise PolicyError(f"policy {name} writes as its endpoint does: leave out --batch-size")
        if dtype is not None:
            raise PolicyError(f"policy {name} computes elsewhere: leave out --dtype")
        digest = text_digest([name, getattr(policy, "endpoint", "")])
        return LoadedModel(
            policy,
            digest,
            batch_size=1,
            room=lambda prompts, wanted: wanted,
            own_prompt=policy.prompt,
        )
    from rltf.models.policy_writer import ModelWriter, model_digest

    load_policy(policy, seed, dtype=dtype or "auto", trained=False)
    size = batch_size or policy.training_defaults.get("generation_batch_size", BATCH_SIZE)
    writer = ModelWriter(policy, size)
    return LoadedModel(writer, model_digest(policy), size, writer.room, policy)
