"""A verdict: what running a program against its problem's tests showed.

Statuses, from worst to best (the overall status of a program is the worst of its tests'):

    syntax_error  memory_limit  output_limit  timeout  forbidden  crashed  runtime_error
    wrong_answer  passed

``unscored`` stands apart: the sandbox could not tell (our own fault, or a problem without tests).
It is never a reward.
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
"""Whether test code ran apart from the program, or some of it in the program's process."""

RECORD_BYTES = 1024
"""What a verdict or an outcome takes in memory beside its texts."""

Attempt = Literal["early_exit", "liar_object", "refused_call", "channel_misuse"]
"""What honest programs hardly do and cheats do often. It never decides a status."""


@dataclass(frozen=True)
class ProgramError:
    """Where and how a program broke. Lines and columns are of the program's own source."""

    type: str
    """Exception type, such as ``IndexError``."""
    message: str = ""
    line: int | None = None
    """1-based; ``None`` where the program's source was not on the stack."""
    column: int | None = None
    """1-based, in characters."""
    end_line: int | None = None
    end_column: int | None = None
    """1-based, one past the last character."""
    during: Literal["compile", "load", "test", "judge"] = "test"
    """While compiling, while loading the module, while a test ran, or in the test's own code."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that ``rltf score`` writes."""
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
    """What one test showed."""

    __test__ = False  # not a pytest class

    status: Status
    error: ProgramError | None = None
    reason: str = ""
    """Why a test is ``unscored``, in words."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    """Peak resident memory of the program's process, MiB, without what its zygote had given it.

    In isolation ``program`` it is the peak so far over all tests, and 0 for tests that are code.
    """
    signal: int | None = None
    """The signal that ended the process, if one did."""
    stdout: str = ""
    """The first part of what the program wrote."""
    stderr: str = ""
    attempt: Attempt | None = None

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that ``rltf score`` writes."""
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
        }


@dataclass(frozen=True)
class Verdict:
    """What running a program against all tests of its problem showed."""

    status: Status
    tests: tuple[TestOutcome, ...] = ()
    """One outcome per test that was run, in the problem's order."""
    error: ProgramError | None = None
    """The error that the status is about: that of the first test which has it."""
    reason: str = ""
    """Why the sample is ``unscored``, in words."""
    judging: Judging = "split"
    layers: tuple[str, ...] = field(default=())
    """The protections that were in force, such as ``seccomp`` and ``landlock``."""
    not_run: int = 0
    """Tests that were left out, since one before them had failed (``stop_on_failure``)."""

    @classmethod
    def of(
        cls,
        tests: Sequence[TestOutcome],
        *,
        judging: Judging = "split",
        layers: tuple[str, ...] = (),
        not_run: int = 0,
    ) -> Verdict:
        """The verdict over the outcomes of all tests."""
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
            judging=judging,
            layers=layers,
            not_run=not_run,
        )

    @classmethod
    def unscored(cls, reason: str, *, layers: tuple[str, ...] = ()) -> Verdict:
        """A verdict that says nothing about the program."""
        return cls(status="unscored", reason=reason, layers=layers)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def attempts(self) -> dict[Attempt, int]:
        """How many tests showed an attempt, by its kind."""
        return dict(Counter(test.attempt for test in self.tests if test.attempt))

    @property
    def memory_bytes(self) -> int:
        """What it takes to keep it in memory, about."""
        texts = [self.reason]
        for test in self.tests:
            texts += [test.stdout, test.stderr, test.reason]
            if test.error is not None:
                texts += [test.error.type, test.error.message]
        return RECORD_BYTES * (1 + len(self.tests)) + sum(map(sys.getsizeof, texts))

    @property
    def pass_ratio(self) -> float | None:
        """N_pass / (N_pass + N_fail), in [0, 1]; ``None`` when unscored.

        A test that was not run counts as one that failed.
        """
        if self.status == "unscored" or not self.tests:
            return None
        return sum(test.passed for test in self.tests) / (len(self.tests) + self.not_run)
