"""How programs are drawn from a policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, and how many there may be."""

    temperature: float = 1.0
    """0 takes the likeliest token (greedy)."""
    top_p: float = 1.0
    """Only the likeliest tokens that together reach this probability are drawn from."""
    max_new_tokens: int = 512
