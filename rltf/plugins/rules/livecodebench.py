"""The judging rule ``livecodebench``: what the official LiveCodeBench checker accepts.

Source: ``lcb_runner/evaluation/testing_util.py`` of LiveCodeBench/LiveCodeBench. Output is compared line by
line, as text or as decimal numbers; a returned value by Python's ``==``, after a tuple has become a list.
``docs/judging.md`` lists where this differs from the official checker, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rules.python import ALWAYS_READ, LONGER, same
from rltf.problem import TestCase
from rltf.sandbox.guest.shared.values import BadValue
from rltf.sandbox.judging.rule import Harness, Rule


class LiveCodeBench:
    """See the module's description."""

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
    """The same text but for white space around it, or the same numbers."""
    if line.strip() == answer.strip():
        return True
    words, answers = line.split(), answer.split()
    if len(words) != len(answers):
        return False
    try:
        return all(
            Decimal(word) == Decimal(answer) for word, answer in zip(words, answers, strict=True)
        )
    except (ArithmeticError, ValueError):  # no number, or one that does not compare
        return False


@hookimpl
def rltf_register_rules(register: Register) -> None:
    """Register ``livecodebench``."""
    factory: Callable[[], Rule] = LiveCodeBench
    register("livecodebench", factory)
