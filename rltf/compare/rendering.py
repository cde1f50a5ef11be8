"""A comparison as a table for a terminal, as Markdown, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from tabulate import tabulate

from rltf.compare.comparison import Comparison, Figure, Pair, Power, ProblemChange
from rltf.explain.failure import plain

Format = Literal["table", "markdown", "json"]
_MOST_MOVES = 10
_LONGEST_LINE = 100_000


def render(comparison: Comparison, form: Format, limit: int) -> str:
    """Return a comparison as text.

    Args:
        comparison: The comparison.
        form: The form of the text.
        limit: How many problems that changed to name, of each kind; JSON has them all.
    """
    if form == "json":
        return json.dumps(comparison.to_dict(), indent=2)
    # names and ids come from files
    lines = "\n".join(_Text(comparison, form == "markdown", limit).lines()).split("\n")
    return "\n".join(plain(line, _LONGEST_LINE) for line in lines)


class _Text:
    """The lines of a table or of Markdown."""

    def __init__(self, comparison: Comparison, is_markdown: bool, limit: int) -> None:
        self._comparison = comparison
        self._is_markdown = is_markdown
        self._limit = limit

    def lines(self) -> Iterator[str]:
        for index, pair in enumerate(self._comparison.pairs):
            if index:
                yield ""
            yield from self._pair(pair, index)

    def _pair(self, pair: Pair, index: int) -> Iterator[str]:
        title = f"{pair.second} against {pair.first}"
        yield f"### {title}" if self._is_markdown else title
        yield ""
        yield from self._warnings(pair)
        yield self._figures(pair, index)
        yield ""
        yield self._statuses(pair)
        if pair.moves:
            yield ""
            yield from self._moves(pair)
        yield ""
        yield from self._problems(pair)
        if pair.power is not None:
            yield ""
            yield from self._power(pair, pair.power)

    def _warnings(self, pair: Pair) -> Iterator[str]:
        for warning in pair.warnings:
            yield f"> **Warning:** {warning}  " if self._is_markdown else f"WARNING {warning}"
        if pair.warnings:
            yield ""

    def _figures(self, pair: Pair, index: int) -> str:
        several = len(self._comparison.pairs) > 1
        adjusted = self._comparison.adjusted[index]
        headers = ["", "problems", pair.first, pair.second, "difference", "95 % interval"]
        headers += ["better", "worse", "p (sign test)", *(["p (Holm)"] if several else [])]
        rows = [
            [*_figure_row(figure), *([_p(adjusted[figure.k])] if several else [])]
            for figure in pair.figures
        ]
        return self._table(rows, headers)

    def _statuses(self, pair: Pair) -> str:
        rows = [
            [
                each.status,
                _percent(each.first),
                _percent(each.second),
                _signed(each.second - each.first),
                _interval(each.low, each.high),
            ]
            for each in pair.statuses
        ]
        headers = ["% of samples", pair.first, pair.second]
        return self._table(rows, [*headers, "change", "95 % interval"])

    def _moves(self, pair: Pair) -> Iterator[str]:
        yield f"from {pair.first} to {pair.second}, in % of samples:"
        yield from ("",) if self._is_markdown else ()
        for move in pair.moves[:_MOST_MOVES]:
            bullet = "- " if self._is_markdown else "  "
            yield f"{bullet}{move.source} -> {move.target} {_percent(move.share)}"
        if (more := len(pair.moves) - _MOST_MOVES) > 0:
            share = sum(move.share for move in pair.moves[_MOST_MOVES:])
            yield f"{'- ' if self._is_markdown else '  '}{more} more {_percent(share)}"

    def _problems(self, pair: Pair) -> Iterator[str]:
        better = [each for each in pair.changed if each.change > 0]
        worse = [each for each in reversed(pair.changed) if each.change < 0]
        yield self._named(f"{pair.second} is better on", better)
        yield self._named(f"{pair.second} is worse on", worse)
        for name, tasks in ((pair.first, pair.only_first), (pair.second, pair.only_second)):
            if tasks:
                yield f"left out, since only {name} has samples of them: {self._some(tasks)}"

    def _named(self, title: str, changes: Sequence[ProblemChange]) -> str:
        texts = [f"{c.task_id} ({_ratio(c.first)} -> {_ratio(c.second)})" for c in changes]
        return f"{title} {_count(len(texts), 'problem')}{': ' * bool(texts)}{self._some(texts)}"

    def _some(self, texts: Sequence[str]) -> str:
        more = len(texts) - self._limit
        return ", ".join(texts[: self._limit]) + (f", … ({more} more)" if more > 0 else "")

    def _power(self, pair: Pair, power: Power) -> Iterator[str]:
        problems = next(figure.problems for figure in pair.figures)
        yield (
            f"These {problems} problems show a difference in pass@1 of "
            f"{_percent(power.detectable)} points or more (level 5 %, power 80 %)."
        )
        yield f"To show {_percent(power.difference)} points:"
        yield ""
        rows = [
            [n, "cannot be told" if count is None else count] for n, count in power.problems.items()
        ]
        yield self._table(rows, ["samples of each problem", "problems"])
        yield ""
        if power.samples is not None:
            yield f"With these {problems} problems: {_count(power.samples, 'sample')} of each."
        elif any(count is None for count in power.problems.values()):
            yield "More than one sample of each problem would tell what more samples gain."
        else:
            yield f"With these {problems} problems, no number of samples is enough."

    def _table(self, rows: Sequence[Sequence[object]], headers: Sequence[str]) -> str:
        text: str = tabulate(
            rows,
            headers=headers,
            tablefmt="github" if self._is_markdown else "simple",
            colalign=["left", *(["right"] * (len(headers) - 1))],
            disable_numparse=True,
        )
        return text


def _figure_row(figure: Figure) -> list[object]:
    return [
        f"pass@{figure.k}",
        figure.problems,
        _percent(figure.first),
        _percent(figure.second),
        _signed(figure.difference),
        _interval(figure.low, figure.high),
        figure.better,
        figure.worse,
        _p(figure.p),
    ]


def _p(value: float) -> str:
    return f"{value:.1e}" if value < 0.001 else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _signed(share: float) -> str:
    return f"{100 * share + 0.0:+.2f}"


def _interval(low: float, high: float) -> str:
    return f"[{_signed(low)}, {_signed(high)}]"


def _ratio(count: tuple[int, int]) -> str:
    return f"{count[0]}/{count[1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
