"""The evaluations of a run on held-out problems, in the order of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rltf.report.page_model import Line, Value, number

FIGURES = ("value", "low", "high")
"""Names of the parts of a rate with its interval."""


def read_evaluations(lines: Sequence[Line], summary: Line | None) -> list[dict[str, Any]]:
    """Return the evaluations on held-out problems, in order: step, pass@1, interval, pass@k."""
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        held_out = line.get("held_out")
        if isinstance(held_out, Mapping) and number(held_out.get("step")) is not None:
            found[int(held_out["step"])] = dict(held_out)
    if summary is not None:
        last = int(number(lines[-1].get("step")) or 0) if lines else 0
        found.setdefault(0, of_summary(summary, "before"))
        found.setdefault(last, of_summary(summary, "after"))
    return [{**found[step], "step": step} for step in sorted(found)]


def of_summary(summary: Line, when: str) -> dict[str, Any]:
    """Return an evaluation as the summary holds it: ``before`` or ``after``."""

    def part(name: str) -> Any:
        value = summary.get(name)
        return value.get(when) if isinstance(value, Mapping) else None

    return {
        "pass_at_1": part("pass_at_1"),
        "interval": part("interval"),
        "pass_at_k": part("pass_at_k"),
        "errors": part("errors"),
    }


def bounds(evaluation: Line) -> tuple[Value, Value]:
    """Return the 95 % interval of pass@1, as far as it is known."""
    interval = evaluation.get("interval")
    if not isinstance(interval, Sequence) or len(interval) != 2:
        return None, None
    return number(interval[0]), number(interval[1])
