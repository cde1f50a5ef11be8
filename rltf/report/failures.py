"""Run the first failing test of some samples again: verdicts do not hold wrong answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rltf import manager
from rltf.errors import RltfError
from rltf.problem import Problem
from rltf.report.page_model import SampleView
from rltf.report.problem_views import cut
from rltf.samples.verdict_line import verdict_from_dict

_MOST_LINE = 400


class Failures:
    """Explains failing samples, ``most`` different programs at most.

    Args:
        isolation: Whether the tests of a program share a process.
    """

    def __init__(self, most: int, isolation: str) -> None:
        self._most = most
        self._isolation = isolation
        self._known: dict[tuple[str, str], Sequence[str]] = {}
        self.note = ""
        """Why programs could not run."""

    def explained(
        self, views: list[SampleView], lines: Mapping[int, Mapping[str, Any]], problems: Any
    ) -> None:
        """Put lines about the first failing test into the last of these samples.

        Args:
            views: The samples, which are replaced.
            lines: Index of a sample to its verdict line.
            problems: Returns the problem of a task, or ``None``.
        """
        chosen: list[int] = []
        new: set[tuple[str, str]] = set()
        for index in sorted(lines, reverse=True):
            view = views[index]
            key = view.task, view.program
            is_wanted = view.status not in ("passed", "unscored", "syntax_error")
            if not is_wanted or problems(view.task) is None:
                continue
            if key not in self._known and key not in new:
                if len(self._known) + len(new) >= self._most:
                    continue
                new.add(key)
            chosen.append(index)
        if new:
            self._run(chosen, views, lines, problems)
        for index in chosen:
            view = views[index]
            if found := self._known.get((view.task, view.program)):
                views[index] = replace(view, failure=found)

    def _run(
        self,
        chosen: Sequence[int],
        views: Sequence[SampleView],
        lines: Mapping[int, Mapping[str, Any]],
        problems: Any,
    ) -> None:
        from rltf.explain.failure import explain

        try:
            with manager.get(
                "executor", "sandbox", workers=1, isolation=self._isolation
            ) as sandbox:
                for index in chosen:
                    view = views[index]
                    if (view.task, view.program) in self._known:
                        continue
                    problem: Problem = problems(view.task)
                    verdict = verdict_from_dict(lines[index])
                    if len(verdict.tests) != len(problem.tests):
                        continue  # judged with the tests of another version of the dataset
                    text = explain(sandbox, problem, view.program, verdict)[1:]
                    self._known[view.task, view.program] = [cut(each, _MOST_LINE) for each in text]
        except (RltfError, OSError) as error:
            self.note = f"failing tests were not run again: {error}"
            self._most = 0
