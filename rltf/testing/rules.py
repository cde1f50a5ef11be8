"""The check of rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from rltf.problem import Harness, Rule, TestCase
from rltf.sandbox.guest.shared.values import encode
from rltf.testing.plugin_under_test import PluginUnderTest

RIGHT_OUTPUTS = ("", "42\n", "a b\nc d\n", "0.5\n", "größer 🐍\n")
WRONG_OUTPUTS = (b"41\n", b"", b"\xff\xfe", b"42\0", b"x" * (1 << 20), b"4 2\n")
VALUES: tuple[Any, ...] = (None, True, 42, -0.5, "größer", [1, [2]], {"a": 1}, 10**100)
OTHER_VALUE = "none of them"
BROKEN_VALUES = (b"", b"\xff", b"l\xff\xff\xff\xff")
"""Bytes that a program may send and that encode no value."""


def check_rule(rule: str | Rule, **options: Any) -> None:
    """Raise ``AssertionError`` if a rule breaks the contract of ``Rule``.

    Args:
        rule: Its registered name, or the rule.
        options: Options for the factory of a registered one.
    """
    plugin = PluginUnderTest("rule", rule, options)
    made: Rule = plugin.make()
    known = get_args(Harness)
    plugin.require(
        getattr(made, "harness", None) in known,
        f"`harness` must be one of {', '.join(map(repr, known))}",
    )

    def check(
        subject: str, expected: bool, compare: Callable[[TestCase, bytes], bool], *arguments: Any
    ) -> None:
        answer = plugin.call(subject, compare, *arguments)
        plugin.require(
            isinstance(answer, bool), f"{subject} gives {answer!r:.60}, not True or False"
        )
        plugin.require(answer == expected, f"{subject} is {answer}")
        plugin.require(answer == compare(*arguments), f"{subject} is different the second time")

    for output in RIGHT_OUTPUTS:
        subject = f"stdin() for the expected output {output!r} itself"
        check(subject, True, made.stdin, TestCase.stdin("", output), output.encode())
    for got in WRONG_OUTPUTS:
        subject = f"stdin() for {got!r:.40} in place of '42'"
        check(subject, False, made.stdin, TestCase.stdin("", "42\n"), got)
    for value in VALUES:
        test = TestCase.call([], value)
        subject = f"call() for the expected value {value!r:.40} itself"
        check(subject, True, made.call, test, encode(value))
        for wrong in (encode(OTHER_VALUE), *BROKEN_VALUES):
            subject = f"call() for {wrong!r:.40} in place of {value!r:.40}"
            check(subject, False, made.call, test, wrong)
