"""Prompt formats ``task``, ``chat`` and ``chat-prefill``: the task in words, for base and chat models.

All show what a program is judged by: the names that the tests use, the visible tests (or the first
asserts, if the dataset marks none) and the starter code. All are for any dataset. ``chat-prefill``
asks as ``chat`` does, and begins the answer's block itself: a small model then writes code in place
of an introduction, and nothing after the block.
"""

from __future__ import annotations

from collections.abc import Iterator

from rltf.extract import defines, unwrap
from rltf.hookspecs import Register, hookimpl
from rltf.models.prompt_check import hidden_names
from rltf.plugins.prompts.code import is_code
from rltf.problem import Problem
from rltf.prompt import BLOCK_END, BLOCK_START, PromptFormat, as_written, out_of_fences
from rltf.scoring.visibility import example_tests

EXAMPLES = 3
"""Tests that are shown if the dataset marks none as visible."""


def task_prompt(problem: Problem) -> str:
    """Return the task, the names to define, tests and starter code; code is returned as it is."""
    if is_code(problem):
        return problem.prompt
    return "\n".join([*_statement(problem), *_tests(problem), *_starter(problem)]) + "\n"


def task_program(problem: Problem, completion: str) -> str:
    """Return the code of a completion, after the prompt's own code if it continues that."""
    code, _ = unwrap(completion, problem.entry_point)
    name = problem.entry_point
    if not is_code(problem) or code != completion or (name and defines(code, name)):
        return code
    return problem.prompt + completion


def chat_prompt(problem: Problem) -> str:
    """Return a message that asks for the program in a fenced block."""
    if is_code(problem):
        parts = ["Complete this Python code:", _fenced(problem.prompt)]
    else:
        parts = ["Write Python code for this task:", *_statement(problem)]
        if starter := _starter(problem):
            parts += ["Begin with this code:", _fenced(*starter)]
        if tests := _tests(problem):
            parts += ["It must pass these tests:", _fenced(*tests)]
    parts.append("Answer with the complete code in one ```python block.")
    return "\n\n".join(parts)


def _statement(problem: Problem) -> Iterator[str]:
    yield problem.prompt.strip()
    tests = "\n".join(_tests(problem))
    if any(test.kind == "stdin" for test in problem.tests):
        yield "The program reads standard input and writes standard output."
    elif missing := hidden_names(problem, f"{problem.prompt}\n{problem.starter_code}\n{tests}"):
        names = " and ".join(f"`{name}`" for name in missing)
        yield f"Use the name{'s' * (len(missing) > 1)} {names}."


def _tests(problem: Problem) -> list[str]:
    return example_tests(problem, max(EXAMPLES, sum(test.visible for test in problem.tests)))


def _starter(problem: Problem) -> list[str]:
    return [problem.starter_code.rstrip()] if problem.starter_code else []


def _fenced(*lines: str) -> str:
    code = "\n".join(lines).strip("\n")
    return f"```python\n{code}\n```"


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("task", lambda dataset=None: PromptFormat(task_prompt, task_program))
    register("chat", lambda dataset=None: PromptFormat(chat_prompt, out_of_fences, chat=True))
    register(
        "chat-prefill",
        lambda dataset=None: PromptFormat(
            chat_prompt, as_written, stops=(BLOCK_END,), chat=True, answer_prefix=BLOCK_START
        ),
    )
