"""What a folder for files costs a test: milliseconds a test with one and without, in one run.

    python benchmarks/files.py [--rounds 7] [--tests 10]

Each row is one kind of test, judged with and without a folder in turn, round after round. Figures
are medians over the rounds, and the cost is taken within a round; on a busy machine the cost between
the fastest rounds says more. A row that says "and a file" does with a file what the test beside it
does in memory. Start-up is not counted. It takes half a minute.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from statistics import median

from tabulate import tabulate

from rltf import Problem, Sandbox, TestCase
from rltf.dataset import Isolation

MEMORY = """
KEPT = {}
def put(name, text): KEPT[name] = text
def get(name): return KEPT[name]
"""
FILES = """
def put(name, text):
    with open(name, "w") as file: file.write(text)
def get(name):
    with open(name) as file: return file.read()
"""
CODE = "for n in range(3):\n    put(f'{n}.txt', 'text')\n    assert get(f'{n}.txt') == 'text'"
SCRIPT = "print(input())"
DATABASE = """
import sqlite3
def put(path):
    database = sqlite3.connect(path)
    database.execute("drop table if exists t")
    database.execute("create table t (v)")
    database.execute("insert into t values (1)")
    database.commit()
    return database.execute("select count(*) from t").fetchone()[0]
"""


@dataclass(frozen=True)
class Row:
    """One kind of test, with the program that it gets without a folder and with one."""

    name: str
    test: TestCase
    without: str
    with_folder: str
    test_with_folder: TestCase | None = None

    def sides(self, tests: int) -> tuple[tuple[Problem, str], tuple[Problem, str]]:
        """The problem with its program, without a folder and with one."""
        problem = Problem(self.name, "", [self.test] * tests)
        filled = [self.test_with_folder or self.test] * tests
        return (problem, self.without), (
            replace(problem, tests=filled, files=True),
            self.with_folder,
        )


def rows() -> list[Row]:
    """All kinds of test."""
    script, code = TestCase.stdin("1\n", "1\n"), TestCase.assertion(CODE)
    guarded = TestCase.assertion(CODE, guarded=True)
    in_memory = TestCase.assertion("found = put(':memory:')\nassert found == 1")
    on_disk = TestCase.assertion("found = put('x.db')\nassert found == 1")
    return [
        Row("stdin", script, SCRIPT, SCRIPT),
        Row("split", code, MEMORY, MEMORY),
        Row("split, and a file", code, MEMORY, FILES),
        Row("guarded", guarded, MEMORY, MEMORY),
        Row("guarded, and a file", guarded, MEMORY, FILES),
        Row("split, SQLite, and a file", in_memory, DATABASE, DATABASE, on_disk),
    ]


def timed(sandbox: Sandbox, problem: Problem, program: str) -> float:
    """Milliseconds a test. An error when the program fails: it is right."""
    started = time.perf_counter()
    verdict = sandbox.judge(problem, program)
    took = time.perf_counter() - started
    if not verdict.passed:
        raise SystemExit(f"{problem.task_id}: {verdict.status} {verdict.reason}")
    return 1000 * took / len(problem.tests)


def measure(sandbox: Sandbox, row: Row, rounds: int, tests: int) -> list[str]:
    """A line of the table."""
    without, with_folder = row.sides(tests)
    for side in (without, with_folder):
        timed(sandbox, *side)  # starts what is started on demand
    pairs = [(timed(sandbox, *without), timed(sandbox, *with_folder)) for _ in range(rounds)]
    costs = [filled - bare for bare, filled in pairs]
    bare, filled = zip(*pairs, strict=True)
    figures = (median(bare), median(filled), median(costs), min(filled) - min(bare))
    return [row.name, *(f"{figure:.2f}" for figure in figures)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tests", type=int, default=10)
    args = parser.parse_args()
    isolations: tuple[Isolation, ...] = ("test", "program")
    lines = []
    for isolation in isolations:
        with Sandbox(workers=1, isolation=isolation) as sandbox:
            lines += [
                [isolation, *measure(sandbox, row, args.rounds, args.tests)] for row in rows()
            ]
    headers = [
        "a process per",
        "test",
        "without, ms",
        "with a folder, ms",
        "cost, ms",
        "of fastest",
    ]
    print(tabulate(lines, headers, disable_numparse=True))


if __name__ == "__main__":
    main()
