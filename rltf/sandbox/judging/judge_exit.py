"""What the end of a judge's process means.

Test code and checkers are trusted, but they compute on what a program gave them: a huge text to
print, numbers with one hash, an endless iterator. Once a program's data takes part in the test,
whatever ends the judge counts as the outcome of that program, except for a fault of the sandbox
itself.
"""

from __future__ import annotations

import signal
from typing import Any, NamedTuple

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.wire import RESULT_CPU_LIMIT, RESULT_OUTPUT_LIMIT, RESULT_WALL_LIMIT
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.outcomes import ChildReport, flat_tuple
from rltf.verdict import ProgramError, Status

_OUT_OF_MEMORY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)
"""Signals of the out-of-memory killer, of a full stack, and of a C library without memory."""


class JudgeReport(NamedTuple):
    """What a judge's process reported before it ended."""

    finding: str | None
    """One of the findings in guest/judge/findings.py. ``None``: it ended before it had one."""
    description: tuple[Any, ...] = ()
    """The exception behind the finding."""
    has_begun: bool = False
    """Whether the test's code was reached. Before that, only the program's names are read."""
    has_called: bool = False
    """Whether the test called the program."""

    @property
    def is_of_program(self) -> bool:
        """Whether a judge without a finding may have ended because of the program's data."""
        return self.has_called or not self.has_begun

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the judge found that its memory did not suffice."""
        return self.description[-1:] == ("memory",)

    @classmethod
    def of(cls, result: ChildResult) -> JudgeReport:
        """Read the report of a judge's process."""
        written = ChildReport.parse(result.report).frames
        kinds = dict(written)
        has_begun, has_called = frames.BEGUN in kinds, frames.CALLED in kinds
        # our own code writes each frame once: one that comes twice is forged
        finding_frame = kinds.get(frames.JUDGED, b"") if len(written) == len(kinds) else b""
        match flat_tuple(finding_frame):
            case (str(finding), *description):
                return cls(finding, tuple(description), has_begun, has_called)
        return cls(None, (), has_begun, has_called)


def by_program(result: ChildResult, limits: Limits, code: str) -> tuple[Status, ProgramError]:
    """Return the outcome of a program whose data ended a judge before the judge had a finding.

    ``code`` names what ran in the judge: "test" or "checker".
    """

    def error(kind: str, message: str) -> ProgramError:
        return ProgramError(kind, f"on the program's data, {message}", during="judge")

    if result.flags & (RESULT_CPU_LIMIT | RESULT_WALL_LIMIT) or result.cpu_s >= limits.cpu_s:
        return "timeout", error("TimeoutError", f"the {code} does not end in time")
    if is_output_limit(result):
        message = f"the {code} writes more than {limits.output_bytes} bytes of output"
        return "output_limit", error("OutputLimit", message)
    if result.signal in _OUT_OF_MEMORY:
        return "memory_limit", error("MemoryError", f"the {code} ended by signal {result.signal}")
    how = f"signal {result.signal}" if result.signal else f"exit code {result.exit_code}"
    return "wrong_answer", error("SystemExit", f"the {code} ended with {how}")


def is_killed(result: ChildResult) -> bool:
    """Return whether another process killed it: the machine may have too little memory."""
    return result.signal == signal.SIGKILL and outcomes.is_fault(result)


def is_output_limit(result: ChildResult) -> bool:
    """Return whether a process was ended because it wrote too much."""
    return bool(result.flags & RESULT_OUTPUT_LIMIT) or result.signal == signal.SIGXFSZ


def by_itself(result: ChildResult) -> str:
    """Return, as a clause, why a judge ended before it had any data of the program."""
    if result.flags & (RESULT_CPU_LIMIT | RESULT_WALL_LIMIT):
        return "it does not end"
    if is_output_limit(result):
        return "it writes too much"
    if result.signal:
        return f"its process ended by signal {result.signal}"
    return "its process ended before it had decided"
