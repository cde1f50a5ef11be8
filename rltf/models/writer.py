"""What writes samples for a benchmark: requests in, completions out, text on both sides.

A trainable policy is one writer (rltf/models/policy_writer.py); a served model is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rltf.sampling import Sampling


@dataclass(frozen=True)
class Request:
    """One completion that is wanted."""

    prompt: str
    seed: int
    """Of this completion alone: the same request is answered the same, whatever stands beside it."""
    begun: str = ""
    """What the completion has to begin with; only a policy that is loaded here can be asked so."""


@dataclass(frozen=True)
class Completion:
    """What a model wrote after a prompt."""

    text: str
    """Cut before the first stop string."""
    truncated: bool
    """The length limit came before the model ended the text, or a stop string did."""
    unanswered: str = ""
    """Why there is no text at all, where a server gave none: such a sample is unscored."""


class Writer(Protocol):
    """Writes completions."""

    name: str
    """What the user called it, such as ``tiny`` or ``openai:gpt-4o``."""

    def write(
        self, requests: Sequence[Request], sampling: Sampling, stops: Sequence[str]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yields (index of the request, completion), a batch at a time, in any order."""
        ...
