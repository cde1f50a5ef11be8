"""The interface of writers: requests in, completions out, text on both sides.

A trainable policy is one writer (``policy_writer``); a served model is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rltf.sampling_options import Sampling


@dataclass(frozen=True)
class Request:
    """A request for one completion."""

    prompt: str
    seed: int
    """Random seed of this completion alone; other requests of the batch do not matter."""
    begun: str = ""
    """Text that the completion begins with; only a policy that is loaded here supports it."""


@dataclass(frozen=True)
class Completion:
    """What a model wrote after a prompt."""

    text: str
    """Cut before the first stop string."""
    truncated: bool
    """Whether the length limit came before the end of the text or a stop string."""
    unanswered: str = ""
    """Why a server gave no text; such a sample is unscored."""


class Writer(Protocol):
    """Writes completions."""

    name: str
    """What the user called it, such as ``tiny`` or ``openai:gpt-4o``."""

    def write(
        self, requests: Sequence[Request], sampling: Sampling, stops: Sequence[str]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yield (index of the request, completion), a batch at a time, in any order."""
        ...
