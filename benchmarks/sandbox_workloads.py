"""What benchmarks/sandbox.py runs: programs that pass all their tests."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rltf.plugins.datasets.mini import MiniDataset
from rltf.problem import Problem, TestCase
from rltf.sandbox.client.launch import Preload, preload_for
from rltf.sandbox.judging.literal_asserts import literal_assert

TOO_LONG = 123
"""The task of MBPP whose reference program needs 3 s."""

STDIN_PROGRAM = """\
import sys

def main():
    count = int(input())
    numbers = [int(word) for word in sys.stdin.readline().split()]
    assert len(numbers) == count
    best = total = numbers[0]
    for number in numbers[1:]:
        total = max(number, total + number)
        best = max(best, total)
    print(best, sum(numbers))

main()
"""
STDIN_TESTS = 20

NUMPY_PROGRAMS = {
    """\
import numpy as np

def f(rows):
    matrix = np.array(rows)
    return (matrix @ matrix.T).tolist()
""": [
        "assert f([[1, 2], [3, 4]]) == [[5, 11], [11, 25]]",
        "assert f([[1, 0, 2]]) == [[5]]",
        "assert f([[0, 0], [1, 1]]) == [[0, 0], [0, 2]]",
    ],
    """\
import numpy as np

def f(values, width):
    sums = np.cumsum(np.concatenate([[0], values]))
    return (sums[width:] - sums[:-width]).tolist()
""": [
        "assert f([1, 2, 3, 4], 2) == [3, 5, 7]",
        "assert f([1, 1, 1], 3) == [3]",
        "assert f([5, -5, 5, -5], 1) == [5, -5, 5, -5]",
    ],
    """\
import numpy as np

def f(values):
    found, counts = np.unique(np.asarray(values), return_counts=True)
    return found[np.argsort(-counts, kind="stable")].tolist()
""": [
        "assert f([3, 1, 3, 2, 1, 3]) == [3, 1, 2]",
        "assert f([7]) == [7]",
        "assert f([2, 1]) == [1, 2]",
    ],
    """\
import numpy as np

def f(limit):
    sieve = np.ones(limit + 1, dtype=bool)
    sieve[:2] = False
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = False
    return np.flatnonzero(sieve).tolist()
""": [
        "assert f(10) == [2, 3, 5, 7]",
        "assert f(2) == [2]",
        "assert f(30) == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]",
    ],
}


@dataclass(frozen=True)
class Workload:
    """Problems with a program each that passes."""

    name: str
    items: tuple[tuple[Problem, str], ...]

    @property
    def programs(self) -> int:
        return len(self.items)

    @property
    def tests(self) -> int:
        return sum(len(problem.tests) for problem, _ in self.items)

    @property
    def preload(self) -> Preload:
        """What most of the programs need to have imported."""
        return Counter(preload_for(program) for _, program in self.items).most_common(1)[0][0]

    @property
    def judged_by_code(self) -> bool:
        """Whether the tests need a judge process."""
        return any(
            test.kind == "assert" and literal_assert(test.code) is None
            for problem, _ in self.items
            for test in problem.tests
        )

    @property
    def on_stdin(self) -> bool:
        return self.items[0][0].tests[0].kind == "stdin"

    def as_json(self) -> list[dict[str, Any]]:
        """The form that sandbox_floor.py and sandbox_peers.py read."""
        return [_as_json(problem, program) for problem, program in self.items]


def _as_json(problem: Problem, program: str) -> dict[str, Any]:
    literals = [literal_assert(test.code) for test in problem.tests if test.kind == "assert"]
    return {
        "program": program,
        "setup": problem.setup_code,
        "tests": [test.code for test in problem.tests if test.kind == "assert"],
        "inputs": [test.input for test in problem.tests if test.kind == "stdin"],
        "calls": [
            [said.function, repr(said.args), repr(said.expected)] for said in literals if said
        ],
    }


def workloads(mbpp: Path, programs: int) -> list[Workload]:
    """All workloads, with this many programs each."""
    if mbpp.exists():
        name, items = "MBPP", _mbpp(mbpp, programs)
    else:
        name, items = "mini", _mini(programs)
    return [
        Workload(f"{name}, 3 asserts", items),
        Workload(f"{name}, 3 asserts as code", tuple(map(_as_code, items))),
        Workload(f"stdin, {STDIN_TESTS} tests", _stdin(programs)),
        Workload("numpy, 3 asserts", _numpy(programs)),
    ]


def _problem(task_id: str, tests: Sequence[TestCase]) -> Problem:
    return Problem(task_id=task_id, prompt="", tests=tuple(tests))


def _mbpp(path: Path, programs: int) -> tuple[tuple[Problem, str], ...]:
    """The first reference programs of MBPP whose asserts are literal, which EvalPlus needs."""
    items: list[tuple[Problem, str]] = []
    with path.open() as lines:
        for row in map(json.loads, lines):
            plain = not row["test_setup_code"] and all(map(literal_assert, row["test_list"]))
            if plain and row["task_id"] != TOO_LONG and len(items) < programs:
                tests = [TestCase.assertion(code) for code in row["test_list"][:3]]
                items.append((_problem(str(row["task_id"]), tests), row["code"]))
    return tuple(items)


def _mini(programs: int) -> tuple[tuple[Problem, str], ...]:
    dataset = MiniDataset()
    items: list[tuple[Problem, str]] = []
    for problem in dataset.problems():
        if problem.entry_point is not None and len(items) < programs:
            tests = [_as_assert(test) for test in problem.tests[:3]]
            items.append((_problem(problem.task_id, tests), dataset.reference(problem.task_id)))
    return tuple(items)


def _as_assert(test: TestCase) -> TestCase:
    arguments = ", ".join(map(repr, test.args))
    return TestCase.assertion(f"assert f({arguments}) == {test.expected!r}")


def _as_code(item: tuple[Problem, str]) -> tuple[Problem, str]:
    """The same tests in a form that only running them can judge."""
    problem, program = item
    tests = []
    for test in problem.tests:
        (statement,) = ast.parse(test.code).body
        assert isinstance(statement, ast.Assert)
        tests.append(TestCase.assertion(f"held = {ast.unparse(statement.test)}\nassert held"))
    said = literal_assert(problem.tests[0].code)
    assert said is not None
    # without it a program's function that has a builtin's name would not be the one that is tested
    return replace(_problem(problem.task_id, tests), entry_point=said.function), program


def _stdin(programs: int) -> tuple[tuple[Problem, str], ...]:
    tests = []
    for start in range(STDIN_TESTS):
        numbers = [(start * 31 + i * 17) % 40 + 1 for i in range(10 + start)]
        words = " ".join(map(str, numbers))
        output = f"{sum(numbers)} {sum(numbers)}\n"  # all are positive: the best run is the whole
        tests.append(TestCase.stdin(f"{len(numbers)}\n{words}\n", output))
    return tuple((_problem("stdin", tests), STDIN_PROGRAM) for _ in range(max(1, programs // 10)))


def _numpy(programs: int) -> tuple[tuple[Problem, str], ...]:
    items = [
        (_problem("numpy", [TestCase.assertion(code) for code in codes]), program)
        for program, codes in NUMPY_PROGRAMS.items()
    ]
    return tuple(items[:programs] * max(1, programs // 40))
