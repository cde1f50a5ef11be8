"""Inputs that a policy writes when it sees a problem and some of the problem's own inputs.

Its text is parsed as data, calls with literal arguments or plain text, and never run.
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
from rltf.sampling_options import Sampling

COMPLETIONS = 4
"""How many completions are requested for each problem."""
_SAMPLING = Sampling(temperature=0.8, top_p=0.95, max_new_tokens=256)
_SHOWN_INPUTS = 3
"""How many of a problem's own inputs the prompt shows."""
_MAX_LINE_LENGTH = 1000
_HEADING = "Input:\n"


class ModelInputs:
    """Asks a policy for inputs of the problems that have a reference program to answer them."""

    def __init__(self, problems: Sequence[Problem], seed: int) -> None:
        self._seed = seed
        self._problems = [
            (problem, signature)
            for problem in problems
            if problem.solutions and (signature := signature_of(problem)) is not None
        ]
        self._written: list[list[Input]] = [[] for _ in range(self.completions)]

    @property
    def completions(self) -> int:
        """How many completions are requested in all."""
        return COMPLETIONS * len(self._problems)

    def ask(self, policy: str) -> Iterator[None]:
        """Ask the policy of this name; yield once for each completion.

        Raises what :func:`rltf.models.loaded_model.load_model` raises.
        """
        if not self._problems:
            return
        model = load_model(policy, self._seed, None)
        prompts = [prompt(problem, signature) for problem, signature in self._problems]
        room = model.room(prompts, _SAMPLING.max_new_tokens)
        requests = [
            Request(text, derive_seed(self._seed, "ask", problem.task_id, number))
            for (problem, _), text in zip(self._problems, prompts, strict=True)
            for number in range(COMPLETIONS)
        ]
        sampling = replace(_SAMPLING, max_new_tokens=room)
        for batch in model.writer.write(requests, sampling, ()):
            for index, completion in batch:
                _, signature = self._problems[index // COMPLETIONS]
                self._written[index] = list(read(signature, completion.text))
                yield

    def by_task(self) -> Mapping[str, Sequence[Input]]:
        """Return task id to the inputs that the policy wrote; the same seed gives the same ones."""
        return {
            problem.task_id: [
                value
                for inputs in self._written[row * COMPLETIONS : (row + 1) * COMPLETIONS]
                for value in inputs
            ]
            for row, (problem, _) in enumerate(self._problems)
        }


def prompt(problem: Problem, signature: Signature) -> str:
    """Return the problem in words, some of its own inputs, and the beginning of a list of more."""
    shown = [
        f"{_HEADING}{value}" if isinstance(value, str) else f"{signature.function}{key(value)}"
        for value in signature.inputs[:_SHOWN_INPUTS]
    ]
    subject = "the program" if signature.kind == "stdin" else signature.function
    cue = _HEADING if signature.kind == "stdin" else ""
    lines = [
        problem.prompt,
        "",
        f"More inputs to test {subject} with, edge cases too:",
        "",
        *shown,
        cue,
    ]
    return "\n".join(lines)


def read(signature: Signature, text: str) -> Iterator[Input]:
    """Yield the inputs in what a policy wrote, and skip everything else."""
    if signature.kind == "stdin":
        for part in text.split(_HEADING):
            if part.strip():
                yield f"{part.strip()}\n"
        return
    name = signature.function.rpartition(".")[2]
    for line in text.splitlines():
        start = line.find(f"{name}(")
        if start >= 0 and len(line) <= _MAX_LINE_LENGTH:
            args = _arguments(line[start:])
            if args is not None:
                yield args


def _arguments(text: str) -> tuple[object, ...] | None:
    """Return the literal arguments of the call at the beginning of a text."""
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
