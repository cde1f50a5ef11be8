"""From what the fork server measured to the outcome of a test.

This module decides what a limit or a signal forced, and asks the caller, who knows the test, about
the rest. What the program's process reported is a claim: it can name the exception that ended it,
but to pass takes the right output or the right value.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared.wire import (
    RESULT_ALIVE,
    RESULT_CPU_LIMIT,
    RESULT_FAULT,
    RESULT_KILLED,
    RESULT_OUTPUT_LIMIT,
    RESULT_WALL_LIMIT,
)
from rltf.sandbox.judging.child_report import (
    EQUALS_ANYTHING,
    MAX_MESSAGE,
    MISUSE,
    TAMPERING,
    ChildReport,
    clean,
)
from rltf.verdict import Attempt, ProgramError, Status, TestOutcome

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
