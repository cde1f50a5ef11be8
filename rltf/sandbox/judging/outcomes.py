"""From what a child left to the outcome of a test: what the fork server measured, and the report.

A limit or a signal forces an outcome. Where there is none, the caller is asked, who knows the test.

The child wrote the report (guest/shared/report.py), so it is a claim, and its parts are built only
when they have the shape that our side of the process writes. It can name the exception that ended
the program, but to pass takes the right output or the right value.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.values import BadValue, Reader
from rltf.sandbox.guest.shared.wire import (
    RESULT_ALIVE,
    RESULT_CPU_LIMIT,
    RESULT_FAULT,
    RESULT_KILLED,
    RESULT_OUTPUT_LIMIT,
    RESULT_WALL_LIMIT,
)
from rltf.verdict import Attempt, ProgramError, Status, TestOutcome

MAX_NAME = 200
"""Characters of an exception's type."""
MAX_MESSAGE = 2000
"""Characters of an exception's message, and of a reason. A forged report may have more."""
MISUSE = "ReportError"
"""The error type of a report that our side of the process does not write."""
EQUALS_ANYTHING = "EqualsAnything"
"""The error type of a value that claims to be equal to anything."""
TAMPERING = "Tampering"
"""The error type of a program that changed what the words of a guarded test mean."""
_MAX_FRAMES = 4
"""More frames than our own code writes, so that forged ones show."""
_MAX_DESCRIPTION = 64 * 1024
_PHASES = ("compile", "load", "test", "judge")


class ChildReport(NamedTuple):
    """The frames of a report: a kind and bytes each."""

    frames: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def parse(cls, data: bytes) -> ChildReport:
        """Return the whole frames at the beginning of ``data``."""
        if not data:
            return _NOTHING
        parsed: list[tuple[bytes, bytes]] = []
        at = 0
        while at + frames.HEADER.size <= len(data) and len(parsed) < _MAX_FRAMES:
            kind, length = frames.HEADER.unpack_from(data, at)
            at += frames.HEADER.size
            if at + length > len(data):
                break
            parsed.append((kind, data[at : at + length]))
            at += length
        return cls(tuple(parsed))

    def only(self) -> tuple[bytes, bytes] | None:
        """Return the frame, if there is exactly one."""
        return self.frames[0] if len(self.frames) == 1 else None


_NOTHING = ChildReport(())


def clean(text: str, most: int) -> str:
    """Return at most so many characters, all of which can be printed and written to a file."""
    cut = text[:most]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


def exception(description: bytes) -> tuple[Status, ProgramError]:
    """Return status and error of an exception that a child described."""
    return described_exception(flat_tuple(description))


def flat_tuple(description: bytes) -> tuple[str | int | None, ...] | None:
    """Decode a tuple of texts, numbers and None. Return ``None`` for anything else, unbuilt."""
    reader = Reader(description)
    try:
        if len(description) > _MAX_DESCRIPTION or reader.take(1) != b"t":
            return None
        items = []
        for _ in range(reader.count()):
            if description[reader.at : reader.at + 1] not in (b"s", b"i", b"N"):
                return None
            items.append(reader.value())
    except BadValue:
        return None
    return tuple(items)


def described_exception(description: tuple[Any, ...] | None) -> tuple[Status, ProgramError]:
    """Return status and error of an exception, given its decoded description."""
    match description:
        case (str(kind), str(message), line, column, end_line, end_column, str(during), str(cause)):
            error = ProgramError(
                type=clean(kind, MAX_NAME),
                message=clean(message, MAX_MESSAGE),
                line=_number(line),
                column=_number(column),
                end_line=_number(end_line),
                end_column=_number(end_column),
                during=during if during in _PHASES else "test",  # type: ignore[arg-type]
            )
        case _:
            return "runtime_error", ProgramError(MISUSE, "an unreadable report")
    if cause == "memory":
        return "memory_limit", error
    if during == "compile":
        return "syntax_error", error
    return ("forbidden" if cause == "refused" else "runtime_error"), error


def ended_early(exit_code: int) -> tuple[Status, ProgramError]:
    """Return status and error of a program that ended its process before its test was over."""
    message = f"the program ended with exit code {exit_code} before the test did"
    return "runtime_error", ProgramError("SystemExit", message)


def failure(report: ChildReport, exit_code: int) -> tuple[Status, ProgramError]:
    """Return why a program did not run to its end, if its process reported it."""
    match report.only():
        case (frames.EXCEPTION, description):
            return exception(description)
        case None if not report.frames:
            return ended_early(exit_code)
    return "runtime_error", ProgramError(
        MISUSE, "a report that our side of the process does not write"
    )


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 1 << 31 else None


Decision = tuple[Status, ProgramError | None]
"""Status and error of a test."""

CUT_BYTES = 2000
"""Bytes of stdout and stderr that an outcome keeps."""


def is_fault(result: ChildResult) -> bool:
    """Return whether another try may help: the fault is ours, or a signal came from outside."""
    if result.flags & RESULT_FAULT:
        return True
    if not result.signal:
        return False
    ours = result.flags & RESULT_KILLED or result.signal in (signal.SIGXFSZ, signal.SIGSYS)
    return not ours


def outcome(
    result: ChildResult, limits: Limits, decide: Callable[[ChildReport], Decision]
) -> TestOutcome:
    """Return the outcome of a test. ``decide`` is asked when no limit and no signal has decided.

    What ``decide`` raises is a fault of the judging rule, and never the program's.
    """
    status: Status | None = None
    error: ProgramError | None = None
    reason = ""
    if result.flags & ~RESULT_ALIVE or result.signal:
        status, error, reason = _forced(result, limits)
    if status is None:
        try:
            status, error = _decided(decide, ChildReport.parse(result.report))
        except Exception as fault:
            return unscored(f"the judging rule failed: {describe(fault)}")
    # as TestOutcome(...) would make it, in a third of the time
    made = object.__new__(TestOutcome)
    made.__dict__.update(
        status=status,
        error=error,
        reason=reason,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
        peak_memory_mb=result.peak_memory_mb,
        signal=result.signal or None,
        stdout=_cut(result.stdout),
        stderr=_cut(result.stderr),
        attempt=None,
        judging="split",
        judging_reason="",
    )
    return made


def _decided(decide: Callable[[ChildReport], Decision], report: ChildReport) -> Decision:
    """Call ``decide``, however much of the stack our caller has used.

    The deepest value fits on an empty stack, so that the depth of the caller does not change a
    verdict.
    """
    try:
        return decide(report)
    except RecursionError:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(decide, report).result()


def with_attempt(outcome: TestOutcome, attempt: Attempt | None = None) -> TestOutcome:
    """Return the outcome of a test that calls the program, with the cheating attempt it shows.

    ``attempt`` is what was seen apart from the outcome, which counts for more.
    """
    kind = outcome.error.type if outcome.error else ""
    if outcome.status == "forbidden":
        attempt = "refused_call"
    elif kind == "SystemExit":
        attempt = "early_exit"
    elif kind == MISUSE:
        attempt = "channel_misuse"
    elif kind == EQUALS_ANYTHING:
        attempt = "liar_object"
    elif kind == TAMPERING:
        attempt = "tampering"
    return replace(outcome, attempt=attempt) if attempt else outcome


def unscored(reason: str) -> TestOutcome:
    """Return the outcome of a test that could not be run."""
    return TestOutcome(status="unscored", reason=clean(reason, MAX_MESSAGE))


def describe(error: BaseException) -> str:
    """Return type and message of an exception of our own code."""
    try:
        message = str(error)
    except Exception:  # such as of an int of too many digits
        message = ""
    return clean(f"{type(error).__name__}: {message}", MAX_MESSAGE)


def _forced(result: ChildResult, limits: Limits) -> tuple[Status | None, ProgramError | None, str]:
    if result.flags & RESULT_FAULT:
        return "unscored", None, could_not_run(result)
    if result.flags & (RESULT_CPU_LIMIT | RESULT_WALL_LIMIT):
        kind = "CPU" if result.flags & RESULT_CPU_LIMIT else "wall"
        limit = limits.cpu_s if kind == "CPU" else limits.wall_limit_s
        return "timeout", ProgramError("TimeoutError", f"more than {limit:g} s of {kind} time"), ""
    if result.signal == signal.SIGXFSZ or result.flags & RESULT_OUTPUT_LIMIT:
        message = f"more than {limits.output_bytes} bytes of output"
        return "output_limit", ProgramError("OutputLimit", message), ""
    if result.signal == signal.SIGSYS:
        return "forbidden", ProgramError("ForbiddenCall", "a system call that is not allowed"), ""
    if result.signal and not result.flags & RESULT_KILLED:
        name = signal.Signals(result.signal).name if result.signal < 32 else str(result.signal)
        return "crashed", ProgramError(name, f"ended by signal {result.signal}"), ""
    return None, None, ""


def could_not_run(result: ChildResult) -> str:
    """Return why a child was not ready for its program. So far, only we wrote to its stderr."""
    why = os.strerror(result.fault)
    if lines := result.stderr.decode("utf-8", "replace").strip().splitlines():
        why = lines[-1]
    elif result.signal:
        why = f"signal {result.signal} ended its process before the program began"
    return f"the sandbox could not run it: {why}"


def _cut(output: bytes) -> str:
    return output[:CUT_BYTES].decode("utf-8", "replace") if output else ""
