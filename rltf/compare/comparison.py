"""What two results say about each other over the problems that both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rltf.common.pass_at_k import Floats, interval, pass_at_k
from rltf.common.schema import SCHEMA
from rltf.common.seeds import derive_seed
from rltf.compare.conditions import differences
from rltf.compare.reading import FAILED, Measured
from rltf.compare.statistics import (
    Variance,
    detectable,
    holm,
    moves,
    problems_needed,
    samples_needed,
    sign_test,
)
from rltf.errors import DataError
from rltf.verdict import STATUSES

_SAME = 1e-12
"""Smaller differences of a problem's pass@k are rounding."""
_ORDER = ("passed", *reversed(STATUSES[:-1]), FAILED)
"""Statuses, from best to worst."""


@dataclass(frozen=True)
class Figure:
    """pass@k of two models over the same problems."""

    k: int
    problems: int
    """Those with at least k scored samples by both."""
    first: float
    second: float
    difference: float
    """``second - first``."""
    low: float
    high: float
    """95 % interval of the difference: a bootstrap over problems."""
    better: int
    """Problems that the second model solves with a higher probability."""
    worse: int
    p: float
    """Two-sided exact sign test over these problems."""


@dataclass(frozen=True)
class ProblemChange:
    """A problem that the two models solve with another probability."""

    task_id: str
    first: tuple[int, int]
    """How many samples passed, and how many were scored."""
    second: tuple[int, int]

    @property
    def change(self) -> float:
        """The difference in the share of samples that pass."""
        return self.second[0] / self.second[1] - self.first[0] / self.first[1]


@dataclass(frozen=True)
class StatusChange:
    """The share of samples with a status, averaged over problems."""

    status: str
    first: float
    second: float
    low: float
    high: float
    """95 % interval of ``second - first``: a bootstrap over problems."""


@dataclass(frozen=True)
class Move:
    """Samples that had one status by the first model and another by the second."""

    source: str
    target: str
    share: float
    """Of all samples."""


@dataclass(frozen=True)
class Power:
    """What it takes to show a difference in pass@1."""

    difference: float
    detectable: float
    """The smallest difference that these problems and samples show."""
    problems: Mapping[str, int | None]
    """Samples of each problem to the problems that are needed; ``None``: cannot be told."""
    samples: int | None
    """Samples of each of these problems; ``None``: cannot be told, or no number is enough."""


@dataclass(frozen=True)
class Pair:
    """The comparison of a model with the first one."""

    first: str
    second: str
    figures: Sequence[Figure]
    statuses: Sequence[StatusChange]
    """From the best status to the worst; only those that occur."""
    moves: Sequence[Move]
    """The largest first."""
    changed: Sequence[ProblemChange]
    """The largest gain first, the largest loss last."""
    only_first: Sequence[str]
    """Problems that only the first model has scored samples of."""
    only_second: Sequence[str]
    warnings: Sequence[str]
    """Conditions that differ, so that the difference may not be the models'."""
    power: Power | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """Several results, all compared with the first."""

    results: Sequence[Measured]
    pairs: Sequence[Pair]
    adjusted: Sequence[Mapping[int, float]]
    """For each pair, k to the p-value adjusted for the number of pairs (Holm)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, which has every problem."""
        pairs = []
        for pair, adjusted in zip(self.pairs, self.adjusted, strict=True):
            form = pair.to_dict()
            for figure in form["figures"]:
                figure["p_holm"] = adjusted[figure["k"]]
            pairs.append(form)
        named = [{"name": each.name, "policy": each.about.get("policy")} for each in self.results]
        return {"schema": SCHEMA, "results": named, "pairs": pairs}


def compare(
    results: Sequence[Measured], ks: Sequence[int] | None, power: float | None
) -> Comparison:
    """Compare results with the first one.

    Args:
        results: At least two.
        ks: The values of k; ``None``: those that all have figures and samples for, or else 1.
        power: The difference in pass@1 to plan for, or ``None``.

    Raises :class:`rltf.errors.DataError` if two results share no problem.
    """
    ks = ks or _default_ks(results)
    pairs = [_pair(results[0], other, ks, power) for other in results[1:]]
    adjusted: list[dict[int, float]] = [{} for _ in pairs]
    for k in ks:
        p_values = [next(f.p for f in pair.figures if f.k == k) for pair in pairs]
        for by_k, value in zip(adjusted, holm(p_values), strict=True):
            by_k[k] = value
    return Comparison(results, pairs, adjusted)


def _default_ks(results: Sequence[Measured]) -> Sequence[int]:
    shared = set.intersection(*(set(each.ks) for each in results))
    most = min(max(each.count(task)[1] for task in each.tasks) for each in results)
    return sorted(k for k in shared if k <= most) or [1]


def _pair(first: Measured, second: Measured, ks: Sequence[int], power: float | None) -> Pair:
    scored = [{task for task in each.tasks if each.count(task)[1]} for each in (first, second)]
    shared = [task for task in first.tasks if task in scored[0] & scored[1]]
    if not shared:
        raise DataError(f"{first.name} and {second.name} share no problem with scored samples")
    here, there = (np.array([each.count(task) for task in shared]) for each in (first, second))
    changed = [ProblemChange(task, first.count(task), second.count(task)) for task in shared]
    changed = [each for each in changed if abs(each.change) > _SAME]
    statuses = [status for status in _ORDER if _occurs(status, first, second, shared)]
    before, after = (_shares(each, shared, statuses) for each in (first, second))
    return Pair(
        first.name,
        second.name,
        [_figure(k, here, there, (first.name, second.name)) for k in ks],
        [
            _status_change(status, before[:, column], after[:, column])
            for column, status in enumerate(statuses)
        ],
        _moves(before, after, statuses),
        sorted(changed, key=lambda each: -each.change),
        sorted(scored[0] - scored[1]),
        sorted(scored[1] - scored[0]),
        differences(first, second),
        None if power is None else _power(power, here, there),
    )


def _figure(k: int, first: Any, second: Any, names: tuple[str, str]) -> Figure:
    enough = (first[:, 1] >= k) & (second[:, 1] >= k)
    if not enough.any():
        raise DataError(f"pass@{k}: {names[0]} and {names[1]} share no problem with {k} samples")
    values = [pass_at_k(each[enough, 1], each[enough, 0], k) for each in (first, second)]
    difference = values[1] - values[0]
    low, high = interval(difference, derive_seed(0, "compare", k), least=-1.0)
    better, worse = int((difference > _SAME).sum()), int((difference < -_SAME).sum())
    return Figure(
        k,
        int(enough.sum()),
        float(values[0].mean()),
        float(values[1].mean()),
        float(difference.mean()),
        low,
        high,
        better,
        worse,
        sign_test(better, worse),
    )


def _status_change(status: str, first: Floats, second: Floats) -> StatusChange:
    low, high = interval(second - first, derive_seed(0, "compare", status), least=-1.0)
    return StatusChange(status, float(first.mean()), float(second.mean()), low, high)


def _occurs(status: str, first: Measured, second: Measured, tasks: Sequence[str]) -> bool:
    return any(each.tasks[task][status] for each in (first, second) for task in tasks)


def _shares(result: Measured, tasks: Sequence[str], statuses: Sequence[str]) -> Floats:
    """Return (problems, statuses) the share of a problem's scored samples with each status."""
    counts = [[result.tasks[task][status] for status in statuses] for task in tasks]
    scored = [[result.count(task)[1]] for task in tasks]
    return np.asarray(np.array(counts, dtype=float) / np.array(scored))


def _moves(first: Floats, second: Floats, statuses: Sequence[str]) -> list[Move]:
    flows = moves(first, second)
    found = [
        Move(source, target, float(flows[i, j]))
        for i, source in enumerate(statuses)
        for j, target in enumerate(statuses)
        if i != j and flows[i, j] > _SAME
    ]
    return sorted(found, key=lambda move: -move.share)


def _power(difference: float, first: Any, second: Any) -> Power:
    variance = Variance.of(first, second)
    problems = len(first)
    n = int(min(first[:, 1].min(), second[:, 1].min()))
    needed = {
        number: None if (at := variance.at(number)) is None else problems_needed(at, difference)
        for number in sorted({1, n, 2 * n, 5 * n, 10 * n})
    }
    return Power(
        difference,
        detectable(variance.total, problems),
        {str(number): count for number, count in needed.items()},
        samples_needed(variance, difference, problems),
    )
