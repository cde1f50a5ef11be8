"""How a problem is asked: its own inputs as data, and a test made of a new input and its output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rltf.common.literals import literal_text
from rltf.problem import Problem, TestCase, TestKind
from rltf.sandbox.judging.literal_asserts import literal_assert

Input = tuple[Any, ...] | str
"""Arguments of a call, or the text on standard input."""

_EXACT_STEP = 1024
"""Floats that are a multiple of 1/1024 come out the same in whatever order they are added."""
_LARGEST_EXACT = 2.0**40
_TOLERANCE = 1e-06


@dataclass(frozen=True)
class Signature:
    """The tests of a problem that can be read as input and output; they are of one kind."""

    kind: TestKind
    inputs: tuple[Input, ...]
    outputs: tuple[Any, ...] = ()
    """What they must give; the text for ``stdin``."""
    function: str = ""
    """What is called; empty for ``stdin``."""
    from_json: bool = False

    @cached_property
    def _shapes(self) -> frozenset[tuple[int, type]]:
        return frozenset().union(*map(_shape, self.outputs))

    def test(self, given: Input, output: Any) -> TestCase | None:
        """The test that wants ``output``; ``None`` where it would want more than is known.

        A float that rounding may have touched is no value to be equal to: an assert allows a
        tolerance for it, and elsewhere there is no test. Nor is there one for an output of a type
        that no own output has: a reference that ends without a ``return`` gives ``None``.
        """
        if isinstance(given, str):
            return TestCase.stdin(given, output)
        if not _shape(output) <= self._shapes:
            return None
        if self.kind == "call":
            if not _is_exact(output):
                return None
            if self.from_json:
                output = _without_tuples(output)
            return TestCase("call", args=given, expected=output, from_json=self.from_json)
        call = f"{self.function}({', '.join(map(literal_text, given))})"
        if _is_exact(output):
            code = f"assert {call} == {literal_text(output)}"
            return TestCase.assertion(code) if literal_assert(code) else None
        if isinstance(output, float):
            near = f"{call}, {output!r}, rel_tol={_TOLERANCE}, abs_tol={_TOLERANCE}"
            return TestCase.assertion(f"import math\nassert math.isclose({near})")
        return None


def signature_of(problem: Problem) -> Signature | None:
    """The form of most of a problem's tests; ``None`` where none of them says input and output."""
    read = [found for test in problem.tests if (found := _read(problem, test))]
    if not read:
        return None
    (common, _), *_ = Counter(how for how, _, _ in read).most_common(1)
    inputs, outputs = zip(*(pair for how, *pair in read if how == common), strict=True)
    kind, function, from_json = common
    return Signature(kind, inputs, outputs, function, from_json)


def _read(problem: Problem, test: TestCase) -> tuple[tuple[TestKind, str, bool], Input, Any] | None:
    """How a test asks, its input and its output."""
    match test.kind:
        case "stdin":
            return ("stdin", "", False), test.input, test.output
        case "call" if problem.entry_point is not None and _has_literal(test.args):
            return ("call", problem.entry_point, test.from_json), test.args, test.expected
        case "assert" if not test.guarded and (said := literal_assert(test.code)) is not None:
            return ("assert", said.function, False), said.args, said.expected
    return None


def _has_literal(value: Any) -> bool:
    try:
        return bool(literal_text(value))
    except ValueError:
        return False


def _shape(value: Any, depth: int = 0) -> frozenset[tuple[int, type]]:
    """The types in a value and how deep they stand. Numbers are of one type, and so are sequences."""
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
    """The value as JSON has it, in whose tests a list stands for a tuple too."""
    if isinstance(value, (list, tuple)):
        return [_without_tuples(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return value


def _is_exact(value: Any) -> bool:
    """Whether no float in it may be a little off."""
    if isinstance(value, complex):
        return _is_exact(value.real) and _is_exact(value.imag)
    if isinstance(value, float):
        return abs(value) < _LARGEST_EXACT and (value * _EXACT_STEP).is_integer()
    if isinstance(value, dict):
        return all(map(_is_exact, value)) and all(map(_is_exact, value.values()))
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_exact, value))
    return True
