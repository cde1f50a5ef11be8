"""Prompt format ``plain``: the task as its dataset states it."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem


def plain_prompt(problem: Problem) -> str:
    """The task, then starter code where there is any, each ended by a line break."""
    starter = f"{problem.starter_code}\n" if problem.starter_code else ""
    return f"{problem.prompt}\n{starter}"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("plain", lambda: plain_prompt)
