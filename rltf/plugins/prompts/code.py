"""Prompts that are code for a model to go on with; what four formats share.

A problem in HumanEval's form is such a prompt itself. Any other becomes a docstring that holds the
description and one test, which tells the function's name (Fried et al. 2022, InCoder), and the
starter code after it.
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
    """A format of this kind. ``opening`` makes the prompt of a problem that is code itself.

    The program is that code and the completion; of a docstring prompt the starter code and the
    completion, since a description in words can make a docstring that does not compile.
    """

    def text(problem: Problem) -> str:
        return opening(problem.prompt) if is_code(problem) else docstring_prompt(problem)

    def program(problem: Problem, completion: str) -> str:
        begun = opening(problem.prompt) if is_code(problem) else _starter(problem)
        return begun + completion

    return PromptFormat(text, program, stops)


def is_code(problem: Problem) -> bool:
    """Whether a problem's prompt is code that a program begins with, as in HumanEval's form."""
    if problem.starter_code:
        return False
    name = problem.entry_point
    return bool(_OPENING.match(problem.prompt) or (name and defines(problem.prompt, name)))


def docstring_prompt(problem: Problem) -> str:
    """Description and one test as a docstring, then the starter code if any."""
    lines = [problem.prompt, *example_tests(problem, 1)]
    return '"""\n' + "\n".join(lines) + '\n"""\n' + _starter(problem)


def _starter(problem: Problem) -> str:
    return f"{problem.starter_code.rstrip()}\n" if problem.starter_code else ""
