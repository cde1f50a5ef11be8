"""What a judging rule is: how expected output and what a program gave are compared."""

from __future__ import annotations

from typing import Literal, Protocol

from rltf.problem import TestCase

Harness = Literal["", "apps", "livecodebench"]


class Rule(Protocol):
    """What a judges plugin's factory returns. It sees data only, in the process that owns the tests."""

    harness: Harness
    """Whose harness programs are run like, or none: what imports they may leave out, whether a ``return`` at
    the top level ends them, which form the entry point may have (``rltf/sandbox/guest/candidate/harness_imports.py``)."""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        """Whether ``output`` is what a ``stdin`` test expects."""
        ...

    def call(self, test: TestCase, value: bytes) -> bool:
        """Whether ``value``, as ``rltf.sandbox.guest.both.values`` writes it, is the expected one."""
        ...


def harness_of(rule: Rule) -> Harness:
    """A rule's harness; rules of earlier versions say ``is_lenient`` for that of APPS."""
    return getattr(rule, "harness", "apps" if getattr(rule, "is_lenient", False) else "")
