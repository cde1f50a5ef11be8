"""Programs of answers as EvalPlus takes them, whatever the prompt format: ``--sanitize``."""

from __future__ import annotations

from dataclasses import replace

from rltf.extract.sanitize import sanitize
from rltf.models.prompt_check import tested_names
from rltf.problem import Problem
from rltf.prompt import PromptFormat


def sanitized(problem: Problem, program: str, text: str) -> str:
    """Return the sanitized program of an answer.

    EvalPlus sanitizes the whole answer, after the prompt if the answer continues that. It has no
    problems on standard input, whose programs it would empty: those are left as they are.

    Args:
        problem: The problem.
        program: The program as rltf takes it from the answer.
        text: The answer.
    """
    names = tested_names(problem)
    return sanitize(program if text in program else text, *names) if names else program


def sanitizing(prompt_format: PromptFormat) -> PromptFormat:
    """Return a prompt format that sanitizes. It is not for training (``PromptFormat.program``)."""

    def program(problem: Problem, completion: str) -> str:
        return sanitized(problem, prompt_format.program(problem, completion), completion)

    return replace(prompt_format, program=program)
