"""The judging rule ``strict``: only correct answers pass.

A value must equal the expected one in type and value; a tuple equals a list if the expected value
came from JSON, which cannot write tuples. Text is compared token by token, in order. A number may
differ by a tolerance only if the expected token is written as a non-integer and the other one as a
decimal number. Python's ``float`` would accept more, such as ``inf``, ``1_0.0`` and digits of other
scripts.
"""

from __future__ import annotations

from collections.abc import Callable

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rules.stdout_comparison import same_tokens
from rltf.problem import Harness, Rule, TestCase
from rltf.sandbox.guest.shared.values import encode, plain
from rltf.sandbox.judging.comparison import equal


class Strict:
    """The rule; see the module."""

    harness: Harness = ""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        expected = test.output.encode("utf-8", "surrogatepass")
        if expected == output:
            return True
        return same_tokens(expected, output)

    def call(self, test: TestCase, value: bytes) -> bool:
        expected = encode(test.expected, plain)
        return equal(expected, value, tuple_is_list=test.from_json, any_kind=True)


@hookimpl
def rltf_register_rules(register: Register) -> None:
    factory: Callable[[], Rule] = Strict
    register("strict", factory)
