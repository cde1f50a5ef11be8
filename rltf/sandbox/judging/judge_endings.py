"""What the end of a judge's process means.

Test code and checkers are trusted, but they compute on what a program gave them: a huge text to print, numbers of
one hash, an endless iterator. Once a program's data has a part in it, whatever ends a judge is the outcome of that
program, and only a fault of the sandbox itself is not.
"""

from __future__ import annotations

import signal
from typing import Any, NamedTuple

from rltf.limits import Limits
from rltf.sandbox.client.zygote import CPU_LIMIT, OUTPUT_LIMIT, WALL_LIMIT, Result
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.outcomes import Report
from rltf.verdict import ProgramError, Status

_SAID, _BEGUN, _CALLED = b"J", b"B", b"C"
_OUT_OF_MEMORY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)
"""Signals of the kernel's out-of-memory killer, of a stack that is full, and of a C library without memory."""


class Finding(NamedTuple):
    """What a judge's process reported before it ended (guest/judge/test_runner.py)."""

    said: str | None
    """One of the findings of guest/judge/session.py; ``None``: it ended before it had one."""
    description: tuple[Any, ...] = ()
    has_begun: bool = False
    """Whether the test's code was reached. Before that, only the program's names are read."""
    has_called: bool = False
    """Whether the test asked the program for anything."""

    @property
    def is_of_program(self) -> bool:
        """Whether the program's data had a part in how a judge without a finding ended."""
        return self.has_called or not self.has_begun

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the judge found that its memory did not suffice."""
        return self.description[-1:] == ("memory",)

    @classmethod
    def of(cls, result: Result) -> Finding:
        frames = dict(Report.parse(result.report).frames)
        match outcomes.flat(frames.get(_SAID, b"")):
            case (str(said), *description):
                return cls(said, tuple(description), _BEGUN in frames, _CALLED in frames)
        return cls(None, (), _BEGUN in frames, _CALLED in frames)


def by_program(result: Result, limits: Limits, what: str) -> tuple[Status, ProgramError]:
    """The outcome of a program whose data ended a judge before it had a finding.

    ``what`` ran in it: "test" or "checker".
    """

    def error(kind: str, message: str) -> ProgramError:
        return ProgramError(kind, f"on the program's data, {message}", during="judge")

    if result.flags & (CPU_LIMIT | WALL_LIMIT) or result.cpu_s >= limits.cpu_s:
        return "timeout", error("TimeoutError", f"the {what} does not end in time")
    if is_output_limit(result):
        message = f"the {what} writes more than {limits.output_bytes} bytes of output"
        return "output_limit", error("OutputLimit", message)
    if result.signal in _OUT_OF_MEMORY:
        return "memory_limit", error("MemoryError", f"the {what} ended by signal {result.signal}")
    how = f"signal {result.signal}" if result.signal else f"exit code {result.exit_code}"
    return "wrong_answer", error("SystemExit", f"the {what} ended with {how}")


def is_killed(result: Result) -> bool:
    """Whether somebody else has killed the process: the machine may have too little memory."""
    return result.signal == signal.SIGKILL and outcomes.is_fault(result)


def is_output_limit(result: Result) -> bool:
    """Whether a process was ended for what it wrote."""
    return bool(result.flags & OUTPUT_LIMIT) or result.signal == signal.SIGXFSZ


def by_itself(result: Result) -> str:
    """Why a judge ended that had no data of the program's yet: a clause for the reason."""
    if result.flags & (CPU_LIMIT | WALL_LIMIT):
        return "it does not end"
    if is_output_limit(result):
        return "it writes too much"
    if result.signal:
        return f"its process ended by signal {result.signal}"
    return "its process ended before it had decided"
