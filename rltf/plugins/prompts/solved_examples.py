"""Prompt format ``inspect_ai-mbpp``: inspect_evals' task ``mbpp``, one message with three solved tasks.

The text is that of inspect_evals 0.28 (``mbpp/mbpp.py``). inspect_evals takes the first block marked
as Python, else the first other one, else the whole answer; rltf takes the block that defines the
tested function.
"""

from __future__ import annotations

from collections.abc import Sequence

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.mbpp_tasks import SOLVED_TASKS
from rltf.problem import Problem
from rltf.prompt import BLOCK_END, BLOCK_START, PromptFormat, out_of_fences
from rltf.scoring.visibility import example_tests

_TESTS = 3
"""Tests that every task of MBPP has."""
_INSTRUCTION = """\
You are an expert Python programmer. You will be given a task, and the tests that your code must pass.
Write the Python function to solve the task. Do not give additional explanations, just output the
Python function. Only use imports that are included in Python's standard library.

For example:

"""


def inspect_mbpp_prompt(problem: Problem) -> str:
    """Return the instruction, three solved tasks, and the task with its tests, all in blocks."""
    solved = "".join(
        _part("Prompt", number, task.description)
        + _part("Test Case", number, "\n".join(task.tests))
        + _part("Completion", number, task.program)
        for number, task in enumerate(SOLVED_TASKS, 1)
    )
    starter = [problem.starter_code.rstrip()] if problem.starter_code else []
    asked = _asked("Prompt", [problem.prompt, *starter])
    tests = _asked("Test Case", example_tests(problem, _TESTS))
    return (
        f"{_INSTRUCTION}{solved}\n# Now, do it for the following task.\n\n"
        f"{asked}{tests}## Completion:\n"
    )


def _part(name: str, number: int, text: str) -> str:
    return f"## {name} {number}\n{BLOCK_START}{text}{BLOCK_END}\n\n"


def _asked(name: str, lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return f"## {name}:\n{BLOCK_START}{text}{BLOCK_END}\n\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register(
        "inspect_ai-mbpp",
        lambda dataset=None: PromptFormat(inspect_mbpp_prompt, out_of_fences, chat=True),
    )
