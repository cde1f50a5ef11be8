"""Judging rules: how a program's answer is compared with the expected one."""

from __future__ import annotations

from typing import Literal, Protocol

from rltf.problem import TestCase

Harness = Literal["", "apps", "livecodebench"]


class Rule(Protocol):
    """What the factory of a rule plugin returns. It sees only data, where the tests are."""

    harness: Harness
    """The official harness that programs run as in, or none. It decides which imports they may
    leave out, whether a ``return`` at the top level ends them, and which form the entry point may
    have (``rltf/sandbox/guest/candidate/harness_imports.py``)."""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        """Return whether ``output`` is what a ``stdin`` test expects."""
        ...

    def call(self, test: TestCase, value: bytes) -> bool:
        """Return whether ``value``, encoded by ``guest.shared.values``, is the expected one."""
        ...


def harness_of(rule: Rule) -> Harness:
    """Return a rule's harness. Rules of earlier versions have ``is_lenient`` for that of APPS."""
    return getattr(rule, "harness", "apps" if getattr(rule, "is_lenient", False) else "")
