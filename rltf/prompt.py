"""Prompt formats: they turn a problem into a prompt, and a completion into a program.

A model continues the prompt until it ends the text itself, reaches its length limit, or writes one of
the format's stop strings. The completion is the text before the first of those:

    Problem ── text ──► prompt ──► model ──► cut ──► completion ── program ──► program to judge
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rltf.extract import unwrap
from rltf.problem import Problem

BLOCK_START, BLOCK_END = "```python\n", "\n```"
"""Around the program in a chat model's answer."""


@dataclass(frozen=True)
class PromptFormat:
    """A way to ask for a program: what a prompt plugin's factory returns."""

    text: Callable[[Problem], str]
    """Makes the prompt."""
    program: Callable[[Problem, str], str]
    """Makes the program of a completion that was cut at the stops. One must contain the other, because
    rewards look for the sampled text in the program (``Sample.shift``)."""
    stops: tuple[str, ...] = ()
    """The completion ends before the first of these strings."""
    chat: bool = False
    """Whether the prompt is a message to a chat model. A policy whose tokenizer has a chat template
    applies the template to it."""
    answer_prefix: str | Callable[[str], str] = ""
    """Text with which the answer begins, or what makes it of the prompt. The model is given it after
    the prompt, and completes it; a server's chat endpoint cannot be given it."""
    examples: tuple[tuple[str, str], ...] = ()
    """Questions and their answers, shown before the prompt: turns of their own in a chat template, and
    otherwise text with a blank line after each answer."""

    def __post_init__(self) -> None:
        if "" in self.stops:
            raise ValueError("a stop string must not be empty: it would leave nothing")

    def __call__(self, problem: Problem) -> str:
        """Return the prompt."""
        return self.text(problem)

    def answer_start(self, prompt: str) -> str:
        """Return the text with which the answer to a prompt begins."""
        made = self.answer_prefix
        return made if isinstance(made, str) else made(prompt)

    def untemplated(self, prompt: str) -> str:
        """Return what a model reads without a chat template: examples, prompt, begun answer."""
        shown = "".join(f"{question}{answer}\n\n" for question, answer in self.examples)
        return shown + prompt + self.answer_start(prompt)


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return the text before the first stop string, and whether there was one."""
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def place(program: str, written: str, entry_point: str | None = None) -> int | None:
    """Return the character of a program where the written text begins; negative if it begins earlier.

    If the program occurs several times in prose, the block that :func:`rltf.extract.unwrap` takes
    counts. ``None`` if neither contains the other.
    """
    if program == written:
        return 0
    code, start = unwrap(written, entry_point)
    if code == program:
        return -start
    if written in program:
        return program.rindex(written)
    if program in written:
        return -written.rindex(program)
    return None


def as_written(problem: Problem, completion: str) -> str:
    """Return the completion: for formats whose completions are programs."""
    return completion


def out_of_fences(problem: Problem, completion: str) -> str:
    """Return the code of the fenced block, if there is one: for formats that chat models answer too."""
    return unwrap(completion, problem.entry_point)[0]
