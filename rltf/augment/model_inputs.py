"""Inputs that a policy writes when it is shown a problem and the problem's own inputs.

What it writes is read as data, calls with literal arguments or plain text, and never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rltf.augment.new_inputs import key
from rltf.augment.signatures import Input, Signature, signature_of
from rltf.common import syntax
from rltf.common.seeds import derive_seed
from rltf.models.loaded_model import load_model
from rltf.models.writer import Request
from rltf.problem import Problem
from rltf.sampling import Sampling

COMPLETIONS = 4
"""A problem."""
_SAMPLING = Sampling(temperature=0.8, top_p=0.95, max_new_tokens=256)
_SHOWN = 3
"""Own inputs in the prompt."""
_LONGEST_LINE = 1000
_INPUT = "Input:\n"


class Questions:
    """What a policy is asked about some problems: those with a reference, which can say the outputs."""

    def __init__(self, problems: Sequence[Problem], seed: int) -> None:
        self._seed = seed
        self._forms = [
            (problem, form)
            for problem in problems
            if problem.solutions and (form := signature_of(problem)) is not None
        ]
        self._found: list[list[Input]] = [[] for _ in range(self.completions)]

    @property
    def completions(self) -> int:
        """How many are asked for in all."""
        return COMPLETIONS * len(self._forms)

    def ask(self, policy: str) -> Iterator[None]:
        """Ask the policy of this name; yields once a completion.

        Raises what :func:`rltf.models.loaded_model.load_model` raises.
        """
        if not self._forms:
            return
        subject = load_model(policy, self._seed, None)
        prompts = [prompt(problem, form) for problem, form in self._forms]
        room = subject.room(prompts, _SAMPLING.max_new_tokens)
        requests = [
            Request(text, derive_seed(self._seed, "ask", problem.task_id, number))
            for (problem, _), text in zip(self._forms, prompts, strict=True)
            for number in range(COMPLETIONS)
        ]
        sampling = replace(_SAMPLING, max_new_tokens=room)
        for batch in subject.writer.write(requests, sampling, ()):
            for place, completion in batch:
                _, form = self._forms[place // COMPLETIONS]
                self._found[place] = list(read(form, completion.text))
                yield

    def answers(self) -> Mapping[str, Sequence[Input]]:
        """Task id to the inputs that were written; the same ones for the same seed."""
        return {
            problem.task_id: [
                given
                for written in self._found[row * COMPLETIONS : (row + 1) * COMPLETIONS]
                for given in written
            ]
            for row, (problem, _) in enumerate(self._forms)
        }


def prompt(problem: Problem, form: Signature) -> str:
    """The problem in words, some of its own inputs, and the beginning of a list of more."""
    shown = [
        f"{_INPUT}{given}" if isinstance(given, str) else f"{form.function}{key(given)}"
        for given in form.inputs[:_SHOWN]
    ]
    what = "the program" if form.kind == "stdin" else form.function
    cue = _INPUT if form.kind == "stdin" else ""
    lines = [
        problem.prompt,
        "",
        f"More inputs to test {what} with, edge cases too:",
        "",
        *shown,
        cue,
    ]
    return "\n".join(lines)


def read(form: Signature, written: str) -> Iterator[Input]:
    """The inputs in what was written; what is none is left out."""
    if form.kind == "stdin":
        for text in written.split(_INPUT):
            if text.strip():
                yield f"{text.strip()}\n"
        return
    name = form.function.rpartition(".")[2]
    for line in written.splitlines():
        at = line.find(f"{name}(")
        if at >= 0 and len(line) <= _LONGEST_LINE:
            args = _arguments(line[at:])
            if args is not None:
                yield args


def _arguments(text: str) -> tuple[object, ...] | None:
    """The literal arguments of the call that a text begins with."""
    for end, character in enumerate(text, 1):
        if character != ")":
            continue
        try:
            match syntax.parse_expression(text[:end]):
                case ast.Call(keywords=[]) as call:
                    return tuple(map(ast.literal_eval, call.args))
        except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
            continue
    return None
