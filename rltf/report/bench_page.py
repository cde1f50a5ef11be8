"""The page of a benchmark: pass@k with its intervals, by difficulty, and what became of samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rltf.report.page_model import (
    Chart,
    Page,
    SampleView,
    Section,
    Series,
    Table,
    Tile,
    number,
    percent,
    with_interval,
)
from rltf.report.run_page import duration

_FIGURES = ("value", "low", "high")


def bench_page(
    folder: Path,
    about: Mapping[str, Any],
    results: Mapping[str, Any] | None,
    samples: Sequence[SampleView],
    notes: Sequence[str] = (),
) -> Page:
    """Return the page of a benchmark.

    Args:
        about: ``config.json``, or the results where there is no such file.
        results: ``results.json``; ``None``: the benchmark is not finished.
        samples: The samples that are judged so far.
    """
    statuses = Counter(sample.status for sample in samples)
    if results is not None and isinstance(results.get("statuses"), Mapping):
        statuses = Counter({k: int(number(v) or 0) for k, v in results["statuses"].items()})
    if results is None:
        notes = [*notes, f"This benchmark is not finished: {len(samples)} samples are judged."]
    sections = [Section("What became of the samples", _status_chart(statuses))]
    if results is not None:
        sections.insert(0, Section("pass@k", _charts(results), [_table(results)]))
        sections.append(Section("Time", (), _times(results)))
    name = about.get("policy") or "samples"
    return Page(
        "benchmark",
        folder.resolve().name,
        f"{name} on {about.get('dataset')}" + ("" if results else ", not finished"),
        finished=results is not None,
        tiles=_tiles(results, statuses),
        sections=[each for each in sections if each.charts or each.tables],
        notes=notes,
        about=[(key, str(value)) for key, value in about.items() if key not in _SHOWN],
    )


_SHOWN = {"pass_at_k", "by_difficulty", "statuses", "slowest", "seconds", "modes", "layers"}
"""Fields of results that have a place of their own."""


def _tiles(results: Mapping[str, Any] | None, statuses: Counter[str]) -> list[Tile]:
    tiles = []
    for k, figure in ((results or {}).get("pass_at_k") or {}).items():
        bounds = f"95 %: {percent(figure.get('low'))} to {percent(figure.get('high'))}"
        tiles.append(Tile(f"pass@{k}", percent(figure.get("value")), bounds))
    if results is not None:
        average = percent(results.get("test_case_average"))
        tiles.append(Tile("Tests passed", average, "mean over problems"))
        tiles.append(
            Tile("Problems", f"{results.get('problems')}", f"{results.get('n')} samples each")
        )
    elif statuses.total():
        share = statuses["passed"] / statuses.total()
        tiles.append(Tile("Samples that pass", percent(share), f"of {statuses.total():,} so far"))
    if statuses["unscored"]:
        tiles.append(Tile("Unscored", str(statuses["unscored"]), "could not be judged", "bad"))
    return tiles


def _groups(results: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {**(results.get("by_difficulty") or {}), "all": results}


def _charts(results: Mapping[str, Any]) -> list[Chart]:
    groups = _groups(results)
    series = []
    for k in results.get("pass_at_k") or {}:
        figures = [group["pass_at_k"].get(k) or {} for group in groups.values()]
        parts = [[number(figure.get(name)) for figure in figures] for name in _FIGURES]
        series.append(Series(f"pass@{k}", list(groups), *parts))
    note = "The bars end at pass@k; the lines are 95 % intervals over problems."
    if not any(value is not None for each in series for value in each.y):
        return []
    return [Chart("pass-at-k", "pass@k by difficulty", "groups", series, "percent", "", note)]


def _table(results: Mapping[str, Any]) -> Table:
    ks = list(results.get("pass_at_k") or {})
    rows = [
        [
            name,
            str(group.get("problems")),
            *(
                with_interval(*((group["pass_at_k"].get(k) or {}).get(each) for each in _FIGURES))
                for k in ks
            ),
            percent(group.get("test_case_average")),
        ]
        for name, group in _groups(results).items()
    ]
    columns = ["difficulty", "problems", *(f"pass@{k}" for k in ks), "tests passed"]
    return Table("pass@k by difficulty", columns, rows)


def _status_chart(statuses: Counter[str]) -> list[Chart]:
    if not statuses:
        return []
    names = [status for status, _ in statuses.most_common()]
    total = statuses.total()
    series = Series("samples", names, [statuses[name] / total for name in names])
    return [Chart("statuses", "Samples by status", "groups", [series], "percent", "")]


def _times(results: Mapping[str, Any]) -> list[Table]:
    seconds, slowest = results.get("seconds"), results.get("slowest")
    tables = []
    if isinstance(seconds, Mapping):
        rows = [[name.replace("_", " "), duration(float(value))] for name, value in seconds.items()]
        tables.append(Table("Time by activity", ("activity", "time"), rows))
    if slowest:
        rows = [[each["task_id"], f"{each['seconds']:.1f}"] for each in slowest]
        tables.append(Table("Slowest problems", ("problem", "seconds"), rows))
    return tables
