"""How to sample programs from a policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token, and how many tokens to write."""

    temperature: float = 1.0
    """0 takes the most likely token (greedy)."""
    top_p: float = 1.0
    """Sample from the smallest set of most likely tokens that reaches this probability."""
    max_new_tokens: int = 512
