"""What a critic learns from: programs with their outcomes, and reference programs as ones that pass.

Samples are what ``rltf score`` reads. Their verdicts are, where there are any,

    "status" in a sample's own row       a run's samples.jsonl
    verdicts.jsonl beside samples.jsonl  a benchmark's folder
    a file that rltf score wrote         of the same samples

and what has none is judged. A program that comes again for its problem counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rltf.common.seeds import shuffled_indices
from rltf.critic.outcome import PASSED, outcome
from rltf.dataset import DataError, Dataset
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples import verdict_line
from rltf.samples.sample_file import SampleFile, SampleRow
from rltf.samples.sample_rows import rows
from rltf.scoring.pipeline import judge_jobs
from rltf.scoring.visibility import hidden_verdict
from rltf.verdict import STATUSES, Status, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

HELD_OUT_SHARE = 0.1
"""Of the problems; at least one."""


@dataclass(frozen=True)
class Program:
    """A program that was sampled, and what its tests showed."""

    problem: Problem
    text: str
    status: Status | None
    """``None``: not known."""


@dataclass(frozen=True)
class Example:
    """A program and its class (``rltf.critic.outcome``)."""

    problem: Problem
    program: str
    outcome: int


@dataclass(frozen=True)
class Examples:
    """What to train on, and sampled programs of other problems to check the critic with."""

    train: Sequence[Example]
    held_out: Sequence[Example]
    references: int
    """How many of ``train`` are reference programs."""


def read_programs(path: Path, dataset: Dataset, verdicts: Path | None = None) -> list[Program]:
    """The different programs of a file or folder, in its order, with the statuses that are known.

    Raises :class:`rltf.dataset.DataError` for what cannot be read, and where there are none.
    """
    if (path / "samples.jsonl").is_file():
        if verdicts is None and (path / "verdicts.jsonl").is_file():
            verdicts = path / "verdicts.jsonl"
        path = path / "samples.jsonl"
    known = {} if verdicts is None else _verdicts(verdicts)
    programs: dict[tuple[str, str], Program] = {}
    for row in SampleFile(path, dataset).rows():
        own = _status(path, row)
        for problem, sample in row.samples:
            verdict = known.get((problem.task_id, sample.index))
            status = own if verdict is None else hidden_verdict(problem, verdict).status
            key = problem.task_id, sample.program
            if key not in programs or programs[key].status in (None, "unscored"):
                programs[key] = Program(problem, sample.program, status)
    if not programs:
        raise DataError(f"{path}: holds no samples, and a critic learns from samples alone")
    return list(programs.values())


def judge(programs: Sequence[Program], sandbox: Sandbox) -> Iterator[Program]:
    """Yield the programs in order, each with its status."""
    jobs = (
        (program.problem, Sample(program.problem.task_id, program.text))
        for program in programs
        if program.status is None
    )
    judged = judge_jobs(jobs, sandbox)
    for program in programs:
        if program.status is None:
            job, verdict = next(judged)
            program = replace(program, status=hidden_verdict(job.problem, verdict).status)
        yield program


def examples(programs: Iterable[Program], seed: int) -> Examples:
    """Programs as examples, a seeded tenth of the problems held out.

    The reference programs of the others join in as programs that pass (CodeRL). Raises
    :class:`rltf.dataset.DataError` where fewer than two problems have a program that was judged.
    """
    by_problem: dict[str, list[Example]] = {}
    for program in programs:
        if program.status is not None and (found := outcome(program.status)) is not None:
            example = Example(program.problem, program.text, found)
            by_problem.setdefault(program.problem.task_id, []).append(example)
    if len(by_problem) < 2:
        raise DataError(
            "a critic is checked on problems that it was not trained on: it needs judged samples of "
            f"at least two problems, not of {len(by_problem)}"
        )
    names = list(by_problem)
    count = max(1, round(HELD_OUT_SHARE * len(names)))
    chosen = {names[i] for i in shuffled_indices(len(names), 0, count, seed, "critic", "held out")}
    train: list[Example] = []
    references = 0
    for name in names:
        if name not in chosen:
            train += by_problem[name]
            problem, sampled = by_problem[name][0].problem, {e.program for e in by_problem[name]}
            added = [text for text in dict.fromkeys(problem.solutions) if text not in sampled]
            train += [Example(problem, text, PASSED) for text in added]
            references += len(added)
    held_out = [example for name in names if name in chosen for example in by_problem[name]]
    return Examples(train, held_out, references)


def _verdicts(path: Path) -> dict[tuple[str, int], Verdict]:
    """Task id and number of a sample to its verdict, as ``rltf score`` wrote them."""
    found: dict[tuple[str, int], Verdict] = {}
    for row in rows(path):
        try:
            if row.fault:
                raise ValueError(row.fault)
            line = verdict_line.from_dict(row.value)
        except ValueError as error:
            raise DataError(f"{path}, {row.place}: {error}") from None
        found[line.task_id, line.sample] = line.verdict
    return found


def _status(path: Path, row: SampleRow) -> Status | None:
    """The status that a row gives for its one sample."""
    value = row.row.value
    if not isinstance(value, dict) or "status" not in value or len(row.samples) != 1:
        return None
    status: Status = value["status"]
    if status not in (*STATUSES, "unscored"):
        raise DataError(f"{path}, {row.row.place}: there is no status {status!r:.40}")
    return status
