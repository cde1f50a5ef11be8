"""The finding of a judge about a test: a word, and a description of the exception behind it.

The client reads findings with ``rltf.sandbox.judging.judge_exit``.
"""

from __future__ import annotations

from typing import Any

Finding = tuple[str, tuple[Any, ...]]

PASSED = "passed"
WRONG = "wrong"
"""A check failed, or the program's values broke the test code."""
RAISED = "raised"
"""The program raised an exception."""
GONE = "gone"
"""The program's process ended before the test did."""
TEST_FAULT = "test"
"""The test itself is broken."""
UNSPLIT = "unsplit"
"""The test does something that needs the program in its own process."""
ANSWER_OR_CHECKER = "broke"
"""The checker broke: the answer, or the checker itself, is at fault."""

# Descriptions, as ``exceptions.describe`` returns them
NOTHING: tuple[Any, ...] = ("", "", None, None, None, None, "judge", "")
OUT_OF_MEMORY = ("MemoryError", "", None, None, None, None, "judge", "memory")
"""Made in advance: a process without memory may be unable to describe anything."""


def broken_test(message: str, kind: str = "") -> Finding:
    """Return the finding that the test is broken, and why."""
    return TEST_FAULT, (kind, message, *NOTHING[2:])
