"""The signature of a problem's tests: how they pass input and compare output.

With it, the inputs of a problem's own tests can be read, and tests can be made of new inputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rltf.augment.asserted_calls import asserted_calls
from rltf.common.literals import literal_text
from rltf.problem import Problem, TestCase, TestKind
from rltf.sandbox.judging.literal_asserts import literal_assert

Input = tuple[Any, ...] | str
"""The arguments of a call, or the text on standard input."""

_EXACT_STEP = 1024
"""Multiples of 1/1024 give the same sum in whatever order they are added."""
_LARGEST_EXACT = 2.0**40
_TOLERANCE = 1e-06


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs of a problem's tests, as far as those are of one kind."""

    kind: TestKind
    inputs: tuple[Input, ...]
    outputs: tuple[Any, ...] = ()
    """The expected outputs; texts for ``stdin``."""
    function: str = ""
    """The function that is called; empty for ``stdin``."""
    from_json: bool = False
    prompt: str = ""
    """The problem's prompt, which may limit the inputs in words."""

    @cached_property
    def _shapes(self) -> frozenset[tuple[int, type]]:
        return frozenset().union(*map(_shape, self.outputs))

    @cached_property
    def _has_negative(self) -> bool:
        return any(type(output) in (int, float) and output < 0 for output in self.outputs)

    def test(self, value: Input, output: Any) -> TestCase | None:
        """Return a test that expects ``output``; ``None`` if such a test could be unfair.

        A float with a rounding error must not be compared for equality: an assert allows a
        tolerance, tests of other kinds are not made. Neither is a test whose output has a type
        that none of the problem's own outputs has, such as the ``None`` of a missing ``return``. And
        neither is one with the first negative output, if that is -1: many programs say so that an
        input is not valid.
        """
        if isinstance(value, str):
            return TestCase.stdin(value, output)
        if not _shape(output) <= self._shapes or (output == -1 and not self._has_negative):
            return None
        if self.kind == "call":
            if not _is_exact(output):
                return None
            if self.from_json:
                output = _without_tuples(output)
            return TestCase("call", args=value, expected=output, from_json=self.from_json)
        call = f"{self.function}({', '.join(map(literal_text, value))})"
        if _is_exact(output):
            code = f"assert {call} == {literal_text(output)}"
            return TestCase.assertion(code) if literal_assert(code) else None
        if isinstance(output, float):
            near = f"{call}, {output!r}, rel_tol={_TOLERANCE}, abs_tol={_TOLERANCE}"
            return TestCase.assertion(f"import math\nassert math.isclose({near})")
        return None


def signature_of(problem: Problem) -> Signature | None:
    """Return the signature of most of a problem's tests; ``None`` if none has input and output."""
    readable = [parts for test in problem.tests for parts in stated(problem, test)]
    if not readable:
        return None
    (most_common, _), *_ = Counter(style for style, _, _ in readable).most_common(1)
    pairs = [pair for style, *pair in readable if style == most_common]
    inputs, outputs = zip(*pairs, strict=True)
    kind, function, from_json = most_common
    return Signature(kind, inputs, outputs, function, from_json, problem.prompt)


def stated(
    problem: Problem, test: TestCase
) -> Iterator[tuple[tuple[TestKind, str, bool], Input, Any]]:
    """Yield the style (kind, function, from_json), the input and the output that a test states.

    Test code may state several: ``check(candidate)`` of HumanEval does.
    """
    match test.kind:
        case "stdin":
            yield ("stdin", "", False), test.input, test.output
        case "call" if problem.entry_point is not None and _has_literal(test.args):
            yield ("call", problem.entry_point, test.from_json), test.args, test.expected
        case "assert" if not test.guarded:
            if (parts := literal_assert(test.code)) is not None:
                yield ("assert", parts.function, False), parts.args, parts.expected
            elif problem.entry_point is not None:
                for args, expected in asserted_calls(test.code, problem.entry_point):
                    yield ("assert", problem.entry_point, False), args, expected


def _has_literal(value: Any) -> bool:
    try:
        return bool(literal_text(value))
    except ValueError:
        return False


def _shape(value: Any, depth: int = 0) -> frozenset[tuple[int, type]]:
    """Return the types in a value with their depths; all numbers are one type, as are sequences."""
    kind = type(value)
    if kind in (bool, int, float, complex):
        kind = complex
    elif kind is tuple:
        kind = list
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    if not isinstance(parts, (list, tuple, set)):
        parts = ()
    return frozenset({(depth, kind)}).union(*(_shape(part, depth + 1) for part in parts))


def _without_tuples(value: Any) -> Any:
    """Return the value with lists in place of tuples, as in JSON."""
    if isinstance(value, (list, tuple)):
        return [_without_tuples(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return value


def _is_exact(value: Any) -> bool:
    """Return whether no float in a value can have a rounding error."""
    if isinstance(value, complex):
        return _is_exact(value.real) and _is_exact(value.imag)
    if isinstance(value, float):
        return abs(value) < _LARGEST_EXACT and (value * _EXACT_STEP).is_integer()
    if isinstance(value, dict):
        return all(map(_is_exact, value)) and all(map(_is_exact, value.values()))
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_exact, value))
    return True
