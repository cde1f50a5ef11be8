"""Prompt format ``apps``: the prompt of CodeRL and RLTF for CodeT5 and CodeGen (their generate.py).

``codet5-apps`` is another name for it: both models get the same text.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.prompt import PromptFormat, as_written
from rltf.scoring.visibility import task_text


def apps_prompt(problem: Problem) -> str:
    """Return the question, visible tests and starter code if any, the format and the answer cue."""
    reads_stdin = any(test.kind == "stdin" for test in problem.tests)
    answer_format = "Standard Input" if reads_stdin else "Call-Based"
    return f"\nQUESTION:\n{task_text(problem)}\nUse {answer_format} format\nANSWER:\n"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    for name in ("apps", "codet5-apps"):
        register(name, lambda dataset=None: PromptFormat(apps_prompt, as_written))
