"""Sample files: programs written elsewhere, in the forms that are in use.

JSON lines, each of them one of

    {"task_id": …, "solution": …}      a program that stands alone
    {"task_id": …, "program": …}       the same, as older runs wrote it
    {"task_id": …, "completion": …}    what follows the problem's prompt, byte for byte
    {"prompt": …, "response": …}       found by its exact prompt; stands alone where it defines the
                                       entry point, and is judged as prompt + response elsewhere
    {"question_id": …, "code_list": …} LiveCodeBench's: programs that stand alone
    ["…", "…"]                         programs of the next problem, in dataset order
    [["…", "…"], …]                    the same for several problems

Programs are extracted from the answers of models (``extract``). A list of programs may stand in
place of one program.
Other keys are ignored. The rows may be in any file that ``row_file`` reads, or in one of EvalPlus:

    eval_results.json                  {"eval": {TASK: [{"solution", …}, …]}}: a row per result
    a folder                           TASK/N.py, with _ for / in TASK; read file by file
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.common.did_you_mean import nearest
from rltf.dataset import DataError, Dataset
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples import row_file
from rltf.samples.answers import Cut, alone, answered, continued
from rltf.samples.row_file import Row
from rltf.samples.task_lookup import AnyTasks, DatasetTasks, Tasks

_FORMS = (
    '{"task_id", "solution"}, {"task_id", "completion"}, {"prompt", "response"}, '
    '{"question_id", "code_list"} or a list'
)

_KEYS = {"task_id", "solution", "completion", "prompt", "response", "question_id", "code_list"}

_NAMED = 5
"""Problems in a message."""


def digested(sample: Sample) -> bytes:
    """Return what the digest of samples is made of."""
    return json.dumps([sample.task_id, sample.program]).encode()


@dataclass(frozen=True)
class SampleRow:
    """A row and the samples that it holds."""

    row: Row
    samples: Sequence[tuple[Problem, Sample]]


class SampleFile:
    """Read a file as often as it is iterated: a million samples need not fit in memory.

    Args:
        path: The file, or EvalPlus' folder.
        dataset: The dataset of the problems; ``None``: any task id is valid, without a prompt.
        on_invalid: Called with the fault of an invalid row, which is left out then. By default, an
            invalid row raises :class:`rltf.dataset.DataError`.
        clean: Makes the program to judge from the problem, the program in the answer, and the
            answer. By default, the program in the answer is judged.
    """

    def __init__(
        self,
        path: str | Path,
        dataset: Dataset | None,
        on_invalid: Callable[[str], None] | None = None,
        clean: Callable[[Problem, str, str], str] | None = None,
    ) -> None:
        self._path = Path(path)
        self._clean = clean
        self._tasks: Tasks = AnyTasks() if dataset is None else DatasetTasks(dataset)
        self._on_invalid = on_invalid

    def __iter__(self) -> Iterator[tuple[Problem, Sample]]:
        """Yield problem and sample in the file's order; ``Sample.index`` counts per problem."""
        for row in self.rows():
            yield from row.samples

    def rows(self) -> Iterator[SampleRow]:
        """Yield the rows, in the file's order, with their samples."""
        seen: Counter[str] = Counter()
        reader = _Reader(self._tasks)
        for row in rows(self._path):
            try:
                cuts = reader.cuts(row)
            except _Lost as error:
                raise self._error(row, error) from None
            except ValueError as error:
                if self._on_invalid is None:
                    raise self._error(row, error) from None
                self._on_invalid(str(self._error(row, error)))
                continue
            samples = []
            for problem, program, text, shift in cuts:
                index = seen[problem.task_id]
                seen[problem.task_id] += 1
                if self._clean is None:
                    sample = Sample(problem.task_id, program, text=text, shift=shift, index=index)
                else:
                    cleaned = self._clean(problem, program, text)
                    sample = Sample(problem.task_id, cleaned, index=index)
                samples.append((problem, sample))
            yield SampleRow(row, samples)

    def _error(self, row: Row, fault: ValueError) -> DataError:
        return DataError(f"{self._path}, {row.position}: {fault}")


def incomplete(problems: Iterable[Problem], samples: Mapping[str, int]) -> str:
    """Say which problems have too few samples; nothing where all have the same number.

    Args:
        problems: The problems that should have samples.
        samples: The number of samples of each task id.
    """
    expected = [problem.task_id for problem in problems]
    without = [task_id for task_id in expected if not samples.get(task_id)]
    counts = [count for task_id in expected if (count := samples.get(task_id, 0))]
    return lacking(len(expected), without, min(counts, default=0), max(counts, default=0))


def lacking(problems: int, without: Sequence[str], least: int, most: int) -> str:
    """Say what a set of samples lacks; nothing where all problems have the same number.

    Args:
        problems: How many problems should have samples.
        without: Ids of those that have none.
        least: The smallest number of samples of the others.
        most: Their largest.
    """
    faults = []
    if without:
        have = "has" if len(without) == 1 else "have"
        some = ", ".join(without[:_NAMED]) + (", …" if len(without) > _NAMED else "")
        faults.append(f"{len(without)} of {problems} problems {have} no samples ({some})")
    if least < most:
        numbers = f"{least} to {most}"
        faults.append(
            f"the others have {numbers}" if faults else f"the problems have {numbers} samples"
        )
    return ", ".join(faults)


def sampled_splits(dataset: Dataset, samples: Mapping[str, int]) -> list[Problem]:
    """Return the problems of all splits in which a problem has samples."""
    problems = dataset.problems()
    splits = {problem.split for problem in problems if samples.get(problem.task_id)}
    return [problem for problem in problems if problem.split in splits]


class _Lost(ValueError):
    """The problem of a bare list can no longer be known."""


class _Reader:
    """Read one row after the other; ``ValueError`` says what is wrong with a row."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._unlisted: Iterator[Problem] | None = None
        """Problems that no bare list has been read for."""
        self._lost = ""
        """Position of a row that may have been a bare list."""

    def cuts(self, row: Row) -> list[Cut]:
        if row.fault:
            self._lost = self._lost or row.position
            raise ValueError(row.fault)
        match row.value:
            case list():
                if self._lost:
                    raise _Lost(
                        f"whose programs these are cannot be told, since {self._lost} was left out"
                    )
                return self._listed(row.value)
            case {"folder": str() as folder, "solution": str() as program}:
                return alone(self._tasks.of_folder(folder), [program])
            case {"task_id": task_id, "solution": programs}:
                return alone(self._tasks.named(task_id), _texts("solution", programs))
            case {"task_id": task_id, "program": programs}:
                return alone(self._tasks.named(task_id), _texts("program", programs))
            case {"task_id": task_id, "completion": programs}:
                problem = self._tasks.begun(task_id)
                return [continued(problem, text) for text in _texts("completion", programs)]
            case {"prompt": prompt, "response": programs}:
                problem = self._tasks.prompted(prompt)
                return [answered(problem, text) for text in _texts("response", programs)]
            case {"question_id": task_id, "code_list": list() as programs}:
                return alone(self._tasks.named(task_id), _texts("code_list", programs))
            case _:
                if not isinstance(row.value, dict):
                    raise ValueError(f"must be {_FORMS}, not {row.value!r:.80}")
                keys = sorted(row.value)
                near = (
                    nearest(key, _KEYS.difference(keys), repr) for key in keys if key not in _KEYS
                )
                raise ValueError(
                    f"must be {_FORMS}, not {keys!r:.80}{next(filter(None, near), '')}"
                )

    def _listed(self, row: list[Any]) -> list[Cut]:
        nested = bool(row) and all(isinstance(item, list) for item in row)
        lists = row if nested else [row]
        if self._unlisted is None:
            self._unlisted = self._tasks.in_order()
        problems = [problem for _, problem in zip(lists, self._unlisted, strict=False)]
        if len(problems) < len(lists):
            raise ValueError(f"more lists of programs than {self._tasks} has problems")
        return [
            cut
            for problem, programs in zip(problems, lists, strict=True)
            for cut in alone(problem, _texts("a list", programs))
        ]


def _texts(subject: str, programs: object) -> Sequence[str]:
    texts: list[Any] = programs if isinstance(programs, list) else [programs]
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"{subject} must hold programs as text, not {text!r:.60}")
    return texts


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file or folder, in order.

    Raises :class:`rltf.dataset.DataError` where nothing can be read.
    """
    if path.is_dir():
        yield from _of_folder(path)
        return
    for row in row_file.rows(path):
        match row.value:
            case {"eval": dict() as tasks}:
                yield from _of_results(tasks)
            case _:
                yield row


def _of_results(tasks: Mapping[str, Any]) -> Iterator[Row]:
    for task_id, results in tasks.items():
        if not isinstance(results, list):
            yield Row(f"task {task_id!r}", fault="must hold a list of results")
            continue
        for number, result in enumerate(results, 1):
            name = f"task {task_id!r}, result {number}"
            if isinstance(result, dict):
                yield Row(name, {"task_id": task_id, **result})
            else:
                yield Row(name, fault=f"must be an object, not {result!r:.60}")


def _of_folder(path: Path) -> Iterator[Row]:
    empty = True
    for folder in sorted(path.iterdir()):
        if not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.py"), key=_by_number):
            if not file.is_file():
                continue
            empty = False
            name = f"{folder.name}/{file.name}"
            try:
                program = file.read_bytes().decode()
            except UnicodeDecodeError as error:
                yield Row(name, fault=f"not UTF-8 ({error.reason})")
            except OSError as error:
                yield Row(name, fault=str(error.strerror))
            else:
                yield Row(name, {"folder": folder.name, "solution": program})
    if empty:
        raise DataError(f"{path}: a folder of samples holds TASK/0.py, TASK/1.py, …; here are none")


def _by_number(file: Path) -> tuple[float, str]:
    return (int(file.stem) if file.stem.isdecimal() else float("inf"), file.name)
