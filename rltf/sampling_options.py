"""How to sample programs from a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from rltf.common.options import Bounds, NonNegativeFloat, PositiveInt, check_fields

TopP = Annotated[float, Bounds(above=0, at_most=1)]


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token, and how many tokens to write."""

    temperature: NonNegativeFloat = 1.0
    """0 takes the most likely token (greedy)."""
    top_p: TopP = 1.0
    """Sample from the smallest set of most likely tokens that reaches this probability."""
    max_new_tokens: PositiveInt = 512

    def __post_init__(self) -> None:
        check_fields(self, ValueError, "sampling: ")
