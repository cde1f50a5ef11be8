"""Run a reference program on new inputs, and make tests of its outputs.

The sandbox compares outputs with expected values and never returns a value. So a small program
around the reference reads the arguments and prints the result, both as literals. Nobody relies on
what it prints: the tests made of it are judged like any other tests.
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
"""The CPU time of one new test; an input that takes longer makes no test."""
_TESTS_PER_RUN = 10
_MAX_TIMEOUTS = 4
"""After so many timeouts, a program is not run on further inputs: it may never end."""
_MAX_OUTPUT_BYTES = 1500
"""An outcome keeps 2000 bytes of a program's output."""
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
    """Return limits for generated inputs: some of those are too large for any program."""
    limits = limits or Limits()
    return replace(limits, cpu_s=min(limits.cpu_s, CPU_S), wall_s=None)


def outcomes(problem: Problem, program: str, sandbox: Sandbox) -> list[TestOutcome]:
    """Return the outcomes of a problem's tests; only the first ones if the program is too slow."""
    results: list[TestOutcome] = []
    limits = quick(problem.limits)
    for first in range(0, len(problem.tests), _TESTS_PER_RUN):
        part = replace(problem, tests=problem.tests[first : first + _TESTS_PER_RUN], limits=limits)
        results += sandbox.judge(part, program).tests
        if sum(outcome.status == "timeout" for outcome in results) >= _MAX_TIMEOUTS:
            break
    return results


def candidate_tests(
    problem: Problem,
    signature: Signature,
    reference: str,
    inputs: Sequence[Input],
    sandbox: Sandbox,
) -> list[TestCase]:
    """Return tests made of a reference's outputs; inputs on which it fails make none."""
    program = reference
    if signature.kind != "stdin":
        program = _CALLER.format(
            source=reference, function=signature.function, names=_names(reference), end=_END
        )
    texts = [value if isinstance(value, str) else literal_text(value) for value in inputs]
    questions = replace(problem, tests=[TestCase.stdin(text, "") for text in texts], checker="")
    tests = []
    for value, outcome in zip(inputs, outcomes(questions, program, sandbox), strict=False):
        # the expected output is empty, so that any output is a wrong answer
        if outcome.status not in ("passed", "wrong_answer"):
            continue
        if len(outcome.stdout.encode()) > _MAX_OUTPUT_BYTES or "\ufffd" in outcome.stdout:
            continue
        try:
            output: Any = outcome.stdout
            if signature.kind != "stdin":
                output = literal_value(_before_end(outcome.stdout))
            test = signature.test(value, output)
        except ValueError:
            continue
        if test is not None:
            tests.append(test)
    return tests


def _names(program: str) -> str:
    """Return the names in a program; it has passed its tests, so it can be parsed."""
    nodes = ast.walk(syntax.parse(program))
    return ", ".join(sorted({node.id for node in nodes if isinstance(node, ast.Name)}))


def _before_end(text: str) -> str:
    if not text.endswith(_END):
        raise ValueError("the value was cut off")
    return text.removesuffix(_END)
