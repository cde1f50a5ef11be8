"""Screens mutants: one process runs all those of some problems, in ``screen_program.py``."""

from __future__ import annotations

import binascii
import json
import marshal
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.audit import screen_steps
from rltf.audit.findings import Coverage
from rltf.augment import edits
from rltf.augment.signatures import Input, Signature
from rltf.common.literals import literal_text
from rltf.limits import Limits
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

TOGETHER = 8
"""Problems whose programs share a process: to start one takes as long as to run ten mutants."""
_LIMITS = Limits(cpu_s=1.5, memory_mb=1024)
_UNPACK = """\
import ast, binascii, json, marshal, random, sys, types, zlib
def _run(text, names):
    exec(marshal.loads(zlib.decompress(binascii.a2b_base64(text))), names)
def _module(name):
    return sys.modules.setdefault(name, types.ModuleType(name))
"""
_MOST_RUNS = 2
"""In how many processes a problem is screened, if its steps did not end a mutant."""


@dataclass(frozen=True)
class Subject:
    """A problem, and the mutants of its reference."""

    problem: Problem
    signature: Signature
    reference: str
    edits: Sequence[int]
    """Each makes a mutant (:func:`rltf.augment.mutants.edited`)."""
    inputs: Sequence[Input]


@dataclass(frozen=True)
class Screened:
    """What a screen shows; it is a suspicion, not a verdict."""

    passes: bool
    """Whether the reference passes the tests there; only then the rest says anything."""
    values: Sequence[str | None] = ()
    """What the reference gives for each input, as text; ``None``: an exception, or too long."""
    coverage: Coverage | None = None
    survivors: Sequence[tuple[int, Sequence[int]]] = ()
    """Edits whose mutants pass the tests and differ on inputs, and those inputs."""
    ran: int = 0
    """Mutants that were run."""


@dataclass
class _Progress:
    """What is known of a problem so far."""

    subject: Subject
    runs: int = 0
    is_done: bool = False
    values: Sequence[str | None] | None = None
    coverage: dict[str, Any] | None = None
    mutants: list[dict[str, Any] | None] = field(default_factory=list)
    """``None``: a mutant that ended the process."""

    def job(self) -> dict[str, Any]:
        """Return what is left to do, for ``screen_program.py``."""
        subject = self.subject
        return _job(subject.problem, subject.signature, subject.inputs) | {
            "reference": subject.reference,
            "edits": list(subject.edits[len(self.mutants) :]),
            "coverage": self.coverage is None,
        }

    def take(self, line: dict[str, Any]) -> None:
        match line:
            case {"reference": {"passes": True, "values": values}}:
                self.values = values
            case {"coverage": found}:
                self.coverage = found
            case {"mutant": found}:
                self.mutants.append(found)
            case {"end": _}:
                self.is_done = True

    def interrupt(self) -> None:
        """Go on after the program that ended the process, or give up."""
        self.runs += 1
        if self.coverage is None or self.runs == _MOST_RUNS:
            self.is_done = True
        else:
            self.mutants.append(None)
            self.is_done = len(self.mutants) >= len(self.subject.edits)

    def result(self) -> Screened:
        if self.values is None or self.coverage is None:
            return Screened(passes=False)
        survivors = [
            (number, found["differs"])
            for number, found in zip(self.subject.edits, self.mutants, strict=False)
            if found and found["differs"]
        ]
        is_covered = bool(self.coverage) and _runs_when_executed(self.subject.problem)
        coverage = _coverage(self.coverage) if is_covered else None
        return Screened(True, self.values, coverage, survivors, len(self.mutants))


def screen(subjects: Sequence[Subject], sandbox: Sandbox) -> list[Screened]:
    """Run the references, and then their mutants, on the tests and on the inputs.

    At most :data:`TOGETHER` problems share a process.
    """
    known = [_Progress(subject) for subject in subjects]
    while left := [each for each in known if not each.is_done][:TOGETHER]:
        jobs = json.dumps([each.job() for each in left])
        for line in _read(sandbox.run(_source(), jobs, _LIMITS).stdout):
            if line["job"] in range(len(left)):
                left[line["job"]].take(line)
        ended = next((each for each in left if not each.is_done), None)
        if ended:
            ended.interrupt()
    return [each.result() for each in known]


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
        if not isinstance(read, dict) or "job" not in read:
            break
        lines.append(read)
    return lines


@cache
def _source() -> str:
    """Return the program as bytecode: to compile it takes as long as to run ten mutants.

    It is packed into a short text, because each process reads that text.
    """
    modules = {
        "rltf.audit.screen_steps": Path(screen_steps.__file__),
        "rltf.augment.edits": Path(edits.__file__),
    }
    shipped = "".join(
        f"_run({_packed(file)!r}, _module({name!r}).__dict__)\n" for name, file in modules.items()
    )
    program = _packed(Path(__file__).with_name("screen_program.py"))
    return f"{_UNPACK}{shipped}_run({program!r}, globals())\n"


def _packed(file: Path) -> str:
    code = compile(file.read_text(encoding="utf-8"), file.name, "exec", optimize=2)
    return binascii.b2a_base64(zlib.compress(marshal.dumps(code), 9)).decode()
