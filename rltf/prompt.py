"""Prompt formats: a problem as the text that a model is given, and its completion as a program.

A model writes on after the prompt until it ends by itself, meets its length limit or writes one of
the format's stop strings. What stands before the first of those is the completion:

    Problem ── text ──► prompt ──► model ──► cut ──► completion ── program ──► program to judge
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rltf.extract import unwrap
from rltf.problem import Problem


@dataclass(frozen=True)
class PromptFormat:
    """One way to ask for a program. What a prompt plugin's factory returns."""

    text: Callable[[Problem], str]
    """The prompt."""
    program: Callable[[Problem, str], str]
    """The program that a completion, cut at the stops, makes. One of the two must hold the other:
    rewards find the sampled text in the program (``Sample.shift``)."""
    stops: tuple[str, ...] = ()
    """The completion ends before the first of these."""

    def __post_init__(self) -> None:
        if "" in self.stops:
            raise ValueError("a stop string must not be empty: it would leave nothing")

    def __call__(self, problem: Problem) -> str:
        """The prompt."""
        return self.text(problem)


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """What stands before the first stop, and whether there was one."""
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def place(program: str, written: str, entry_point: str | None = None) -> int | None:
    """Character of a program at which what was written for it begins; negative: it begins earlier.

    Of several places in prose it is that of the block that :func:`rltf.extract.unwrap` takes, if
    that is the program. ``None`` where neither holds the other.
    """
    code, start = unwrap(written, entry_point)
    if code == program:
        return -start
    if written in program:
        return program.rindex(written)
    if program in written:
        return -written.rindex(program)
    return None


def as_written(problem: Problem, completion: str) -> str:
    """For formats whose completions are programs."""
    return completion


def out_of_fences(problem: Problem, completion: str) -> str:
    """For formats that chat models answer too: the code of a fenced block where there is one."""
    return unwrap(completion, problem.entry_point)[0]
