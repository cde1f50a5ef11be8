"""The judging rule ``livecodebench``: accepts what the official LiveCodeBench checker accepts.

Source: ``lcb_runner/evaluation/testing_util.py`` of LiveCodeBench/LiveCodeBench. Output is compared
line by line, as text or as decimal numbers. A returned value is compared with Python's ``==``,
after a tuple has become a list. ``docs/judging.md`` lists the differences from the official
checker.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rules.python import ALWAYS_READ, LONGER, same
from rltf.problem import Harness, Rule, TestCase
from rltf.sandbox.guest.shared.values import BadValue


class LiveCodeBench:
    """The rule; see the module."""

    harness: Harness = "livecodebench"

    def stdin(self, test: TestCase, output: bytes) -> bool:
        if len(output) > LONGER * len(test.output) + ALWAYS_READ:
            return False
        lines = output.decode("utf-8", "surrogateescape").strip().split("\n")
        answers = test.output.strip().split("\n")
        return len(lines) == len(answers) and all(map(_same_line, lines, answers))

    def call(self, test: TestCase, value: bytes) -> bool:
        try:
            return same(test.expected, value)
        except (BadValue, ValueError, TypeError, ArithmeticError):
            return False


def _same_line(line: str, answer: str) -> bool:
    """Return whether two lines have the same text, apart from white space, or the same numbers."""
    if line.strip() == answer.strip():
        return True
    words, answers = line.split(), answer.split()
    if len(words) != len(answers):
        return False
    try:
        return all(
            Decimal(word) == Decimal(answer) for word, answer in zip(words, answers, strict=True)
        )
    except (ArithmeticError, ValueError):  # not a number, or one that cannot be compared
        return False


@hookimpl
def rltf_register_rules(register: Register) -> None:
    """Register ``livecodebench``."""
    factory: Callable[[], Rule] = LiveCodeBench
    register("livecodebench", factory)
