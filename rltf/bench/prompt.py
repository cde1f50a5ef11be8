"""The prompt format of a benchmark, whatever its plugin returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rltf import manager
from rltf.dataset import Dataset
from rltf.problem import Problem


@dataclass(frozen=True)
class Format:
    """One way to ask for a program."""

    text: Callable[[Problem], str]
    program: Callable[[Problem, str], str]
    stops: tuple[str, ...] = ()


def prompt_format(name: str, dataset: Dataset) -> Format:
    """The format of this name; a plain function asks for whole programs and has no stops."""
    made = manager.get("prompt", name)
    if hasattr(made, "program"):
        return made  # type: ignore[no-any-return]
    return Format(made, lambda problem, completion: completion)
