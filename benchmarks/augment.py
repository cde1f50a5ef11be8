"""What the tests that ``rltf augment`` adds find out: the table of docs/augment.md.

    python benchmarks/augment.py [--problems N] [--tests-per-problem N] [--workers N] [--data DIR]

Problems of MBPP (of the built-in ``mini`` where mbpp.jsonl is not there), spread over the file, and all
of APPS that is there. A problem's mutants are dealt into two halves: tests are chosen by what they kill of
one, and the other, which no choice has seen, is judged afterwards. So are the programs that a model
wrote for APPS and that are recorded there. Counted are those that pass a problem's own tests, and of
them those that fail a new one; and of the reference programs that pass the problem's own tests, those that
pass all. A verdict here is that of a CPU limit of 0.25 s a test, for programs that are no references.
"""

from __future__ import annotations

import json
import os
import platform
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import click
from tabulate import tabulate

from rltf import Sandbox, manager
from rltf.augment.augmenter import Augmented, Augmenter, reference_mutants
from rltf.augment.reference_outputs import quick
from rltf.problem import Problem
from rltf.sandbox.client import cpu_cores

SHARED = Path(__file__).parents[2] / "shared" / "data"
RECORDED = ("gen_solutions.json", "baseline_solutions_final.json")
COLUMNS = ("dataset", "programs", "all", "pass the own tests", "of those, fail a new one", "share")


@dataclass(frozen=True)
class Found:
    """Of one kind of program: how many there are, pass a problem's own tests, and fail a new one."""

    programs: int = 0
    passed: int = 0
    fail_now: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(
            self.programs + other.programs,
            self.passed + other.passed,
            self.fail_now + other.fail_now,
        )


@dataclass(frozen=True)
class Measured:
    """One problem."""

    done: Augmented
    found: dict[str, Found]


class Measurement:
    """Augments problems, and judges what had no part in it."""

    def __init__(self, shared: Sandbox, fresh: Sandbox, tests: int, seed: int) -> None:
        self._augmenter = Augmenter(shared, fresh, tests, seed)
        self._fresh = fresh
        self._seed = seed

    def __call__(self, problem: Problem, recorded: Sequence[str]) -> Measured:
        mutants = reference_mutants(problem, self._seed)
        chosen_by, held_out = mutants[::2], mutants[1::2]
        done = self._augmenter(problem, chosen_by)
        added = done.problem.tests[len(problem.tests) :]
        hurried = replace(problem, limits=quick(problem.limits))
        kinds = {
            "references": self._judged(problem, problem.solutions, added),
            "mutants, choosing": self._judged(hurried, chosen_by, added),
            "mutants, held out": self._judged(hurried, held_out, added),
        }
        if recorded:
            kinds["recorded"] = self._judged(hurried, list(dict.fromkeys(recorded)), added)
        return Measured(done, kinds)

    def _judged(self, problem: Problem, programs: Sequence[str], added: Sequence) -> Found:
        passed = [code for code in programs if self._fresh.judge(problem, code).passed]
        more = replace(problem, tests=added)
        fail = [code for code in passed if added and not self._fresh.judge(more, code).passed]
        return Found(len(programs), len(passed), len(fail))


@click.command()
@click.option("--problems", default=974, show_default=True, type=click.IntRange(min=1))
@click.option("--tests-per-problem", default=10, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", default=cpu_cores.available, type=click.IntRange(min=1))
@click.option("--seed", default=0, show_default=True)
@click.option("--data", default=SHARED, type=click.Path(path_type=Path), help="mbpp.jsonl, apps/.")
def augment(problems: int, tests_per_problem: int, workers: int, seed: int, data: Path) -> None:
    """Augment the problems and print the table."""
    warnings.simplefilter("ignore", SyntaxWarning)  # of what MBPP's programs write in their strings
    click.echo(
        f"{platform.python_implementation()} {platform.python_version()}, Linux "
        f"{platform.release()}, {workers} workers, load {os.getloadavg()[0]:.1f}"
    )
    rows: list[list[object]] = []
    with (
        Sandbox(workers=workers, isolation="program") as shared,
        Sandbox(workers=workers, stop_on_failure=True) as fresh,
    ):
        measure = Measurement(shared, fresh, tests_per_problem, seed)
        for name, chosen in gathered(data, problems).items():
            start = time.perf_counter()
            with ThreadPoolExecutor(workers) as threads:
                measured = list(threads.map(lambda pair: measure(*pair), chosen))
            rows += table(name, measured)
            tests = [one.done.added for one in measured]
            click.echo(
                f"{name}: {len(tests)} problems, {sum(map(bool, tests))} of them with "
                f"{sum(tests)} new tests, {time.perf_counter() - start:.0f} s"
            )
    click.echo(tabulate(rows, headers=COLUMNS, disable_numparse=True))


def gathered(data: Path, problems: int) -> dict[str, list[tuple[Problem, Sequence[str]]]]:
    """Problems with the programs that are recorded for them, by dataset."""
    found: dict[str, list[tuple[Problem, Sequence[str]]]] = {}
    if (data / "mbpp.jsonl").exists():
        everything = manager.get("dataset", "mbpp", path=data / "mbpp.jsonl").problems()
        found["MBPP"] = [(problem, ()) for problem in spread(everything, problems)]
    else:
        solved = [one for one in manager.get("dataset", "mini").problems() if one.solutions]
        # with as few tests as MBPP's problems have
        few = [replace(problem, tests=problem.tests[:3]) for problem in solved]
        found["mini, 3 tests"] = [(problem, ()) for problem in spread(few, problems)]
    if (data / "apps").exists():
        folder = data / "apps"
        apps = manager.get("dataset", "apps", path=folder).problems()
        found["APPS"] = [(problem, recorded(folder / problem.task_id)) for problem in apps]
    return found


def spread(problems: Sequence[Problem], count: int) -> list[Problem]:
    """So many problems, evenly from all of them."""
    number = min(count, len(problems))
    return [problems[place * len(problems) // number] for place in range(number)]


def recorded(folder: Path) -> list[str]:
    """Programs that a model wrote for a problem of APPS."""
    paths = [folder / name for name in RECORDED if (folder / name).exists()]
    return [item["code"] for path in paths for item in json.loads(path.read_text())]


def table(name: str, measured: Sequence[Measured]) -> list[list[object]]:
    """A row a kind of program."""
    rows: list[list[object]] = []
    for kind in dict.fromkeys(kind for one in measured for kind in one.found):
        found = sum((one.found.get(kind, Found()) for one in measured), Found())
        share = f"{100 * found.fail_now / found.passed:.1f} %" if found.passed else "-"
        rows.append([name, kind, found.programs, found.passed, found.fail_now, share])
    return rows


if __name__ == "__main__":
    augment()
