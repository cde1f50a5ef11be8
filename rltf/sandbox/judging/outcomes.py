"""From what the fork server measured to what it means for a test.

What a limit or a signal forced is decided here; the rest is asked of whoever knows the test. What the
program's process reported is a claim: it can name the exception that ended it, but passing takes the
right output or the right value.
"""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

from rltf.limits import Limits
from rltf.sandbox.client.zygote import (
    ALIVE,
    CPU_LIMIT,
    FAULT,
    KILLED,
    OUTPUT_LIMIT,
    WALL_LIMIT,
    Result,
)
from rltf.sandbox.guest.both.values import BadValue, Reader
from rltf.verdict import Attempt, ProgramError, Status, TestOutcome

CUT_BYTES = 2000
"""Bytes of stdout and stderr that an outcome keeps."""
MAX_NAME = 200
"""Characters of an exception's type."""
MAX_MESSAGE = 2000
"""Characters of an exception's message, and of a reason. Children cut theirs as well, but may be a program's."""
_FRAME = struct.Struct("<cI")
_MOST_FRAMES = 3
"""More than anything of ours writes: enough to see that somebody else did."""
_LONGEST_DESCRIPTION = 64 * 1024
MISUSE = "ReportError"
LIAR = "EqualsAnything"
_DURING = ("compile", "load", "test", "judge")


class Report(NamedTuple):
    """What a child said: frames of a kind and bytes. Anybody in the child may have written them."""

    frames: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def parse(cls, data: bytes) -> Report:
        """The whole frames at the beginning of ``data``."""
        if not data:
            return _NOTHING
        frames: list[tuple[bytes, bytes]] = []
        at = 0
        while at + _FRAME.size <= len(data) and len(frames) < _MOST_FRAMES:
            kind, length = _FRAME.unpack_from(data, at)
            at += _FRAME.size
            if at + length > len(data):
                break
            frames.append((kind, data[at : at + length]))
            at += length
        return cls(tuple(frames))

    def only(self) -> tuple[bytes, bytes] | None:
        """The frame, if there is exactly one."""
        return self.frames[0] if len(self.frames) == 1 else None


_NOTHING = Report(())


def is_fault(result: Result) -> bool:
    """Ours, or nobody's: worth another try. A signal that nobody here sent may be a passing one."""
    if result.flags & FAULT:
        return True
    if not result.signal:
        return False
    ours = result.flags & KILLED or result.signal in (signal.SIGXFSZ, signal.SIGSYS)
    return not ours


def outcome(
    result: Result, limits: Limits, decide: Callable[[Report], tuple[Status, ProgramError | None]]
) -> TestOutcome:
    """The outcome of a test; ``decide`` is asked when no limit and no signal has decided.

    What ``decide`` raises is a fault of the judging rule, and so none of the program.
    """
    status: Status | None = None
    error: ProgramError | None = None
    reason = ""
    if result.flags & ~ALIVE or result.signal:
        status, error, reason = _forced(result, limits)
    if status is None:
        try:
            status, error = _decided(decide, Report.parse(result.report))
        except Exception as fault:
            return unscored(f"the judging rule failed: {said(fault)}")
    # as TestOutcome(...) would, in a third of the time, which a test takes often enough
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
    )
    return made


def _decided(
    decide: Callable[[Report], tuple[Status, ProgramError | None]], report: Report
) -> tuple[Status, ProgramError | None]:
    """What ``decide`` says, however much of the stack our caller has used.

    The deepest value fits an empty stack: a caller that is deep in its own does not change a verdict.
    """
    try:
        return decide(report)
    except RecursionError:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(decide, report).result()


def with_attempt(outcome: TestOutcome, attempt: Attempt | None = None) -> TestOutcome:
    """The outcome of a test that calls the program, with what the program seems to have tried.

    ``attempt`` is what has been seen beside the outcome itself, which counts for more.
    """
    kind = outcome.error.type if outcome.error else ""
    if outcome.status == "forbidden":
        attempt = "refused_call"
    elif kind == "SystemExit":
        attempt = "early_exit"
    elif kind == MISUSE:
        attempt = "channel_misuse"
    elif kind == LIAR:
        attempt = "liar_object"
    return replace(outcome, attempt=attempt) if attempt else outcome


def unscored(reason: str) -> TestOutcome:
    """The outcome of a test that could not be run."""
    return TestOutcome(status="unscored", reason=clean(reason, MAX_MESSAGE))


def said(error: BaseException) -> str:
    """Type and message of an exception of our own side."""
    try:
        message = str(error)
    except Exception:  # such as of an int of too many digits
        message = ""
    return clean(f"{type(error).__name__}: {message}", MAX_MESSAGE)


def clean(text: str, most: int) -> str:
    """At most so many characters, all of which can be printed and written to a file."""
    cut = text[:most]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


def _forced(result: Result, limits: Limits) -> tuple[Status | None, ProgramError | None, str]:
    if result.flags & FAULT:
        return "unscored", None, could_not_run(result)
    if result.flags & (CPU_LIMIT | WALL_LIMIT):
        kind = "CPU" if result.flags & CPU_LIMIT else "wall"
        limit = limits.cpu_s if kind == "CPU" else limits.wall_limit_s
        return "timeout", ProgramError("TimeoutError", f"more than {limit:g} s of {kind} time"), ""
    if result.signal == signal.SIGXFSZ or result.flags & OUTPUT_LIMIT:
        message = f"more than {limits.output_bytes} bytes of output"
        return "output_limit", ProgramError("OutputLimit", message), ""
    if result.signal == signal.SIGSYS:
        return "forbidden", ProgramError("ForbiddenCall", "a system call that is not allowed"), ""
    if result.signal and not result.flags & KILLED:
        name = signal.Signals(result.signal).name if result.signal < 32 else str(result.signal)
        return "crashed", ProgramError(name, f"ended by signal {result.signal}"), ""
    return None, None, ""


def could_not_run(result: Result) -> str:
    """Why a child was not ready for its program: nobody but us has written to its stderr."""
    why = os.strerror(result.fault)
    if said := result.stderr.decode("utf-8", "replace").strip().splitlines():
        why = said[-1]
    elif result.signal:
        why = f"signal {result.signal} ended its process before the program began"
    return f"the sandbox could not run it: {why}"


def raised(description: bytes) -> tuple[Status, ProgramError]:
    """Status and error of an exception that a child described."""
    return raised_form(flat(description))


def flat(description: bytes) -> tuple[str | int | None, ...] | None:
    """A tuple of texts, numbers and None; ``None`` for all else, which is not even built."""
    reader = Reader(description)
    try:
        if len(description) > _LONGEST_DESCRIPTION or reader.take(1) != b"t":
            return None
        items = []
        for _ in range(reader.count()):
            if description[reader.at : reader.at + 1] not in (b"s", b"i", b"N"):
                return None
            items.append(reader.value())
    except BadValue:
        return None
    return tuple(items)


def raised_form(form: tuple[Any, ...] | None) -> tuple[Status, ProgramError]:
    """The same, of a description that is decoded already."""
    match form:
        case (str(kind), str(message), line, column, end_line, end_column, str(during), str(cause)):
            error = ProgramError(
                type=clean(kind, MAX_NAME),
                message=clean(message, MAX_MESSAGE),
                line=_number(line),
                column=_number(column),
                end_line=_number(end_line),
                end_column=_number(end_column),
                during=during if during in _DURING else "test",  # type: ignore[arg-type]
            )
        case _:
            return "runtime_error", ProgramError(MISUSE, "an unreadable report")
    if cause == "memory":
        return "memory_limit", error
    if during == "compile":
        return "syntax_error", error
    return ("forbidden" if cause == "refused" else "runtime_error"), error


def ended_early(exit_code: int) -> tuple[Status, ProgramError]:
    """A program that ended its process instead of doing what it was asked."""
    message = f"the program ended with exit code {exit_code} before the test did"
    return "runtime_error", ProgramError("SystemExit", message)


def failure(report: Report, exit_code: int) -> tuple[Status, ProgramError]:
    """Why a program did not get to its end, as far as its process said."""
    match report.only():
        case (b"X", description):
            return raised(description)
        case None if not report.frames:
            return ended_early(exit_code)
    return "runtime_error", ProgramError(
        MISUSE, "a report that our side of the process does not write"
    )


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 1 << 31 else None


def _cut(output: bytes) -> str:
    return output[:CUT_BYTES].decode("utf-8", "replace") if output else ""
