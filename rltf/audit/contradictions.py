"""Tests that contradict each other, and examples in the prompt that contradict the tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rltf.audit.findings import Finding, lines_of
from rltf.audit.prompt_examples import examples_of_calls, examples_of_programs
from rltf.augment.new_inputs import key
from rltf.augment.signatures import Input, stated
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_CLOSE = 0.02
"""Relative difference of two floats that may be rounded to different digits."""
_MOST_SHOWN = 3


def contradictions(problem: Problem, references: Sequence[str], sandbox: Sandbox) -> list[Finding]:
    """Return the contradictions among a problem's tests, its examples and its references."""
    if problem.checker:
        return []  # several answers are right
    stated_by_tests = [(key(given), output) for given, output in _stated(problem)]
    expected: dict[str, Any] = {}
    between = []
    for given, output in stated_by_tests:
        if not _agree(expected.setdefault(given, output), output):
            between.append(f"{given} gives {expected[given]!r} and {output!r}")
    examples = {key(given): (given, value) for given, value in _examples(problem)}
    against = [
        f"{given}: the prompt says {value!r}, a test {expected[given]!r}"
        for given, (_, value) in examples.items()
        if given in expected and not _agree(expected[given], value)
    ]
    if not against and references:
        unknown = [pair for given, pair in examples.items() if given not in expected]
        against = _refuted(problem, unknown, references, sandbox)
    found = (
        ("tests contradict each other", between),
        ("the prompt contradicts the tests", against),
    )
    return [
        Finding("contradiction", what, "left_out", lines_of(lines[:_MOST_SHOWN]))
        for what, lines in found
        if lines
    ]


def _stated(problem: Problem) -> Iterator[tuple[Input, Any]]:
    for test in problem.tests:
        for _, given, output in stated(problem, test):
            yield given, output


def _examples(problem: Problem) -> Iterator[tuple[Input, Any]]:
    if all(test.kind == "stdin" for test in problem.tests):
        yield from examples_of_programs(problem.prompt)
    elif problem.entry_point:
        yield from examples_of_calls(problem.prompt, problem.entry_point)


def _refuted(
    problem: Problem,
    examples: Sequence[tuple[Input, Any]],
    references: Sequence[str],
    sandbox: Sandbox,
) -> list[str]:
    """Return the examples that the first reference fails, though it passes all tests."""
    tests = [test for each in examples if (test := _test(problem, *each))]
    if not tests:
        return []
    verdict = sandbox.judge(replace(problem, tests=tests), references[0])
    return [
        f"the prompt's example {_shown(test)} fails with the reference"
        for test, outcome in zip(tests, verdict.tests, strict=False)
        if outcome.status == "wrong_answer"
    ]


def _test(problem: Problem, given: Input, value: Any) -> TestCase | None:
    if isinstance(given, str):
        return TestCase.stdin(given, value)
    if any(test.kind == "call" for test in problem.tests):
        return replace(TestCase.call(given, value), from_json=True) if _is_plain(value) else None
    arguments = ", ".join(map(repr, given))
    if isinstance(value, float):
        near = f"abs({problem.entry_point}({arguments}) - {value!r})"
        return TestCase.assertion(f"assert {near} <= {_CLOSE} * max(1, abs({value!r}))")
    if not _is_plain(value):
        return None
    return TestCase.assertion(f"assert {problem.entry_point}({arguments}) == {value!r}")


def _is_plain(value: Any) -> bool:
    """Return whether a value has one way to be written: a prompt may write a tuple as a list."""
    return value is None or type(value) in (bool, int, str)


def _shown(test: TestCase) -> str:
    match test.kind:
        case "stdin":
            return f"{test.input!r} gives {test.output!r}"
        case "call":
            return f"{test.args!r} gives {test.expected!r}"
    return test.code


def _agree(value: Any, other: Any) -> bool:
    """Return whether two stated outputs may be the same answer."""
    if isinstance(value, str) and isinstance(other, str):
        return value.split() == other.split()
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(_agree, value, other))
    if isinstance(value, float) or isinstance(other, float):
        try:
            return bool(abs(value - other) <= _CLOSE * max(1, abs(value), abs(other)))
        except TypeError:
            return False
    return bool(value == other)
