"""The page of a comparison: what ``rltf compare --format json`` writes, as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rltf.errors import DataError
from rltf.report.page_model import Chart, Page, Section, Series, Table, Tile, number, percent

_MOST_ROWS = 2000


def comparison_page(data: Mapping[str, Any]) -> Page:
    """Return the page of a comparison; :class:`DataError` if the data are something else."""
    try:
        return _page(data)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"this is no comparison of rltf ({error!r:.80})") from None


def _page(data: Mapping[str, Any]) -> Page:
    pairs: Sequence[Mapping[str, Any]] = data["pairs"]
    names = [each["name"] for each in data["results"]]
    sections = [_section(pair) for pair in pairs]
    policies = [(each["name"], str(each["policy"] or "unknown")) for each in data["results"]]
    return Page(
        "comparison",
        " and ".join(names) if len(names) == 2 else f"{names[0]} and {len(names) - 1} others",
        f"each compared with {names[0]}, over the problems that both have",
        tiles=[tile for pair in pairs for tile in _tiles(pair, alone=len(pairs) == 1)],
        sections=sections,
        notes=[
            f"{pair['first']} and {pair['second']}: {warning}"
            for pair in pairs
            for warning in pair["warnings"]
        ],
        about=[(f"policy of {name}", policy) for name, policy in policies],
    )


def _tiles(pair: Mapping[str, Any], *, alone: bool) -> list[Tile]:
    tiles = []
    for figure in pair["figures"]:
        low, high = figure["low"], figure["high"]
        tone: Any = "good" if low > 0 else "bad" if high < 0 else ""
        label = f"pass@{figure['k']}, difference"
        note = f"95 %: {_interval(figure)}, p = {figure['p_holm']:.2g}"
        prefix = "" if alone else f"{pair['second']}: "
        tiles.append(Tile(prefix + label, _points(figure["difference"]), note, tone))
    return tiles


def _points(value: Any) -> str:
    known = number(value)
    return "-" if known is None else f"{known * 100:+.1f} points"


def _interval(figure: Mapping[str, Any]) -> str:
    return f"{_points(figure['low']).removesuffix(' points')} to {_points(figure['high'])}"


def _section(pair: Mapping[str, Any]) -> Section:
    ks = [f"pass@{figure['k']}" for figure in pair["figures"]]
    sides = [
        Series(pair[side], ks, [number(figure[side]) for figure in pair["figures"]])
        for side in ("first", "second")
    ]
    statuses = [each["status"] for each in pair["statuses"]]
    shares = [
        Series(pair[side], statuses, [number(each[side]) for each in pair["statuses"]])
        for side in ("first", "second")
    ]
    key = f"{pair['first']}-{pair['second']}"
    charts = [
        Chart(f"pass-{key}", "pass@k", "groups", sides, "percent", ""),
        Chart(f"status-{key}", "Samples by status", "groups", shares, "percent", ""),
    ]
    tables = [_figures(pair), *_moves(pair), *_changed(pair)]
    return Section(f"{pair['first']} and {pair['second']}", charts, tables)


def _figures(pair: Mapping[str, Any]) -> Table:
    columns = ("", "problems", pair["first"], pair["second"], "difference", "95 % interval",
               "better", "worse", "p")  # fmt: skip
    rows = [
        [
            f"pass@{figure['k']}",
            str(figure["problems"]),
            percent(figure["first"]),
            percent(figure["second"]),
            _points(figure["difference"]),
            _interval(figure),
            str(figure["better"]),
            str(figure["worse"]),
            f"{figure['p_holm']:.3g}",
        ]
        for figure in pair["figures"]
    ]
    note = "p: exact sign test over the problems that changed, adjusted for the number of pairs (Holm)."
    return Table("Paired differences", columns, rows, note)


def _moves(pair: Mapping[str, Any]) -> list[Table]:
    rows = [
        [each["source"].replace("_", " "), each["target"].replace("_", " "), percent(each["share"])]
        for each in pair["moves"]
    ]
    return [Table("What statuses became", ("from", "to", "of all samples"), rows)] if rows else []


def _changed(pair: Mapping[str, Any]) -> list[Table]:
    rows = [
        [each["task_id"], *(f"{each[side][0]} of {each[side][1]}" for side in ("first", "second"))]
        for each in pair["changed"]
    ]
    note = f"The first {_MOST_ROWS} of {len(rows)}." if len(rows) > _MOST_ROWS else ""
    columns = ("problem", f"{pair['first']} passed", f"{pair['second']} passed")
    title = "Problems that changed, the largest gain first"
    return [Table(title, columns, rows[:_MOST_ROWS], note)] if rows else []
