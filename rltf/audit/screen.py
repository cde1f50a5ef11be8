"""Screens the mutants of a problem: one process runs all of them, in ``screen_program.py``."""

from __future__ import annotations

import binascii
import json
import marshal
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.audit.findings import Coverage
from rltf.augment.signatures import Input, Signature
from rltf.common.literals import literal_text
from rltf.limits import Limits
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_LIMITS = Limits(cpu_s=1.5, memory_mb=1024)
_HANG = Limits(cpu_s=0.5, memory_mb=1024)
_MOST_RUNS = 2
"""How often a screen is continued after a mutant that its steps did not end."""


@dataclass(frozen=True)
class Screened:
    """What a screen shows; it is a suspicion, not a verdict."""

    passes: bool
    """Whether the reference passes the tests there; only then the rest says anything."""
    values: Sequence[str | None] = ()
    """What the reference gives for each input, as text; ``None``: an exception, or too long."""
    coverage: Coverage | None = None
    survivors: Sequence[tuple[int, Sequence[int]]] = ()
    """Mutants that pass the tests and differ on inputs, and those inputs."""
    ran: int = 0
    """Mutants that were run."""


def screen(
    problem: Problem,
    signature: Signature,
    reference: str,
    mutants: Sequence[str],
    inputs: Sequence[Input],
    sandbox: Sandbox,
) -> Screened:
    """Run a reference, and then its mutants, on the tests and on the inputs."""
    job = _job(problem, signature, inputs) | {"reference": reference}
    first: list[dict[str, Any]] = []
    done: list[dict[str, Any] | None] = []
    for _ in range(_MOST_RUNS):
        job |= {"mutants": list(mutants[len(done) :]), "coverage": not first}
        result = sandbox.run(_source(), json.dumps(job), _HANG if first else _LIMITS)
        lines = _read(result.stdout)
        head = 1 if first else 2
        if not lines or not lines[0].get("passes") or len(lines) < head:
            break
        first = first or lines[:2]
        done += lines[head:]
        if len(done) >= len(mutants) or result.status == "passed":
            break  # all had a turn, or the steps that they have together are taken
        done.append(None)  # this mutant ended the process
    if not first:
        return Screened(passes=False)
    survivors = [
        (number, line["differs"]) for number, line in enumerate(done) if line and line["differs"]
    ]
    is_covered = bool(first[1]) and _runs_when_executed(problem)
    coverage = _coverage(first[1]) if is_covered else None
    return Screened(True, first[0]["values"], coverage, survivors, len(done))


def _job(problem: Problem, signature: Signature, inputs: Sequence[Input]) -> dict[str, Any]:
    is_stdin = signature.kind == "stdin"
    tests = [test for test in problem.tests if (test.kind == "stdin") == is_stdin]
    return {
        "function": signature.function,
        "setup": problem.setup_code,
        "tests": list(map(_test, tests)),
        "inputs": [value if isinstance(value, str) else literal_text(value) for value in inputs],
    }


def _test(test: TestCase) -> dict[str, Any]:
    match test.kind:
        case "assert":
            return {"assert": test.code}
        case "stdin":
            return {"input": test.input, "expected": test.output, "from_json": False}
    return {
        "input": literal_text(test.args),
        "expected": literal_text(test.expected),
        "from_json": test.from_json,
    }


def _runs_when_executed(problem: Problem) -> bool:
    """Return whether test code runs when it is executed; test functions wait to be called."""
    return not any("def test" in test.code or "TestCase" in test.code for test in problem.tests)


def _coverage(line: dict[str, Any]) -> Coverage:
    statements_run, statements = line["statements"]
    branches_run, branches = line["branches"]
    return Coverage(statements, statements_run, branches, branches_run)


def _read(text: str) -> list[dict[str, Any]]:
    """Read the whole lines of a screen; what a program wrote among them ends the reading."""
    lines = []
    for line in text.splitlines():
        try:
            read = json.loads(line)
        except ValueError:
            break
        if not isinstance(read, dict):
            break
        lines.append(read)
    return lines


@cache
def _source() -> str:
    """Return the program as bytecode: to compile it takes as long as to run ten mutants.

    It is packed into a short text, because each process reads that text.
    """
    steps, program = map(_packed, ("screen_steps.py", "screen_program.py"))
    return f"""\
import ast, binascii, json, marshal, random, sys, types, zlib
def _run(text, names):
    exec(marshal.loads(zlib.decompress(binascii.a2b_base64(text))), names)
_module = sys.modules["rltf.audit.screen_steps"] = types.ModuleType("rltf.audit.screen_steps")
_run({steps!r}, _module.__dict__)
_run({program!r}, globals())
"""


def _packed(name: str) -> str:
    file = Path(__file__).with_name(name)
    code = compile(file.read_text(encoding="utf-8"), name, "exec", optimize=2)
    return binascii.b2a_base64(zlib.compress(marshal.dumps(code), 9)).decode()
