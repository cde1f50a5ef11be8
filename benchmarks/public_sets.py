"""Judge the programs of public datasets with rltf and with plain CPython, and print a table.

    python benchmarks/public_sets.py FOLDER [--sets NAME,...] [--workers N] [--no-cpython]

FOLDER has a copy of each dataset's repository under the name of its plugin: quixbugs, exercism,
classeval, cruxeval, kattis. CPython runs each reference program with its tests in a process of its
own, under pytest where the tests are more than one assert.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import rltf
from rltf import manager
from rltf.bench.submission_check import first_status
from rltf.plugins.datasets.module_names import imported_modules
from rltf.problem import Problem
from rltf.verdict import Verdict

DATASETS = ("quixbugs", "exercism", "classeval", "classeval:method", "cruxeval", "cruxeval:input")
WITHOUT_CPYTHON = ("kattis",)
"""Tests that are input and output, which CPython alone does not judge."""
_TIMEOUT_S = 120
_PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist")
_HEADER = (
    "| dataset | references | CPython passes | rltf passes | split | guarded | unscored "
    "| wrong programs passed | stubs passed | rltf s | CPython s |"
)


@dataclass(frozen=True)
class Job:
    """A program for a problem."""

    problem: Problem
    program: str


@dataclass(frozen=True)
class Timed:
    """The verdicts of programs, and how long they took."""

    verdicts: Sequence[Verdict]
    seconds: float

    def passed(self, judging: str = "") -> int:
        """Return how many programs passed, in one mode or in any."""
        return sum(v.passed and judging in ("", v.judging) for v in self.verdicts)


def by_rltf(sandbox: rltf.Sandbox, jobs: Sequence[Job]) -> Timed:
    """Judge programs with rltf."""
    start = time.perf_counter()
    verdicts = list(sandbox.judge_many((job.problem, job.program) for job in jobs))
    return Timed(verdicts, time.perf_counter() - start)


def by_cpython(jobs: Sequence[Job], workers: int) -> tuple[list[bool], float]:
    """Return which programs pass with CPython alone, and how long that took."""
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        passed = list(pool.map(_passes, jobs))
    return passed, time.perf_counter() - start


def _passes(job: Job) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in job.problem.fixtures.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "solution.py").write_text(job.program)
        return _run(folder, _command(folder, job))


def _command(folder: Path, job: Job) -> list[str]:
    """Write the tests of a problem into a folder, and return the command that runs them."""
    codes = [f"{job.problem.setup_code}\n{test.code}" for test in job.problem.tests]
    simple = [code for code in codes if "def test" not in code]
    if len(simple) == len(codes):
        (folder / "main.py").write_text("\n".join([job.program, *codes]))
        return ["main.py"]
    for number, code in enumerate(codes):
        is_module = "solution" in imported_modules(code)
        file = folder / f"test_{number:03}.py"
        file.write_text(code if is_module else f"{job.program}\n{code}")
    return [*_PYTEST, "."]


def _run(folder: Path, arguments: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, capture_output=True, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def row(name: str, folder: Path, workers: int, with_cpython: bool) -> tuple[str, list[str]]:
    """Return the row of a dataset, and what differs in words."""
    dataset = manager.get("dataset", name, path=str(folder / name.partition(":")[0]))
    problems = dataset.problems()
    references = [Job(problem, program) for problem in problems for program in problem.solutions]
    stubs = [Job(problem, problem.starter_code) for problem in problems if problem.starter_code]
    wrong = [
        (Job(problem, submission.program), submission)
        for problem in problems
        for submission in problem.submissions
    ]
    with rltf.Sandbox(workers=workers) as sandbox:
        by_rltf(sandbox, references[:workers])  # starts the zygotes
        judged = by_rltf(sandbox, references)
        of_wrong = by_rltf(sandbox, [job for job, _ in wrong]).verdicts
        of_stubs = by_rltf(sandbox, stubs)
    notes = [
        f"{name} {job.problem.task_id}: {verdict.status} ({verdict.judging}) "
        f"{verdict.reason or (verdict.error.message if verdict.error else '')}"
        for job, verdict in zip(references, judged.verdicts, strict=True)
        if not verdict.passed
    ]
    notes += [
        f"{name} {job.problem.task_id}, {submission.name}: {first_status(verdict)}"
        for (job, submission), verdict in zip(wrong, of_wrong, strict=True)
        if first_status(verdict) not in submission.expected
    ]
    notes += [
        f"{name} {job.problem.task_id}: the stub passes"
        for job, verdict in zip(stubs, of_stubs.verdicts, strict=True)
        if verdict.passed
    ]
    notes += [f"{name} {task_id}: left out, {why}" for task_id, why in dataset.skipped.items()]
    plain = plain_s = "-"
    if with_cpython and name not in WITHOUT_CPYTHON:
        passes, seconds = by_cpython(references, workers)
        plain, plain_s = str(sum(passes)), f"{seconds:.1f}"
        notes += [
            f"{name} {job.problem.task_id}: {'only CPython' if right else 'only rltf'} passes it"
            for job, right, verdict in zip(references, passes, judged.verdicts, strict=True)
            if right != verdict.passed
        ]
    cells = [
        *(f"`{name}`", len(references), plain, judged.passed()),
        *(judged.passed("split"), judged.passed("guarded")),
        sum(verdict.status == "unscored" for verdict in judged.verdicts),
        f"{sum(verdict.passed for verdict in of_wrong)} of {len(wrong)}" if wrong else "-",
        f"{of_stubs.passed()} of {len(stubs)}" if stubs else "-",
        *(f"{judged.seconds:.1f}", plain_s),
    ]
    return f"| {' | '.join(map(str, cells))} |", [" ".join(note.split()) for note in notes]


def main() -> None:
    """Print the table, then what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default=",".join((*DATASETS, *WITHOUT_CPYTHON)))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-cpython", action="store_true", help="measure rltf alone")
    options = parser.parse_args()
    notes: list[str] = []
    print(_HEADER)
    print("|" + "---|" * (_HEADER.count("|") - 1))
    for name in options.sets.split(","):
        line, differences = row(name, options.folder, options.workers, not options.no_cpython)
        print(line, flush=True)
        notes += differences
    print("", *notes, sep="\n")


if __name__ == "__main__":
    main()
