"""A verdict: the result of running a program against the tests of its problem.

Statuses, from worst to best (a program has the worst status of its tests):

    syntax_error  memory_limit  output_limit  timeout  forbidden  crashed  runtime_error
    wrong_answer  passed

``unscored`` is none of these: the sandbox could not judge the program, because the sandbox itself
failed or the problem has no tests. An unscored sample never has a reward.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal[
    "syntax_error",
    "memory_limit",
    "output_limit",
    "timeout",
    "forbidden",
    "crashed",
    "runtime_error",
    "wrong_answer",
    "passed",
    "unscored",
]
STATUSES: tuple[Status, ...] = (
    "syntax_error",
    "memory_limit",
    "output_limit",
    "timeout",
    "forbidden",
    "crashed",
    "runtime_error",
    "wrong_answer",
    "passed",
)
"""The statuses of programs that were judged, worst first."""

Judging = Literal["split", "guarded"]
"""``split``: test code ran in another process than the program; ``guarded``: it ran in the same."""

JudgingChoice = Literal["auto", "split", "guarded"]
"""What a user asks for. ``auto``: each test is judged split, or guarded where splitting cannot judge
it; ``split``: such a test is unscored; ``guarded``: all test code runs in the program's process."""

RECORD_BYTES = 1024
"""Approximate memory of a verdict or an outcome without its texts."""

Attempt = Literal["early_exit", "liar_object", "refused_call", "channel_misuse", "tampering"]
"""Behavior that is rare in honest programs and common in cheats. It never decides a status."""


@dataclass(frozen=True)
class ProgramError:
    """How and where a program failed. Lines and columns are those of the program's source."""

    type: str
    """Exception type, such as ``IndexError``."""
    message: str = ""
    line: int | None = None
    """1-based; ``None`` if the program's source was not on the stack."""
    column: int | None = None
    """1-based, in characters."""
    end_line: int | None = None
    end_column: int | None = None
    """1-based, one past the last character."""
    during: Literal["compile", "load", "test", "judge"] = "test"
    """While compiling, while loading the module, while a test ran, or in the code of the test."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form that ``rltf score`` writes."""
        return {
            "type": self.type,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "during": self.during,
        }


@dataclass(frozen=True)
class TestOutcome:
    """The result of one test."""

    __test__ = False  # not a pytest class

    status: Status
    error: ProgramError | None = None
    reason: str = ""
    """Why the test is ``unscored``."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    """Peak resident memory of the program's process in MiB, without what its zygote already had.

    In isolation ``program``, the peak over all tests so far, and 0 for tests that are code.
    """
    signal: int | None = None
    """The signal that ended the process, if one did."""
    stdout: str = ""
    """The beginning of the program's output."""
    stderr: str = ""
    attempt: Attempt | None = None
    judging: Judging = "split"
    judging_reason: str = ""
    """Why the test was not judged split; empty if it was."""

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form that ``rltf score`` writes."""
        return {
            "status": self.status,
            "cpu_s": round(self.cpu_s, 6),
            "wall_s": round(self.wall_s, 6),
            "peak_memory_mb": round(self.peak_memory_mb, 2),
            "signal": self.signal,
            "error": self.error.to_dict() if self.error else None,
            "reason": self.reason,
            "attempt": self.attempt,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "judging": self.judging,
            "judging_reason": self.judging_reason,
        }


@dataclass(frozen=True)
class Verdict:
    """The result of running a program against all tests of its problem."""

    status: Status
    tests: tuple[TestOutcome, ...] = ()
    """One outcome per test that was run, in the problem's order."""
    error: ProgramError | None = None
    """The error of the first test that has the program's status."""
    reason: str = ""
    """Why the sample is ``unscored``."""
    judging: Judging = "split"
    """``guarded`` if a test was."""
    layers: tuple[str, ...] = field(default=())
    """The active protections, such as ``seccomp`` and ``landlock``."""
    not_run: int = 0
    """Number of tests that were skipped because an earlier one failed (``stop_on_failure``)."""
    judging_reason: str = ""
    """Why the first test that was not judged split was not; empty if all were."""

    @classmethod
    def of(
        cls,
        tests: Sequence[TestOutcome],
        *,
        layers: tuple[str, ...] = (),
        not_run: int = 0,
    ) -> Verdict:
        """Combine the outcomes of all tests."""
        if not tests:
            return cls.unscored("the problem has no tests", layers=layers)
        failing = [test for test in tests if test.status != "passed"]
        unscored = [test for test in failing if test.status == "unscored"]
        if unscored:
            status: Status = "unscored"
        else:
            status = min((test.status for test in failing), key=STATUSES.index, default="passed")
        return cls(
            status=status,
            tests=tuple(tests),
            error=next((test.error for test in tests if test.status == status), None),
            reason=unscored[0].reason if unscored else "",
            judging="guarded" if any(test.judging == "guarded" for test in tests) else "split",
            layers=layers,
            not_run=not_run,
            judging_reason=next((test.judging_reason for test in tests if test.judging_reason), ""),
        )

    @classmethod
    def unscored(cls, reason: str, *, layers: tuple[str, ...] = ()) -> Verdict:
        """Make a verdict that says nothing about the program."""
        return cls(status="unscored", reason=reason, layers=layers)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def attempts(self) -> dict[Attempt, int]:
        """Kind of attempt to the number of tests that showed it."""
        return dict(Counter(test.attempt for test in self.tests if test.attempt))

    @property
    def memory_bytes(self) -> int:
        """Approximate memory that this verdict takes."""
        texts = [self.reason]
        for test in self.tests:
            texts += [test.stdout, test.stderr, test.reason, test.judging_reason]
            if test.error is not None:
                texts += [test.error.type, test.error.message]
        return RECORD_BYTES * (1 + len(self.tests)) + sum(map(sys.getsizeof, texts))

    @property
    def pass_ratio(self) -> float | None:
        """N_pass / (N_pass + N_fail), in [0, 1]; ``None`` when unscored.

        A test that was not run counts as failed.
        """
        if self.status == "unscored" or not self.tests:
            return None
        return sum(test.passed for test in self.tests) / (len(self.tests) + self.not_run)
