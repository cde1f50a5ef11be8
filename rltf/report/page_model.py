"""What a page shows, whatever it is about. Data only: the page's script turns it into HTML.

Every text here may come from a program, a dataset or a plugin, so nothing in it is ever HTML.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, dataclass, field
from typing import Any, Literal

Line = Mapping[str, Any]
"""A line of a file of JSON lines."""
Value = float | int | None
Tone = Literal["", "good", "bad"]
Unit = Literal["number", "count", "percent", "seconds"]


@dataclass(frozen=True)
class Series:
    """One line, area or group of bars of a chart."""

    name: str
    x: Sequence[float | str]
    y: Sequence[Value]
    low: Sequence[Value] | None = None
    """Lower end of each value's 95 % interval."""
    high: Sequence[Value] | None = None


@dataclass(frozen=True)
class Chart:
    """A chart: ``areas`` and ``bars`` are stacked, ``groups`` are bars side by side."""

    id: str
    title: str
    kind: Literal["lines", "areas", "bars", "groups"]
    series: Sequence[Series]
    unit: Unit = "number"
    x_title: str = "step"
    note: str = ""
    """What the chart shows, in words."""


@dataclass(frozen=True)
class Table:
    """A table. Numbers are right-aligned, texts left."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure that matters, with what it is."""

    label: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Section:
    """Charts and tables about one question."""

    title: str
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Page:
    """Everything but the samples."""

    kind: Literal["run", "benchmark", "audit", "comparison"]
    title: str
    subtitle: str
    finished: bool = True
    tiles: Sequence[Tile] = ()
    sections: Sequence[Section] = ()
    notes: Sequence[str] = ()
    """What the reader must know: faults of files, warnings."""
    about: Sequence[tuple[str, str]] = ()
    """Name and value of the options."""


@dataclass(frozen=True)
class TestView:
    """A test of a problem, as a person reads it."""

    kind: str
    given: str
    expected: str


@dataclass(frozen=True)
class ProblemView:
    """A problem: its text and its tests."""

    prompt: str
    tests: Sequence[TestView] = ()


@dataclass(frozen=True)
class OutcomeView:
    """What one test of a sample gave."""

    status: str
    got: str = ""
    error: str = ""
    line: int | None = None
    """Line of the program that broke, from 1."""


@dataclass(frozen=True)
class SampleView:
    """A sample with what the tests and training made of it."""

    task: str
    number: int
    status: str
    program: str
    step: int | None = None
    """Steps that the policy had taken; ``None`` outside of runs."""
    greedy: bool = False
    truncated: bool = False
    outcomes: Sequence[OutcomeView] = ()
    rewards: Mapping[str, Value] = field(default_factory=dict)
    steps: Sequence[tuple[int, float]] = ()
    """(character, advantage): the advantage from this character of the program on."""
    error: str = ""
    line: int | None = None
    """Line of the program that broke, from 1."""
    diagnosis: str = ""
    lines: tuple[int, int] | None = None
    """First and last line at fault."""
    failure: Sequence[str] = ()
    """Lines about the first failing test, which ran again: expected against got."""
    note: str = ""


def page_data(page: Page) -> dict[str, Any]:
    """Return the JSON form of a page: no number in it is NaN or infinite."""
    form: dict[str, Any] = _plain(asdict(page))
    return form


def row(view: Any) -> dict[str, Any]:
    """Return the JSON form of a view; what has its default value is left out.

    A page holds tens of thousands of these.
    """
    form: dict[str, Any] = {}
    for name, each in view.__dataclass_fields__.items():
        value = getattr(view, name)
        is_default = not value if each.default is MISSING else value == each.default
        if not is_default or _is_required(each):
            form[name] = _plain(value)
    return form


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _plain(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str() | int() | None:
            return value
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case Iterable():
            return [_plain(each) for each in value]
    return row(value) if hasattr(value, "__dataclass_fields__") else str(value)


def number(value: Any) -> Value:
    """Return a finite number, or ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def percent(value: Any) -> str:
    """Return a share as a person reads it."""
    known = number(value)
    return "-" if known is None else f"{known:.1%}"


def with_interval(value: Any, low: Any, high: Any) -> str:
    """Return a share with its 95 % interval."""
    if number(value) is None or number(low) is None or number(high) is None:
        return percent(value)
    return f"{percent(value)} ({percent(low)} to {percent(high)})"
