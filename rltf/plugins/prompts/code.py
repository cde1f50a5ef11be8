"""Prompts that are code for a model to continue; several formats share them.

The prompt of a problem in HumanEval's format is such code already. Any other problem becomes a
docstring with the description and one test, which shows the function's name (Fried et al. 2022,
InCoder), followed by the starter code.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rltf.extract import defines
from rltf.problem import Problem
from rltf.prompt import PromptFormat
from rltf.scoring.visibility import example_tests

_OPENING = re.compile(
    r"\s*(?:\"\"\"|'''|from [\w.]+ import |import \w|(?:async )?def \w+ *\(|class \w+ *[(:]|@\w)"
)


def code_format(opening: Callable[[str], str], stops: tuple[str, ...]) -> PromptFormat:
    """Return a format with code prompts. ``opening`` converts a prompt that is code already.

    The program is that code followed by the completion. With a docstring prompt, the program is the
    starter code followed by the completion, because a description can make an invalid docstring.
    """

    def text(problem: Problem) -> str:
        return opening(problem.prompt) if is_code(problem) else docstring_prompt(problem)

    def program(problem: Problem, completion: str) -> str:
        beginning = opening(problem.prompt) if is_code(problem) else _starter(problem)
        return beginning + completion

    return PromptFormat(text, program, stops)


def is_code(problem: Problem) -> bool:
    """Return whether a problem's prompt is the beginning of a program, as in HumanEval's format."""
    if problem.starter_code:
        return False
    name = problem.entry_point
    return bool(_OPENING.match(problem.prompt) or (name and defines(problem.prompt, name)))


def docstring_prompt(problem: Problem) -> str:
    """Return the description and one test as a docstring, then the starter code if any."""
    lines = [problem.prompt, *example_tests(problem, 1)]
    return '"""\n' + "\n".join(lines) + '\n"""\n' + _starter(problem)


def _starter(problem: Problem) -> str:
    return f"{problem.starter_code.rstrip()}\n" if problem.starter_code else ""
