"""Prompt format ``apps``: what CodeRL and RLTF give to CodeT5 and CodeGen (their generate.py)."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.visible import task_text


def apps_prompt(problem: Problem) -> str:
    """Question, visible tests and starter code if any, how it is called, the cue to answer."""
    standard_input = any(test.kind == "stdin" for test in problem.tests)
    form = "Standard Input" if standard_input else "Call-Based"
    return f"\nQUESTION:\n{task_text(problem)}\nUse {form} format\nANSWER:\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("apps", lambda: apps_prompt)
