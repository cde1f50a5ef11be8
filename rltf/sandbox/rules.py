"""What a judging rule is: how expected output and what a program gave are compared."""

from __future__ import annotations

from typing import Protocol

from rltf.problem import TestCase


class Rule(Protocol):
    """What a judges plugin's factory returns. It sees data only, in the process that owns the tests."""

    is_lenient: bool
    """Programs may leave out the imports that the official APPS harness puts before them, and end with a
    ``return`` at the top level of a program that reads stdin."""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        """Whether ``output`` is what a ``stdin`` test expects."""
        ...

    def call(self, test: TestCase, value: bytes) -> bool:
        """Whether ``value``, as ``rltf.sandbox.inside.values`` writes it, is the expected one."""
        ...
