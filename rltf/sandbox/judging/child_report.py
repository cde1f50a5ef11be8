"""Reading the report of a child (guest/shared/report.py).

Anybody in the child may have written it. So it is a claim, and its parts are built only when they
have the shape that our side of the process writes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.values import BadValue, Reader
from rltf.verdict import ProgramError, Status

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
_MAX_FRAMES = 3
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
