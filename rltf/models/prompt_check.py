"""Checks whether prompts show what programs are judged by."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence

from rltf.manager import PluginWarning
from rltf.problem import Problem
from rltf.sandbox.judging.name_origins import names_of


def hidden_names(problem: Problem, prompt: str) -> list[str]:
    """Return the names of the program that the tests use and the prompt does not show."""
    names = tested_names(problem)
    return [name for name in names if not re.search(rf"\b{re.escape(name)}\b", prompt)]


def tested_names(problem: Problem) -> list[str]:
    """Return the functions and classes of the program that the tests use, sorted."""
    names = {problem.entry_point.split(".")[0].removesuffix("()")} if problem.entry_point else set()
    if any(test.kind == "assert" for test in problem.tests):  # other tests name nothing else
        names |= names_of(problem).program
    return sorted(names)


def warn_of_hidden_names(name: str, problems: Sequence[Problem], prompts: Iterable[str]) -> None:
    """Warn if tests use names that their prompts do not show: no program could pass.

    Args:
        name: Name of the prompt format.
        prompts: The prompt of each problem.
    """
    hidden = {
        problem.task_id: names
        for problem, prompt in zip(problems, prompts, strict=True)
        if (names := hidden_names(problem, prompt))
    }
    if hidden:
        task_id, names = next(iter(hidden.items()))
        warnings.warn(
            f"prompt {name}: the tests of {len(hidden)} of {len(problems)} problems use a name that "
            f"the prompt does not show, such as {names[0]} in {task_id}; --prompt task or chat "
            "shows such names",
            PluginWarning,
            stacklevel=2,
        )
