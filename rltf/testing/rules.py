"""The check of rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from rltf.problem import TestCase
from rltf.sandbox.guest.both.values import encode
from rltf.sandbox.judging.rule import Harness, Rule
from rltf.testing.plugin_under_test import Subject

RIGHT_OUTPUTS = ("", "42\n", "a b\nc d\n", "0.5\n", "größer 🐍\n")
WRONG_OUTPUTS = (b"41\n", b"", b"\xff\xfe", b"42\0", b"x" * (1 << 20), b"4 2\n")
VALUES: tuple[Any, ...] = (None, True, 42, -0.5, "größer", [1, [2]], {"a": 1}, 10**100)
OTHER = "none of them"
BROKEN = (b"", b"\xff", b"l\xff\xff\xff\xff")
"""What a program may send that is no value."""


def check_rule(rule: str | Rule, **options: Any) -> None:
    """Raise ``AssertionError`` where a judging rule breaks the contract of ``Rule``.

    Args:
        rule: its registered name, or the rule.
        options: for the factory of a registered one.
    """
    subject = Subject("rule", rule, options)
    made: Rule = subject.make()
    known = get_args(Harness)
    subject.require(
        getattr(made, "harness", None) in known,
        f"`harness` must be one of {', '.join(map(repr, known))}",
    )

    def check(
        what: str, expected: bool, compare: Callable[[TestCase, bytes], bool], *given: Any
    ) -> None:
        answer = subject.call(what, compare, *given)
        subject.require(isinstance(answer, bool), f"{what} gives {answer!r:.60}, not True or False")
        subject.require(answer == expected, f"{what} is {answer}")
        subject.require(answer == compare(*given), f"{what} is something else the second time")

    for output in RIGHT_OUTPUTS:
        what = f"stdin() for the expected output {output!r} itself"
        check(what, True, made.stdin, TestCase.stdin("", output), output.encode())
    for got in WRONG_OUTPUTS:
        what = f"stdin() for {got!r:.40} in place of '42'"
        check(what, False, made.stdin, TestCase.stdin("", "42\n"), got)
    for value in VALUES:
        test = TestCase.call([], value)
        what = f"call() for the expected value {value!r:.40} itself"
        check(what, True, made.call, test, encode(value))
        for wrong in (encode(OTHER), *BROKEN):
            what = f"call() for {wrong!r:.40} in place of {value!r:.40}"
            check(what, False, made.call, test, wrong)
