"""The page of a run, finished or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rltf.report.page_model import (
    Line,
    Page,
    Section,
    Table,
    Tile,
    number,
    percent,
    with_interval,
)
from rltf.report.run_charts import learning_charts, teaching_charts, time_charts, training_charts
from rltf.report.run_evaluations import FIGURES, bounds, of_summary, read_evaluations


def run_page(
    folder: Path,
    config: Line,
    lines: Sequence[Line],
    summary: Line | None,
    notes: Sequence[str] = (),
) -> Page:
    """Return the page of a run.

    Args:
        lines: The lines of ``metrics.jsonl``.
        summary: ``summary.json``; ``None``: the run is not finished.
        notes: What the reader must know about the files.
    """
    steps = number(config.get("steps")) or 0
    done = int(number(lines[-1].get("step")) or 0) if lines else 0
    evaluations = read_evaluations(lines, summary)
    rounds = [line for line in lines if isinstance(line.get("round"), Mapping)]
    if not lines:
        notes = [*notes, "No step is finished yet: the curves begin with the first one."]
    state = f"{done} of {steps} steps" if summary is None else f"finished after {done} steps"
    sections = [
        Section(
            "Does it learn?", learning_charts(rounds, evaluations, config), _final_tables(summary)
        ),
        Section("What the samples teach", teaching_charts(lines, rounds)),
        Section("How training goes", training_charts(lines, rounds)),
        Section("Where the time went", time_charts(lines), _seconds(summary)),
    ]
    return Page(
        "run",
        folder.resolve().name,
        f"{config.get('policy')} on {config.get('dataset')}, {state}",
        finished=summary is not None,
        tiles=_tiles(lines, evaluations, summary, done, int(steps)),
        sections=[each for each in sections if each.charts or each.tables],
        notes=notes,
        about=[(name, _option(value)) for name, value in config.items() if name != "changes"],
    )


def _tiles(
    lines: Sequence[Line],
    evaluations: Sequence[Line],
    summary: Line | None,
    done: int,
    steps: int,
) -> list[Tile]:
    last = lines[-1] if lines else {}
    tiles = []
    if evaluations:
        tiles.append(_held_out_tile(evaluations))
    if (samples := number(last.get("samples"))) is not None:
        taught = number(last.get("experiences")) or 0
        tiles.append(Tile("Samples", f"{samples:,}", f"{taught:,} taught something"))
    if (unscored := number(last.get("unscored"))) is not None and unscored:
        tiles.append(Tile("Unscored", f"{unscored:,}", "could not be judged", "bad"))
    seconds = sum(number(line.get("total_seconds")) or 0 for line in lines)
    if summary is not None and isinstance(summary.get("seconds"), Mapping):
        seconds = number(summary["seconds"].get("total")) or seconds
    if seconds:
        tiles.append(Tile("Time", duration(seconds), "" if summary else "in steps so far"))
    if summary is None and lines and steps > done:
        left = (steps - done) * seconds / len(lines)
        tiles.append(Tile("Time left", f"about {duration(left)}", f"{done} of {steps} steps"))
    return tiles


def _held_out_tile(evaluations: Sequence[Line]) -> Tile:
    first, last = evaluations[0], evaluations[-1]
    rates = number(first.get("pass_at_1")), number(last.get("pass_at_1"))
    text = with_interval(rates[1], *bounds(last)).partition(" ")[2].strip("()")
    notes = [f"95 %: {text}"] if text else []
    tone: Any = ""
    if len(evaluations) > 1 and rates[0] is not None and rates[1] is not None:
        change = rates[1] - rates[0]
        notes.append(f"{change * 100:+.1f} points since step {first['step']}")
        tone = "good" if change > 0 else "bad" if change < 0 else ""
    return Tile("Held-out pass@1", percent(rates[1]), ", ".join(notes), tone)


def duration(seconds: float) -> str:
    """Return a duration as a person reads it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _seconds(summary: Line | None) -> list[Table]:
    seconds = (summary or {}).get("seconds")
    if not isinstance(seconds, Mapping):
        return []
    total = number(seconds.get("total")) or 0
    rows = [
        [name.replace("_", " "), f"{value:.1f}", percent(value / total) if total else "-"]
        for name, each in seconds.items()
        if (value := number(each)) is not None
    ]
    return [Table("Time by activity", ("activity", "seconds", "of the total"), rows)]


def _final_tables(summary: Line | None) -> list[Table]:
    if summary is None:
        return []
    before, after = (of_summary(summary, when) for when in ("before", "after"))
    rows = [["pass@1", *(with_interval(e["pass_at_1"], *bounds(e)) for e in (before, after))]]
    for k in before["pass_at_k"] or {}:
        figures = [(each["pass_at_k"] or {}).get(k) or {} for each in (before, after)]
        texts = [with_interval(*(figure.get(name) for name in FIGURES)) for figure in figures]
        rows.append([f"sampled pass@{k}", *texts])
    errors = [each["errors"] or {} for each in (before, after)]
    rows += [
        [status, *(str(each.get(status, 0)) for each in errors)]
        for status in sorted({*errors[0], *errors[1]})
    ]
    return [Table("Held-out problems, before and after", ("", "before", "after"), rows)]


def _option(value: Any) -> str:
    return "none" if value is None else str(value)
