"""Prompt format ``apps``: what CodeRL and RLTF give to CodeT5 and CodeGen (their generate.py).

``codet5-apps`` is another name of it: both models get the same text.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.prompt import PromptFormat, as_written
from rltf.scoring.visibility import task_text


def apps_prompt(problem: Problem) -> str:
    """Question, visible tests and starter code if any, how it is called, the cue to answer."""
    standard_input = any(test.kind == "stdin" for test in problem.tests)
    form = "Standard Input" if standard_input else "Call-Based"
    return f"\nQUESTION:\n{task_text(problem)}\nUse {form} format\nANSWER:\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    for name in ("apps", "codet5-apps"):
        register(name, lambda dataset=None: PromptFormat(apps_prompt, as_written))
