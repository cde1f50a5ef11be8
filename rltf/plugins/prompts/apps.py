"""Prompt format ``apps``: what CodeRL and RLTF give to CodeT5 and CodeGen (their generate.py)."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem


def apps_prompt(problem: Problem) -> str:
    """Question, starter code if there is any, how the program is called, the cue to answer."""
    standard_input = any(test.kind == "stdin" for test in problem.tests)
    form = "Standard Input" if standard_input else "Call-Based"
    starter = f"\n{problem.starter_code}" if problem.starter_code else ""
    return f"\nQUESTION:\n{problem.prompt}{starter}\nUse {form} format\nANSWER:\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("apps", lambda: apps_prompt)
