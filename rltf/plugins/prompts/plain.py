"""Prompt format ``plain``: the task as its dataset states it."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.prompt import PromptFormat, as_written
from rltf.scoring.visibility import task_text


def plain_prompt(problem: Problem) -> str:
    """Return the task, then visible tests and starter code if any, each on its own line."""
    return f"{task_text(problem)}\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("plain", lambda dataset=None: PromptFormat(plain_prompt, as_written))
