"""Prompt format ``google-3shot``: MBPP's own, from its README and lm-eval's task ``mbpp``.

The prompt shows three solved tasks and then the task to solve (Austin et al. 2021, Program
Synthesis with Large Language Models). The README defines the text of a task; the blank line between
tasks comes from lm-eval.
"""

from __future__ import annotations

from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.prompt import PromptFormat, out_of_fences
from rltf.scoring.visibility import example_tests

EXAMPLES = ("2", "3", "4")
"""MBPP's tasks that the paper shows, from the split ``prompt``."""


def google_3shot(dataset: Dataset | None = None) -> PromptFormat:
    """Return the format with the examples of this dataset; ``DataError`` if it lacks them."""
    examples = "".join(
        f"{task(problem)}{problem.solutions[0]}\n[DONE]\n\n" for problem in _examples(dataset)
    )
    return PromptFormat(lambda problem: examples + task(problem), out_of_fences, stops=("[DONE]",))


def task(problem: Problem) -> str:
    """Return the text of a task: description, starter code if any, and three tests."""
    description = problem.prompt
    if problem.starter_code:
        description += f"\n{problem.starter_code.rstrip()}\n"
    text = f"You are an expert Python programmer, and here is your task: {description}"
    if tests := example_tests(problem, 3):
        text += " Your code should pass these tests:\n\n" + "\n".join(tests)
    return f"{text}\n[BEGIN]\n"


def _examples(dataset: Dataset | None) -> list[Problem]:
    source = f"dataset {dataset.name}" if dataset else "no dataset"
    prefix = dataset.id_prefix if dataset else ""
    problems = dataset.problems("prompt") if dataset else ()
    solved = {p.task_id.removeprefix(prefix): p for p in problems if p.solutions}
    if missing := [task_id for task_id in EXAMPLES if task_id not in solved]:
        raise DataError(
            f"prompt google-3shot shows tasks {', '.join(EXAMPLES)} of a dataset's split 'prompt' "
            f"with their reference programs, as mbpp has them; {source} lacks {', '.join(missing)}"
        )
    return [solved[task_id] for task_id in EXAMPLES]


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("google-3shot", google_3shot)
