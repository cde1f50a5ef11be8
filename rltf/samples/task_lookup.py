"""Look up the problems that sample files name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Protocol

from rltf.common import json_line
from rltf.dataset import Dataset
from rltf.problem import Problem

_FOLDER_OF_EVALPLUS = re.compile(r"\A(HumanEval|Mbpp)_(\d+)\Z", re.ASCII)
"""The only names of folders in which ``_`` can be nothing but ``/``."""


class Tasks(Protocol):
    """Find problems. Every method raises ``ValueError`` that says what it did not find."""

    def named(self, task_id: object) -> Problem:
        """Return the problem of a task id, with or without the dataset's prefix."""
        ...

    def begun(self, task_id: object) -> Problem:
        """Return the problem of a task id, for a completion of its prompt."""
        ...

    def prompted(self, prompt: object) -> Problem:
        """Return the problem with exactly this prompt."""
        ...

    def of_folder(self, name: str) -> Problem:
        """Return the problem whose samples are in a folder of this name (:func:`folder_of`)."""
        ...

    def in_order(self) -> Iterator[Problem]:
        """Yield all problems, in dataset order."""
        ...


class DatasetTasks:
    """The problems of a dataset."""

    def __init__(self, dataset: Dataset) -> None:
        self._name = dataset.name
        self._prefix = dataset.id_prefix
        self._problems = dataset.problems()
        self._by_id: dict[str, Problem] = {}
        self._by_prompt: dict[str, list[Problem]] = {}
        self._by_folder: dict[str, list[Problem]] = {}
        for problem in self._problems:
            self._by_id[self._bare(problem.task_id)] = problem
            self._by_prompt.setdefault(problem.prompt, []).append(problem)
            self._by_folder.setdefault(folder_of(problem), []).append(problem)

    def named(self, task_id: object) -> Problem:
        name = json_line.task_id(task_id)
        try:
            return self._by_id[self._bare(name)]
        except KeyError:
            near = difflib.get_close_matches(name, [p.task_id for p in self._problems], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"dataset {self._name} has no task {task_id!r:.80}{hint}") from None

    begun = named

    def prompted(self, prompt: object) -> Problem:
        problems = self._by_prompt.get(prompt, []) if isinstance(prompt, str) else []
        if not problems:
            raise ValueError(f"dataset {self._name} has no prompt {prompt!r:.60}")
        return _only(problems, 'share this prompt; give "task_id" and "solution"')

    def of_folder(self, name: str) -> Problem:
        problems = self._by_folder.get(name)
        if problems:
            return _only(problems, "share this folder's name")
        return self.named(name.removeprefix(self._prefix.replace("/", "_")))

    def in_order(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __str__(self) -> str:
        return f"dataset {self._name}"

    def _bare(self, task_id: str) -> str:
        """Return a task id without the dataset's prefix: 11, "11" and "Mbpp/11" are one task."""
        return task_id.removeprefix(self._prefix)


class AnyTasks:
    """Tasks without a dataset: any id is valid, and there are no prompts."""

    def named(self, task_id: object) -> Problem:
        return Problem(json_line.task_id(task_id), "")

    def begun(self, task_id: object) -> Problem:
        raise ValueError("a completion follows its prompt: give --dataset")

    def prompted(self, prompt: object) -> Problem:
        raise ValueError("to find a task by its prompt, give --dataset")

    def of_folder(self, name: str) -> Problem:
        return Problem(_FOLDER_OF_EVALPLUS.sub(r"\1/\2", name), "")

    def in_order(self) -> Iterator[Problem]:
        raise ValueError("to tell whose programs a bare list holds, give --dataset")


def folder_of(problem: Problem) -> str:
    """Return the name of a problem's folder for EvalPlus: its id with ``_`` for ``/``."""
    return problem.task_id.replace("/", "_")


def keeps_id(problem: Problem) -> bool:
    """Return whether the name of its folder alone gives a problem's id."""
    return AnyTasks().of_folder(folder_of(problem)).task_id == problem.task_id


def _only(problems: list[Problem], fault: str) -> Problem:
    if len(problems) > 1:
        first, second = problems[0].task_id, problems[1].task_id
        raise ValueError(f"tasks {first!r} and {second!r} {fault}")
    return problems[0]
