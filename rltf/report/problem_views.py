"""The problems of a report: read from their dataset once, and shown as text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from rltf import manager
from rltf.dataset import Dataset
from rltf.errors import RltfError
from rltf.explain.value_text import shown
from rltf.problem import Problem, TestCase
from rltf.report.page_model import ProblemView, TestView

_MOST_TEXT = 4000
"""Characters of a text of a test that a page holds."""


class Problems:
    """The problems of a dataset by task id; without them, a page has no tests and no prompts."""

    def __init__(self, dataset: str, data: str | Path | None) -> None:
        self._dataset = dataset
        self._data = None if data is None else str(data)
        self._found: Mapping[str, Problem] | None = None
        self.note = ""
        """Why the dataset could not be read."""

    def get(self, task_id: str) -> Problem | None:
        """Return a problem, or ``None`` where the dataset cannot be read or lacks it."""
        if self._found is None:
            self._found = self._read()
        return self._found.get(task_id)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset; :class:`RltfError` or :class:`OSError` if it cannot be read."""
        found: Dataset = manager.get("dataset", self._dataset, path=self._data)
        return found

    def _read(self) -> Mapping[str, Problem]:
        try:
            return {each.task_id: each for each in self.dataset.problems()}
        except (RltfError, OSError) as error:
            self.note = f"tests and prompts are not shown: {error}"
            return {}


def problem_view(problem: Problem) -> ProblemView:
    """Return what a page shows of a problem."""
    return ProblemView(cut(problem.prompt), [_test_view(problem, test) for test in problem.tests])


def _test_view(problem: Problem, test: TestCase) -> TestView:
    match test.kind:
        case "stdin":
            return TestView("stdin", cut(test.input), cut(test.output))
        case "call":
            call = f"{problem.entry_point}({', '.join(map(shown, test.args))})"
            return TestView("call", cut(call), cut(shown(test.expected)))
    return TestView("assert", cut(test.code.strip("\n")), "")


def cut(text: str, most: int = _MOST_TEXT) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= most else f"{text[:most]}…"
