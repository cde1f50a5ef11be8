"""What running a program once leaves, and what observing it does."""

from __future__ import annotations

from dataclasses import dataclass

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.outcomes import ChildReport
from rltf.verdict import ProgramError, Status, Verdict


@dataclass(frozen=True)
class RunResult:
    """The result of running a program once, without tests."""

    status: Status
    """``passed`` when it ended with exit code 0."""
    stdout: str = ""
    """Bytes that are not UTF-8 become surrogates, as ``surrogateescape`` makes them."""
    stderr: str = ""
    exit_code: int | None = None
    """``None`` when a signal ended it."""
    error: ProgramError | None = None
    reason: str = ""
    """Why it is ``unscored``."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """A verdict, and the whole output or value of the last test, if that test is data."""

    verdict: Verdict
    stdout: bytes | None = None
    """``None`` where the last test was code."""
    value: bytes | None = None
    """What a call returned, encoded by ``rltf.sandbox.guest.shared.values``. It may be forged."""


def source_fault(code: str) -> ProgramError | None:
    """Return the error of a program that is no text."""
    try:
        code.encode()
    except UnicodeEncodeError as error:
        message = f"the source holds a surrogate at character {error.start}, which is no text"
        return ProgramError("UnicodeEncodeError", message, during="compile")
    return None


def run_result(result: ChildResult | str, limits: Limits, layers: tuple[str, ...]) -> RunResult:
    """Return the result of a program that was run; a text says why it could not be."""
    if isinstance(result, str):
        return RunResult("unscored", reason=result, layers=layers)

    def decide(report: ChildReport) -> tuple[Status, ProgramError | None]:
        if result.exit_code == 0:
            return "passed", None
        match report.only():
            case (frames.EXCEPTION, description):
                return outcomes.exception(description)
        message = f"the program ended with exit code {result.exit_code}"
        return "runtime_error", ProgramError("SystemExit", message)

    outcome = outcomes.outcome(result, limits, decide)
    return RunResult(
        outcome.status,
        stdout=result.stdout.decode("utf-8", "surrogateescape"),
        stderr=result.stderr.decode("utf-8", "surrogateescape"),
        exit_code=None if result.exit_code < 0 else result.exit_code,
        error=outcome.error,
        reason=outcome.reason,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
        peak_memory_mb=result.peak_memory_mb,
        layers=layers,
    )
