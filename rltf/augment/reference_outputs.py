"""What a reference program answers to new inputs, found out in the sandbox.

The sandbox compares what a program gives with what is expected, and never hands a value out. So a call
is made by a small program around the reference, that reads the arguments and prints the value, both as
literals. What it prints is believed only so far: the tests made of it are judged as any others are.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rltf.augment.signatures import Input, Signature
from rltf.common import syntax
from rltf.common.literals import literal_text, literal_value
from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.verdict import TestOutcome

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

CPU_S = 0.25
"""CPU seconds of one new test: what takes longer makes no test."""
_AT_ONCE = 10
_MOST_TIMEOUTS = 4
"""After so many, a program is run on no more inputs: it may be one that never ends."""
_LONGEST_OUTPUT = 1500
"""Bytes; an outcome keeps 2000 of a program's output."""
_END = "\nend of value"
_CALLER = """\
import ast, contextlib, io, sys, types

module = types.ModuleType("solution")
lambda: [{names}]  # a lenient rule gives a program the names that it mentions
vars(module).update((name, globals()[name]) for name in {names!r}.split(", ") if name in globals())
sys.modules["solution"] = module
with contextlib.redirect_stdout(io.StringIO()):
    exec(compile({source!r}, "solution.py", "exec", dont_inherit=True), module.__dict__)
    found = module
    for name in {function!r}.split("."):
        found = getattr(found, name.removesuffix("()"))
        found = found() if name.endswith("()") else found
    text = repr(found(*ast.literal_eval(sys.stdin.read())))
sys.__stdout__.write(text + {end!r})
"""


def quick(limits: Limits | None) -> Limits:
    """Limits for inputs that nobody has vouched for: some of them are too large for any program."""
    limits = limits or Limits()
    return replace(limits, cpu_s=min(limits.cpu_s, CPU_S), wall_s=None)


def outcomes(problem: Problem, program: str, sandbox: Sandbox) -> list[TestOutcome]:
    """What a program shows on a problem's tests, or on the first of them where it is too slow."""
    found: list[TestOutcome] = []
    limits = quick(problem.limits)
    for first in range(0, len(problem.tests), _AT_ONCE):
        part = replace(problem, tests=problem.tests[first : first + _AT_ONCE], limits=limits)
        found += sandbox.judge(part, program).tests
        if sum(outcome.status == "timeout" for outcome in found) >= _MOST_TIMEOUTS:
            break
    return found


def candidate_tests(
    problem: Problem, form: Signature, reference: str, inputs: Sequence[Input], sandbox: Sandbox
) -> list[TestCase]:
    """The tests that a reference's answers make; none for an input on which it fails."""
    program = reference
    if form.kind != "stdin":
        program = _CALLER.format(
            source=reference, function=form.function, names=_names(reference), end=_END
        )
    texts = [given if isinstance(given, str) else literal_text(given) for given in inputs]
    asked = replace(problem, tests=[TestCase.stdin(text, "") for text in texts], checker="")
    found = []
    for given, outcome in zip(inputs, outcomes(asked, program, sandbox), strict=False):
        # an output is a wrong answer here, since none was expected
        if outcome.status not in ("passed", "wrong_answer"):
            continue
        if len(outcome.stdout.encode()) > _LONGEST_OUTPUT or "\ufffd" in outcome.stdout:
            continue
        try:
            output: Any = outcome.stdout
            if form.kind != "stdin":
                output = literal_value(_before_end(outcome.stdout))
            test = form.test(given, output)
        except ValueError:
            continue
        if test is not None:
            found.append(test)
    return found


def _names(program: str) -> str:
    """The names that a program mentions, which passed its tests and so is Python."""
    nodes = ast.walk(syntax.parse(program))
    return ", ".join(sorted({node.id for node in nodes if isinstance(node, ast.Name)}))


def _before_end(text: str) -> str:
    if not text.endswith(_END):
        raise ValueError("the value is not whole")
    return text.removesuffix(_END)
