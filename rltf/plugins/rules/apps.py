"""The judging rule ``apps``: accepts what the official APPS harness accepts, bug for bug.

Source: ``eval/testing_util.py`` of hendrycks/apps. The comparisons here follow its order. It
accepts ``True`` for 1, ignores the order of tokens and lines, and rounds numbers;
``docs/judging.md`` lists the consequences. From a program's data, this module builds only single
numbers of bounded size and the lines of an output of bounded size, and it looks up each of them
among the expected ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rules.python import ALWAYS_READ, LONGER, LONGEST_NUMBER, same
from rltf.problem import Harness, Rule, TestCase
from rltf.sandbox.guest.shared.values import BadValue, Reader, decode
from rltf.sandbox.judging import comparison


class Apps:
    """The rule; see the module."""

    harness: Harness = "apps"

    def stdin(self, test: TestCase, output: bytes) -> bool:
        if len(output) > LONGER * len(test.output) + ALWAYS_READ:
            return False
        return _same_text(output.decode("utf-8", "surrogateescape"), test.output)

    def call(self, test: TestCase, value: bytes) -> bool:
        expected = _integer_keys(test.expected)
        try:
            if same(expected, value):
                return True
            if not isinstance(expected, list) or not expected:
                return False
            return same(expected[0], value) or _same_rows(expected[0], value)
        except (BadValue, ValueError, TypeError, ArithmeticError):
            return False  # not a value, or one that cannot be compared, such as an array


# ---------------------------------------------------------------------- text


def _same_text(output: str, expected: str) -> bool:
    """Compare as the official harness does, without the steps that earlier steps make redundant."""
    lines = output.splitlines()
    answer = expected.strip()
    if "\n".join(lines).strip() == answer:
        return True
    if "\n".join(line.strip() for line in lines).strip() == answer:
        return True
    answers = [line.strip() for line in expected.split("\n") if line]
    if lines == answers:
        return True
    lines = [line for line in lines if line]
    return lines == answers or _close(lines, answers) or _same_sets(lines, answers)


def _close(lines: list[str], answers: list[str]) -> bool:
    """Return whether all lines are numbers close to their counterparts (``numpy.allclose``)."""
    if len(lines) != len(answers):
        return False
    try:
        return all(
            _is_close(float(line), float(answer))
            for line, answer in zip(lines, answers, strict=True)
        )
    except ValueError:
        return False


def _is_close(got: float, expected: float) -> bool:
    return got == expected or (
        math.isfinite(expected) and abs(got - expected) <= 1e-8 + 1e-5 * abs(expected)
    )


def _same_sets(lines: list[str], answers: list[str]) -> bool:
    """Compare the lines as sets of token sets; tokens are texts, or numbers with three decimals."""
    unique = list(dict.fromkeys(lines))  # repeated lines must not take more time
    return _same_set(map(str.split, unique), map(str.split, answers), str) or _same_set(
        map(str.split, unique), map(str.split, answers), _rounded
    )


def _same_set(
    lines: Iterator[list[str]], answers: Iterator[list[str]], read: Callable[[str], object]
) -> bool:
    try:
        expected = {frozenset(map(read, tokens)) for tokens in answers}
        known = frozenset().union(*expected)
        missing = set(expected)
        for tokens in lines:
            if not tokens:
                continue
            line = set()
            for token in map(read, tokens):
                if token not in known:
                    return False  # so that a program cannot choose what is stored
                line.add(token)
            if line not in expected:
                return False
            missing.discard(frozenset(line))
    except ValueError:
        return False
    return not missing


def _rounded(token: str) -> float:
    return round(float(token), 3)


# ---------------------------------------------------------------------- values


def _integer_keys(expected: Any) -> Any:
    """Return a dict, alone or as the first item of a list, with integer keys and in its own list.

    JSON writes keys as text.
    """
    head = expected
    if isinstance(expected, list) and expected:
        head = expected[0]
    if not isinstance(head, dict):
        return expected
    try:
        return [{int(key): value for key, value in head.items()}]
    except (ValueError, TypeError):
        return expected


def _same_rows(expected: Any, value: bytes) -> bool:
    """Compare a list whose first item is a tuple, after ``list`` has converted each of its items.

    Items may be lists, tuples, deques and texts; all other iterables are unequal here.
    """
    reader = Reader(value)
    tag = reader.take(1)
    if tag == b"q":
        _enter_deque(reader)
    elif tag not in (b"l", b"t"):
        return False
    count = reader.count()
    first = reader.data[reader.at : reader.at + 1]
    if first != b"t" or not isinstance(expected, list) or count != len(expected):
        return False
    return all(_same_row(row, comparison.span(reader)) for row in expected)


def _same_row(expected: Any, item: bytes) -> bool:
    reader = Reader(item)
    tag = reader.take(1)
    if tag == b"s":
        may_equal = isinstance(expected, list) and len(item) <= LONGEST_NUMBER + 4 * len(expected)
        return may_equal and list(decode(item)) == expected
    if tag == b"q":
        _enter_deque(reader)
        return same(expected, b"l" + item[reader.at :])
    return tag in (b"l", b"t") and same(expected, item)


def _enter_deque(reader: Reader) -> None:
    """Read a deque, a tuple of its maximum length and a list, up to the count of its items."""
    if reader.take(1) != b"t" or reader.count() != 2:
        raise BadValue("no deque")
    comparison.span(reader)
    if reader.take(1) != b"l":
        raise BadValue("no deque")


@hookimpl
def rltf_register_rules(register: Register) -> None:
    """Register ``apps``."""
    factory: Callable[[], Rule] = Apps
    register("apps", factory)
