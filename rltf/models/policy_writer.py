"""A trainable policy as a writer of samples."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence

import torch

from rltf.manager import PluginWarning
from rltf.models import generation
from rltf.models.policy import Policy, PolicyError
from rltf.models.writer import Completion, Request
from rltf.prompt import cut
from rltf.sampling_options import Sampling

LEAST_ROOM = 1 / 3
"""Share of a model's context that is kept for what it writes, however long the prompts are."""


BATCHES_TOGETHER = 4
"""Number of batches of requests that fill each other's rows."""


class ModelWriter:
    """Write with a loaded policy, ``batch_size`` requests at a time.

    The seed of a request alone decides its random numbers. How logits are rounded may depend on the
    requests that are written together, so the same bytes need the same requests in the same order.
    """

    def __init__(self, policy: Policy, batch_size: int) -> None:
        self.name = policy.name
        self._policy = policy
        self._batch_size = batch_size
        self.together = BATCHES_TOGETHER * batch_size
        """Number of consecutive requests that are written together."""
        self._cut_prompts = 0

    def room(self, prompts: Sequence[str], wanted: int) -> int:
        """Return how many tokens may be written, up to ``wanted``, so that most prompts fit in.

        A policy that was trained to write fewer tokens writes no more than those.
        """
        wanted = min(wanted, self._policy.training_defaults.get("max_new_tokens", wanted))
        context = self._policy.context_length
        if context is None:
            return wanted
        longest = max(len(self._policy.prompt_ids(prompt)) for prompt in prompts)
        return min(wanted, max(context - longest, int(context * LEAST_ROOM)))

    def write(
        self, requests: Sequence[Request], sampling: Sampling, stops: Sequence[str]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yield completions as they end, a few at a time."""
        for first in range(0, len(requests), self.together):
            batch = requests[first : first + self.together]
            ids: dict[str, tuple[int, ...]] = {}
            for request in batch:
                if request.prompt not in ids:
                    ids[request.prompt] = self._encode(request.prompt, sampling.max_new_tokens)
            for completions in self._policy.generate(
                [ids[request.prompt] for request in batch],
                sampling,
                seed=[request.seed for request in batch],
                batch_size=self._batch_size,
                stops=stops,
                begun=[self._begun(request.begun) for request in batch],
            ):
                yield [(first + row, self._text(done, stops)) for row, done in completions]

    def _encode(self, prompt: str, max_new_tokens: int) -> tuple[int, ...]:
        """Return the (P,) ids of a prompt; one that is too long loses its beginning."""
        ids = self._policy.prompt_ids(prompt)
        context = self._policy.context_length
        if context is None or len(ids) + max_new_tokens <= context:
            return tuple(ids)
        if max_new_tokens >= context:
            raise PolicyError(
                f"policy {self.name} reads {context} tokens at most, prompt and program together: "
                f"--max-new-tokens {max_new_tokens} leaves no room for a prompt"
            )
        if not self._cut_prompts:
            warnings.warn(
                f"policy {self.name} reads {context} tokens at most: longer prompts lose their "
                f"beginning, such as {prompt.strip()[:40]!r}… with {len(ids)} tokens",
                PluginWarning,
                stacklevel=2,
            )
        self._cut_prompts += 1
        return tuple(ids[len(ids) + max_new_tokens - context :])

    def _begun(self, text: str) -> tuple[int, ...]:
        """Return the ids that a completion has to begin with."""
        if not text:
            return ()
        return self._policy.encode_target(text)[:-1]  # without the end id

    def _text(self, completion: generation.GeneratedTokens, stops: Sequence[str]) -> Completion:
        text = self._policy.text(completion.ids)
        # SentencePiece begins a text with a space; what continues a prompt has its own spaces.
        if self._policy.model.config.is_encoder_decoder and not self._policy.tokenizer.decode(
            completion.ids
        ).startswith(" "):
            text = text.removeprefix(" ")
        text, stopped = cut(text, stops)
        return Completion(text, truncated=completion.truncated and not stopped)


def model_digest(policy: Policy) -> str:
    """Return the digest of the weights, by name and value, and of the vocabulary."""
    digest = hashlib.sha256()
    for name, tensor in sorted(policy.model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    for token in policy.token_table:
        digest.update(len(token).to_bytes(4, "big") + token)
    return digest.hexdigest()[:16]
