"""The state of every sample of a benchmark: whether it is written and judged, and its verdict.

A sample is a row (the index of its problem) and a column (its number among the problem's samples).
Everything is kept in arrays, with a few bytes for each sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from rltf.problem import Problem
from rltf.samples.verdict_line import JudgingCounts
from rltf.verdict import Status

STATUSES: tuple[str, ...] = get_args(Status)
PASSED, UNSCORED = STATUSES.index("passed"), STATUSES.index("unscored")
_UNJUDGED = -1


class Counts:
    """Counts the samples of some problems, ``n`` for each."""

    def __init__(self, problems: Sequence[Problem], n: int) -> None:
        self.problems = problems
        self.n = n
        self._row = {problem.task_id: row for row, problem in enumerate(problems)}
        shape = (len(problems), n)
        self.written = np.zeros(shape, dtype=bool)
        self._truncated = np.zeros(shape, dtype=bool)
        self._status = np.full(shape, _UNJUDGED, dtype=np.int8)
        self._pass_ratio = np.zeros(shape)
        self.judging_seconds = np.zeros(len(problems))
        """Seconds that the tests of each problem took, summed over its samples.

        Equal programs share one verdict, and its time counts for each of them.
        """
        self.attempts: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        """Why a model gave no text, and how often."""
        self.modes = JudgingCounts()
        self._layers: list[set[str]] = []

    def add_sample(self, line: Mapping[str, Any]) -> bool:
        """Count a line of samples.jsonl; return whether the sample is new."""
        position = self.position(line)
        is_new = not self.written[position]
        self.written[position] = True
        self._truncated[position] = line["truncated"]
        if is_new and (reason := line.get("unanswered")):
            self.unanswered[reason] += 1
        return is_new

    def add_verdict(self, line: Mapping[str, Any]) -> None:
        """Count a line of verdicts.jsonl."""
        position = self.position(line)
        self._status[position] = STATUSES.index(line["status"])
        self._pass_ratio[position] = line["pass_ratio"] or 0.0
        self.judging_seconds[position[0]] += sum(test["wall_s"] for test in line["tests"])
        self.attempts.update(line["attempts"])
        self.modes.add(line)
        if (layers := set(line["layers"])) not in self._layers:
            self._layers.append(layers)

    def knows(self, problem: Problem) -> bool:
        """Return whether a problem's samples are counted."""
        return problem.task_id in self._row

    def position(self, line: Mapping[str, Any]) -> tuple[int, int]:
        """Return row and column of a line's sample; raise ``KeyError`` if there is no such sample."""
        row, column = self._row[line["task_id"]], line["sample"]
        if not 0 <= column < self.n:
            raise KeyError(column)
        return row, column

    @property
    def judged(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(problems, n) whether each sample has a verdict."""
        return np.asarray(self._status != _UNJUDGED)

    @property
    def scored(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(problems,) how many samples have a verdict other than ``unscored``."""
        return np.asarray((self.judged & (self._status != UNSCORED)).sum(1))

    @property
    def passed(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(problems,) how many samples passed."""
        return np.asarray((self._status == PASSED).sum(1))

    @property
    def pass_ratio(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(problems,) mean share of tests that scored samples pass; 0 if none is scored."""
        return np.asarray(self._pass_ratio.sum(1) / np.maximum(self.scored, 1))

    @property
    def truncated(self) -> int:
        """How many samples reached the length limit."""
        return int(self._truncated.sum())

    @property
    def statuses(self) -> dict[str, int]:
        """Status to the number of samples that have it."""
        counts = {name: int((self._status == code).sum()) for code, name in enumerate(STATUSES)}
        return {name: count for name, count in sorted(counts.items()) if count}

    @property
    def layers(self) -> list[str]:
        """The protections that were in force for every sample."""
        return sorted(set.intersection(*self._layers)) if self._layers else []
