"""Show a program with each token tinted by its advantage: colours on a terminal, marks elsewhere.

A program is hostile text: every character that a terminal might obey is shown as its escape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import groupby, pairwise
from typing import TextIO

from rltf.explain.failure import plain

_RESET = "\x1b[0m"
_FAINT, _RED, _GREEN = (130, 130, 130), (230, 40, 40), (0, 170, 70)
"""What the colours run between: readable on light and dark terminals."""

Cell = tuple[str, float | None]
"""A character as it is shown, and the advantage of its token; ``None``: it was not sampled."""


class Paint(Enum):
    """How advantages are shown."""

    MARKS = "marks"
    COLOURS_256 = "256 colours"
    TRUE_COLOUR = "24-bit colours"


def paint_for(stream: TextIO, environment: Mapping[str, str]) -> Paint:
    """Return how to paint on a stream, by what its terminal can do and NO_COLOR and FORCE_COLOR."""
    is_forced = bool(environment.get("FORCE_COLOR"))
    is_terminal = stream.isatty() and environment.get("TERM") != "dumb"
    if environment.get("NO_COLOR") or not (is_terminal or is_forced):
        return Paint.MARKS
    has_24_bits = environment.get("COLORTERM") in ("truecolor", "24bit")
    return Paint.TRUE_COLOUR if has_24_bits else Paint.COLOURS_256


def tinted_lines(program: str, steps: Sequence[tuple[int, float]], paint: Paint) -> Iterator[str]:
    """Yield the numbered lines of a program.

    Args:
        steps: (character, advantage) as ``samples.jsonl`` holds them; empty: nothing is tinted.
    """
    scale = max((abs(value) for _, value in steps), default=0.0) or 1.0
    cells = _cells(program, steps)
    lines = program.split("\n")
    width = len(str(len(lines)))
    start = 0
    for number, line in enumerate(lines, 1):
        row = cells[start : start + len(line)]
        start += len(line) + 1
        if paint is Paint.MARKS:
            yield from _marked(f"{number:{width}}", row)
        else:
            yield f"  {number:{width}} │ {_coloured(row, scale, paint)}".rstrip()


def legend(steps: Sequence[tuple[int, float]], paint: Paint) -> str:
    """Return a line that explains the tints."""
    low = min(value for _, value in steps)
    high = max(value for _, value in steps)
    if paint is Paint.MARKS:
        return f"advantages from {low:+g} to {high:+g}: - below 0, + above 0, of a line or below it"
    ends = [_coloured([(f"{value:+g}", value)], max(abs(low), abs(high)) or 1.0, paint)
            for value in (low, high)]  # fmt: skip
    return f"advantages from {ends[0]} to {ends[1]}: red below 0, green above 0, faint near 0"


def _cells(program: str, steps: Sequence[tuple[int, float]]) -> list[Cell]:
    values: list[float | None] = [None] * len(program)
    for (start, value), (end, _) in pairwise([*steps, (len(program), 0.0)]):
        values[start:end] = [value] * (end - start)
    return [(plain(character), value) for character, value in zip(program, values, strict=True)]


def _coloured(row: Iterable[Cell], scale: float, paint: Paint) -> str:
    parts = []
    for value, cells in groupby(row, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in cells)
        parts.append(f"{_colour(value / scale, paint)}{text}{_RESET}" if value else text)
    return "".join(parts)


def _colour(strength: float, paint: Paint) -> str:
    """Return the escape sequence for a strength in [-1, 1]."""
    far = _RED if strength < 0 else _GREEN
    red, green, blue = (
        round(near + abs(strength) * (end - near)) for near, end in zip(_FAINT, far, strict=True)
    )
    if paint is Paint.TRUE_COLOUR:
        return f"\x1b[38;2;{red};{green};{blue}m"
    cube = [round(part / 255 * 5) for part in (red, green, blue)]
    return f"\x1b[38;5;{16 + 36 * cube[0] + 6 * cube[1] + cube[2]}m"


def _marked(number: str, row: Sequence[Cell]) -> Iterator[str]:
    text = "".join(character for character, _ in row)
    marks = "".join(_mark(value) * len(character) for character, value in row)
    if len(set(marks)) <= 1:
        yield f"{marks[:1] or ' '} {number} │ {text}".rstrip()
        return
    yield f"  {number} │ {text}"
    yield f"  {' ' * len(number)} │ {marks}".rstrip()


def _mark(value: float | None) -> str:
    if not value:
        return " "
    return "+" if value > 0 else "-"
