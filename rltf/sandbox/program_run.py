"""A program that is run once, without tests: what it is given, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rltf.common import fixture_files
from rltf.limits import Limits
from rltf.sandbox.client.private_folder import Folder
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.outcomes import ChildReport
from rltf.sandbox.judging.test_files import FilledFolder
from rltf.verdict import ProgramError, Status, Verdict

Fixtures = Mapping[str, str | bytes]
NO_FIXTURES: Fixtures = MappingProxyType({})


@dataclass(frozen=True)
class Observed:
    """A verdict, and the whole output or value of the last test, if that test is data."""

    verdict: Verdict
    stdout: bytes | None = None
    """``None`` where the last test was code."""
    value: bytes | None = None
    """What a call returned, encoded by ``rltf.sandbox.guest.shared.values``. It may be forged."""


@dataclass(frozen=True)
class RunResult:
    """The result of running a program once, without tests."""

    status: Status
    """``passed`` when it ended with exit code 0."""
    stdout: str = ""
    """Bytes that are not UTF-8 become surrogates, as ``surrogateescape`` makes them."""
    stderr: str = ""
    exit_code: int | None = None
    """``None`` when a signal ended it, or a limit."""
    error: ProgramError | None = None
    reason: str = ""
    """Why it is ``unscored``."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    layers: tuple[str, ...] = ()
    signal: int | None = None
    """The signal that ended it, if one did."""


def folder_of(limits: Limits, files: bool, fixtures: Fixtures) -> FilledFolder | None:
    """Return the folder of a program, or ``None`` if it has none.

    Raises ``ValueError`` for a fixture that cannot be in it.
    """
    if not (files or fixtures):
        return None
    fixture_files.check(fixtures)
    return FilledFolder(Folder.of(limits), fixture_files.encoded(fixtures))


def not_text(code: str) -> ProgramError | None:
    """Return the error of a program that cannot be encoded, or ``None``."""
    try:
        code.encode()
    except UnicodeEncodeError as error:
        message = f"the source holds a surrogate at character {error.start}, which is no text"
        return ProgramError("UnicodeEncodeError", message, during="compile")
    return None


def result_of(result: ChildResult | str, limits: Limits, layers: tuple[str, ...]) -> RunResult:
    """Return what came of a run; a text says why there was none."""
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
        status=outcome.status,
        stdout=result.stdout.decode("utf-8", "surrogateescape"),
        stderr=result.stderr.decode("utf-8", "surrogateescape"),
        exit_code=None if result.exit_code < 0 else result.exit_code,
        error=outcome.error,
        reason=outcome.reason,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
        peak_memory_mb=result.peak_memory_mb,
        layers=layers,
        signal=result.signal or None,
    )
