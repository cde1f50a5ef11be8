"""Prompt formats ``humaneval-instruct`` and ``mbpp-instruct``: lm-eval's tasks of these names.

lm-eval begins the answer's block itself (``gen_prefix``), and for HumanEval also writes the code
that the model is to complete. Its three solved tasks for MBPP are turns of their own in a chat
template (its default), and otherwise text. The texts are those of lm-eval 0.4.13
(``tasks/humaneval/humaneval_instruct.yaml``, ``tasks/mbpp/mbpp_instruct.yaml``).
"""

from __future__ import annotations

from dataclasses import replace

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.code import code_format
from rltf.plugins.prompts.humaneval import STOPS
from rltf.plugins.prompts.mbpp_tasks import SOLVED_TASKS
from rltf.problem import Problem
from rltf.prompt import BLOCK_END, BLOCK_START, PromptFormat, as_written
from rltf.scoring.visibility import example_tests

_FENCE = "```"
_ASKED = f"Write a solution to the following problem and make sure that it passes the tests:\n{BLOCK_START}"
_ASKED_END = f"{BLOCK_END}\n"
_BEGUN = f"Here is the completed function:\n{BLOCK_START}"
_EXAMPLES = 3
"""Tests that MBPP's tasks show."""
MBPP_START = f"\n{BLOCK_START}"


def humaneval_instruct() -> PromptFormat:
    """Return the format whose answer begins with the prompt's code.

    lm-eval drops what follows the first fence of an answer; here a fence ends the completion.
    """
    continued = code_format(lambda prompt: prompt, (*STOPS, _FENCE))
    return replace(
        continued,
        text=lambda problem: f"{_ASKED}{continued.text(problem)}{_ASKED_END}",
        chat=True,
        answer_prefix=_begun,
    )


def _begun(prompt: str) -> str:
    code = prompt.removeprefix(_ASKED).removesuffix(_ASKED_END)
    return f"{_BEGUN}{code}\n"


def mbpp_instruct() -> PromptFormat:
    """Return the format whose answer is the rest of a block."""
    solved = tuple(
        (
            _mbpp_text(task.description, task.tests),
            f"{MBPP_START}{task.program}{BLOCK_END}",
        )
        for task in SOLVED_TASKS
    )
    return PromptFormat(
        lambda problem: _mbpp_text(_description(problem), example_tests(problem, _EXAMPLES)),
        as_written,
        stops=(_FENCE,),
        chat=True,
        answer_prefix=MBPP_START,
        examples=solved,
    )


def _description(problem: Problem) -> str:
    starter = [problem.starter_code.rstrip()] if problem.starter_code else []
    return "\n".join([problem.prompt, *starter])


def _mbpp_text(description: str, tests: tuple[str, ...] | list[str]) -> str:
    lines = ["You are an expert Python programmer, and here is your task:", description]
    if tests:
        lines += ["Your code should pass these tests:", *tests]
    return "\n".join(lines)


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("humaneval-instruct", lambda dataset=None: humaneval_instruct())
    register("mbpp-instruct", lambda dataset=None: mbpp_instruct())
