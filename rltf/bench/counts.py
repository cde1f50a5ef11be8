"""What is known of every sample of a benchmark: written, judged, and with which verdict.

A sample is a row (its problem's place) and a column (its number among the problem's). All is kept in
arrays, a few bytes a sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from rltf.problem import Problem
from rltf.verdict import Status

STATUSES: tuple[str, ...] = get_args(Status)
PASSED, UNSCORED = STATUSES.index("passed"), STATUSES.index("unscored")
_UNJUDGED = -1


class Counts:
    """The samples of some problems, ``n`` each."""

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
        """Seconds that the tests of each problem ran, over all of its samples."""
        self.attempts: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        """Why a model gave no text, and how often."""
        self._layers: list[set[str]] = []

    def write(self, line: Mapping[str, Any]) -> bool:
        """Count a line of samples.jsonl; whether it was new."""
        place = self.place(line)
        new = not self.written[place]
        self.written[place] = True
        self._truncated[place] = line["truncated"]
        if new and (reason := line.get("unanswered")):
            self.unanswered[reason] += 1
        return new

    def judge(self, line: Mapping[str, Any]) -> None:
        """Count a line of verdicts.jsonl."""
        place = self.place(line)
        self._status[place] = STATUSES.index(line["status"])
        self._pass_ratio[place] = line["pass_ratio"] or 0.0
        self.judging_seconds[place[0]] += sum(test["wall_s"] for test in line["tests"])
        self.attempts.update(line["attempts"])
        if (layers := set(line["layers"])) not in self._layers:
            self._layers.append(layers)

    def place(self, line: Mapping[str, Any]) -> tuple[int, int]:
        """Row and column of the sample that a line is about; ``KeyError`` where there is none."""
        row, column = self._row[line["task_id"]], line["sample"]
        if not 0 <= column < self.n:
            raise KeyError(column)
        return row, column

    @property
    def judged(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(problems, n) samples that have a verdict."""
        return np.asarray(self._status != _UNJUDGED)

    @property
    def scored(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(problems,) samples with a verdict that says something about them."""
        return np.asarray((self.judged & (self._status != UNSCORED)).sum(1))

    @property
    def passed(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(problems,) samples that passed."""
        return np.asarray((self._status == PASSED).sum(1))

    @property
    def pass_ratio(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(problems,) mean share of tests that scored samples pass; 0 where none is scored."""
        return np.asarray(self._pass_ratio.sum(1) / np.maximum(self.scored, 1))

    @property
    def truncated(self) -> int:
        """Samples that met the length limit."""
        return int(self._truncated.sum())

    @property
    def statuses(self) -> dict[str, int]:
        """How many samples have each status."""
        counts = {name: int((self._status == code).sum()) for code, name in enumerate(STATUSES)}
        return {name: count for name, count in sorted(counts.items()) if count}

    @property
    def layers(self) -> list[str]:
        """The protections that were in force for every sample."""
        return sorted(set.intersection(*self._layers)) if self._layers else []
