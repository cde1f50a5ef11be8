"""Sample files: programs written elsewhere, in the forms that people have them.

JSON lines, each of them one of

    {"task_id": …, "solution": …}      a program that stands alone
    {"task_id": …, "completion": …}    what follows the problem's prompt, byte for byte
    {"prompt": …, "response": …}       found by its exact prompt; stands alone where it defines the
                                       entry point, and is judged as prompt + response elsewhere
    ["…", "…"]                         programs of the next problem, in dataset order
    [["…", "…"], …]                    the same for several problems

In place of one program there may be a list. Other keys are left alone.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rltf import jsonline
from rltf.dataset import DataError, Dataset
from rltf.extract import defines, unwrap
from rltf.problem import Problem
from rltf.sample import Sample

_FORMS = '{"task_id", "solution"}, {"task_id", "completion"}, {"prompt", "response"} or a list'


class SampleFile:
    """Reads one file, as often as it is iterated: a million samples need not fit in memory.

    Raises :class:`rltf.dataset.DataError` for a pipe and for what else can be read only once.
    """

    def __init__(self, path: str | Path, dataset: Dataset) -> None:
        self._path = Path(path)
        if self._path.exists() and not self._path.is_file():
            raise DataError(
                f"{path}: not a regular file; samples are read twice, so save them first"
            )
        self._dataset = dataset
        self._problems = dataset.problems()
        self._by_id: dict[str, Problem] = {}
        self._by_prompt: dict[str, list[Problem]] = {}
        for problem in self._problems:
            self._by_id[self._bare(problem.task_id)] = problem
            self._by_prompt.setdefault(problem.prompt, []).append(problem)

    def __iter__(self) -> Iterator[tuple[Problem, Sample]]:
        """Problem and sample, in the file's order; ``Sample.index`` counts those of one problem.

        Raises :class:`rltf.dataset.DataError` that names the line.
        """
        seen: Counter[str] = Counter()
        unlisted = iter(self._problems)
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.strip():
                        continue
                    for problem, program, text, shift in self._programs(number, line, unlisted):
                        index = seen[problem.task_id]
                        seen[problem.task_id] += 1
                        yield (
                            problem,
                            Sample(problem.task_id, program, text=text, shift=shift, index=index),
                        )
        except OSError as error:
            raise DataError(f"{self._path}: {error.strerror}") from None

    def _programs(
        self, number: int, line: bytes, unlisted: Iterator[Problem]
    ) -> Iterator[tuple[Problem, str, str, int]]:
        """Problem, program, sampled text and shift of each program of one line.

        ``unlisted`` are the problems that no bare list of programs has been read for.
        """
        try:
            row = jsonline.parse(line)
        except ValueError as error:
            raise self._error(number, str(error)) from None
        match row:
            case list():
                yield from self._listed(number, row, unlisted)
            case {"task_id": task_id, "solution": programs}:
                problem = self._find(number, task_id)
                for text in self._texts(number, "solution", programs):
                    code, start = unwrap(text, problem.entry_point)
                    yield problem, code, text, -start
            case {"task_id": task_id, "completion": programs}:
                problem = self._find(number, task_id)
                for text in self._texts(number, "completion", programs):
                    yield problem, *_continued(problem, text)
            case {"prompt": prompt, "response": programs}:
                problem = self._find_prompt(number, prompt)
                for text in self._texts(number, "response", programs):
                    code, start = unwrap(text, problem.entry_point)
                    if problem.entry_point is None or defines(code, problem.entry_point):
                        yield problem, code, text, -start
                    else:
                        yield problem, *_continued(problem, text)
            case _:
                keys = sorted(row) if isinstance(row, dict) else row
                raise self._error(number, f"must be {_FORMS}, not {keys!r:.80}")

    def _listed(
        self, number: int, row: list[Any], unlisted: Iterator[Problem]
    ) -> Iterator[tuple[Problem, str, str, int]]:
        nested = bool(row) and all(isinstance(item, list) for item in row)
        for programs in row if nested else [row]:
            problem = next(unlisted, None)
            if problem is None:
                raise self._error(
                    number,
                    f"more lists of programs than dataset {self._dataset.name} has problems "
                    f"({len(self._problems)})",
                )
            for text in self._texts(number, "a list", programs):
                code, start = unwrap(text, problem.entry_point)
                yield problem, code, text, -start

    def _texts(self, number: int, what: str, programs: object) -> Sequence[str]:
        texts: list[Any] = programs if isinstance(programs, list) else [programs]
        for text in texts:
            if not isinstance(text, str):
                raise self._error(number, f"{what} must hold programs as text, not {text!r:.60}")
        return texts

    def _find(self, number: int, value: object) -> Problem:
        try:
            task_id = jsonline.task_id(value)
        except ValueError as error:
            raise self._error(number, str(error)) from None
        try:
            return self._by_id[self._bare(task_id)]
        except KeyError:
            near = difflib.get_close_matches(task_id, [p.task_id for p in self._problems], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise self._error(
                number, f"dataset {self._dataset.name} has no task {value!r}{hint}"
            ) from None

    def _find_prompt(self, number: int, prompt: object) -> Problem:
        match self._by_prompt.get(prompt, []) if isinstance(prompt, str) else []:
            case [problem]:
                return problem
            case []:
                raise self._error(
                    number, f"dataset {self._dataset.name} has no prompt {prompt!r:.60}"
                )
            case [first, second, *_]:
                raise self._error(
                    number,
                    f"tasks {first.task_id!r} and {second.task_id!r} share this prompt; "
                    'give "task_id" and "solution"',
                )
        raise AssertionError("unreachable")

    def _bare(self, task_id: str) -> str:
        """A task id without the dataset's prefix: 11, "11" and "Mbpp/11" are one task."""
        return task_id.removeprefix(self._dataset.id_prefix)

    def _error(self, number: int, problem: str) -> DataError:
        return DataError(f"{self._path}, line {number}: {problem}")


def _continued(problem: Problem, text: str) -> tuple[str, str, int]:
    """Program, sampled text and shift of a completion of the problem's prompt."""
    code, start = unwrap(text, problem.entry_point)
    return problem.prompt + code, text, len(problem.prompt) - start
