"""The training data of a critic: sampled programs with their outcomes, and reference programs.

The samples are in any format that ``rltf score`` reads. Their verdicts come from

    "status" in the row of a sample      samples.jsonl of a run
    verdicts.jsonl beside samples.jsonl  the folder of a benchmark
    a file that rltf score wrote         for the same samples

and programs without a verdict are judged. A program that is repeated for its problem counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rltf.common.seeds import shuffled_indices
from rltf.critic.outcome import PASSED, outcome
from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.sample_file import SampleFile, SampleRow
from rltf.samples.verdict_line import read_verdicts
from rltf.scoring.pipeline import judge_jobs
from rltf.scoring.visibility import hidden_verdict
from rltf.verdict import STATUSES, Status, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

HELD_OUT_SHARE = 0.1
"""The share of the problems that is held out; at least one problem is."""


@dataclass(frozen=True)
class SampledProgram:
    """A sampled program and the status that its tests showed."""

    problem: Problem
    text: str
    status: Status | None
    """``None`` if it is unknown."""


@dataclass(frozen=True)
class Example:
    """A program and the class of its outcome (:mod:`rltf.critic.outcome`)."""

    problem: Problem
    program: str
    outcome: int


@dataclass(frozen=True)
class Examples:
    """Programs to train on, and sampled programs of other problems to evaluate the critic with."""

    train: Sequence[Example]
    held_out: Sequence[Example]
    references: int
    """How many of ``train`` are reference programs."""


def read_programs(
    path: Path, dataset: Dataset, verdicts: Path | None = None
) -> list[SampledProgram]:
    """Read the different programs of a file or folder, in order, with the known statuses.

    Raises :class:`rltf.dataset.DataError` if a file cannot be read or holds no samples.
    """
    if (path / "samples.jsonl").is_file():
        if verdicts is None and (path / "verdicts.jsonl").is_file():
            verdicts = path / "verdicts.jsonl"
        path = path / "samples.jsonl"
    known = {} if verdicts is None else _verdicts(verdicts)
    programs: dict[tuple[str, str], SampledProgram] = {}
    for row in SampleFile(path, dataset).rows():
        row_status = _status(path, row)
        for problem, sample in row.samples:
            verdict = known.get((problem.task_id, sample.index))
            status = row_status if verdict is None else hidden_verdict(problem, verdict).status
            key = problem.task_id, sample.program
            if key not in programs or programs[key].status in (None, "unscored"):
                programs[key] = SampledProgram(problem, sample.program, status)
    if not programs:
        raise DataError(f"{path}: holds no samples, and a critic learns from samples alone")
    return list(programs.values())


def judge(programs: Sequence[SampledProgram], sandbox: Sandbox) -> Iterator[SampledProgram]:
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


def examples(programs: Iterable[SampledProgram], seed: int) -> Examples:
    """Turn programs into examples, and hold out a tenth of the problems, drawn by the seed.

    The reference programs of the other problems are added as programs that pass, as in CodeRL.
    Raises :class:`rltf.dataset.DataError` if fewer than two problems have a judged program.
    """
    by_problem: dict[str, list[Example]] = {}
    for program in programs:
        if program.status is not None and (result := outcome(program.status)) is not None:
            example = Example(program.problem, program.text, result)
            by_problem.setdefault(program.problem.task_id, []).append(example)
    if len(by_problem) < 2:
        raise DataError(
            "a critic is checked on problems that it was not trained on: it needs judged samples "
            f"of at least two problems, not of {len(by_problem)}"
        )
    task_ids = list(by_problem)
    count = max(1, round(HELD_OUT_SHARE * len(task_ids)))
    indices = shuffled_indices(len(task_ids), 0, count, seed, "critic", "held out")
    held_out_ids = {task_ids[index] for index in indices}
    train: list[Example] = []
    held_out: list[Example] = []
    references = 0
    for task_id, sampled in by_problem.items():
        if task_id in held_out_ids:
            held_out += sampled
        else:
            added = _reference_examples(sampled)
            train += [*sampled, *added]
            references += len(added)
    return Examples(train, held_out, references)


def _reference_examples(sampled: Sequence[Example]) -> list[Example]:
    """Return the reference programs of a problem that are not among its sampled programs."""
    problem, texts = sampled[0].problem, {example.program for example in sampled}
    return [
        Example(problem, text, PASSED)
        for text in dict.fromkeys(problem.solutions)
        if text not in texts
    ]


def _verdicts(path: Path) -> dict[tuple[str, int], Verdict]:
    """Return the verdict of each task id and sample number in a file of ``rltf score``."""
    return {(line.task_id, line.sample): line.verdict for _, line in read_verdicts(path)}


def _status(path: Path, row: SampleRow) -> Status | None:
    """Return the status in a row, if the row has one and holds a single sample."""
    value = row.row.value
    if not isinstance(value, dict) or "status" not in value or len(row.samples) != 1:
        return None
    status: Status = value["status"]
    if status not in (*STATUSES, "unscored"):
        raise DataError(f"{path}, {row.row.position}: there is no status {status!r:.40}")
    return status
