"""The judging rule ``apps``: what the official APPS harness accepts, bug for bug.

Source: ``eval/testing_util.py`` of hendrycks/apps, whose comparisons are followed in their order. It takes
``True`` for 1, ignores the order of tokens and of lines, and rounds numbers; ``docs/judging.md`` lists
what follows from that. Nothing is built of what a program sends but single numbers of bounded size and
lines of an output of bounded size, and each is looked up among what was expected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rules.python import ALWAYS_READ, LONGER, LONGEST_NUMBER, same
from rltf.problem import TestCase
from rltf.sandbox.guest.shared.values import BadValue, Reader, decode
from rltf.sandbox.judging import comparison
from rltf.sandbox.judging.rule import Harness, Rule


class Apps:
    """See the module's description."""

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
            return False  # no value, or one that does not compare, such as an array


# ------------------------------------------------------------------------------------------ text


def _same_text(output: str, expected: str) -> bool:
    """The official steps, without those that cannot hold where one before them did not."""
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
    """Every line a number, and each close to its counterpart, as ``numpy.allclose`` has it."""
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
    """The same set of lines, each a set of tokens: as texts, or as numbers of three decimals."""
    once = list(dict.fromkeys(lines))  # a program that repeats a line must not cost more for it
    return _same_set(map(str.split, once), map(str.split, answers), str) or _same_set(
        map(str.split, once), map(str.split, answers), _rounded
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
                    return False  # so no table is built of what a program chose
                line.add(token)
            if line not in expected:
                return False
            missing.discard(frozenset(line))
    except ValueError:
        return False
    return not missing


def _rounded(token: str) -> float:
    return round(float(token), 3)


# ---------------------------------------------------------------------------------------- values


def _integer_keys(expected: Any) -> Any:
    """JSON's keys are text: a dict, alone or at the head of a list, gets integers, and a list of its own."""
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
    """A list whose first item is a tuple, each item as ``list`` makes a list of it.

    Of what ``list`` takes, lists, tuples, deques and texts are known here; all else is unequal.
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
        fits = isinstance(expected, list) and len(item) <= LONGEST_NUMBER + 4 * len(expected)
        return fits and list(decode(item)) == expected
    if tag == b"q":
        _enter_deque(reader)
        return same(expected, b"l" + item[reader.at :])
    return tag in (b"l", b"t") and same(expected, item)


def _enter_deque(reader: Reader) -> None:
    """To the count of its items: a deque is a tuple of how many there may be, and a list."""
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
