"""Prompt format ``rltf``: RLTF's and CodeRL's zero-shot prompt for MBPP.

The papers specify its parts but not its line breaks: the description, "Your code should satisfy
these tests:" and three asserts.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.prompt import PromptFormat, out_of_fences
from rltf.scoring.visibility import example_tests


def rltf_prompt(problem: Problem) -> str:
    """Return the description, starter code if any, and at most three tests, on separate lines."""
    parts = [problem.prompt]
    if problem.starter_code:
        parts.append(problem.starter_code.rstrip())
    if tests := example_tests(problem, 3):
        parts += ["Your code should satisfy these tests:", *tests]
    return "\n".join(parts) + "\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("rltf", lambda dataset=None: PromptFormat(rltf_prompt, out_of_fences))
