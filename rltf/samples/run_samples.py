"""Read the ``samples.jsonl`` of a run, also while it grows or after a kill has torn its last line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.errors import DataError
from rltf.verdict import STATUSES

_RANKS = {status: rank for rank, status in enumerate(("unscored", *STATUSES))}


@dataclass(frozen=True)
class Wanted:
    """Which lines to read; ``None`` stands for all."""

    task: str | None = None
    status: str | None = None
    step: int | None = None
    """Steps that the policy had taken when it wrote the program."""

    def __contains__(self, line: Mapping[str, Any]) -> bool:
        return (
            self.task in (None, line["task_id"])
            and self.status in (None, line["status"])
            and self.step in (None, line["policy_step"])
        )


def run_samples(file: Path, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the wanted lines, in the order of the file; :class:`DataError` if there is none to read.

    A line that is not whole yet ends the file.
    """
    marker = b"" if wanted.task is None else json.dumps(wanted.task).encode()
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                if marker in line and (sample := _parsed(line, file, number)) in wanted:
                    yield sample
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from None


def _parsed(line: bytes, file: Path, number: int) -> dict[str, Any]:
    try:
        sample = json.loads(line)
        if {"task_id", "status", "policy_step", "greedy"} <= sample.keys():
            return dict(sample)
    except (ValueError, AttributeError):
        pass
    raise DataError(f"{file}, line {number} is not the line of a sample that rltf run writes")


@dataclass
class TaskSummary:
    """What a run wrote for one task. Greedy programs are not counted among the samples."""

    task_id: str
    samples: int = 0
    passed: int = 0
    best: str = "unscored"
    """The best status of a sample."""
    last: str | None = None
    """The status of the last sample."""
    greedy: str | None = None
    """The status of the last greedy program."""
    _reward: float = 0.0
    _rewarded: int = 0

    def add(self, line: Mapping[str, Any], weights: Mapping[str, float]) -> None:
        """Count a line."""
        status = line["status"]
        if line["greedy"]:
            self.greedy = status
            return
        self.samples += 1
        self.passed += status == "passed"
        self.best = max(self.best, status, key=lambda each: _RANKS.get(each, 0))
        self.last = status
        rewards = line["rewards"].items()
        known = [weights.get(name, 1.0) * value for name, value in rewards if value is not None]
        if known:
            self._reward += sum(known)
            self._rewarded += 1

    @property
    def reward(self) -> float | None:
        """Mean of the weighted sum of rewards."""
        return self._reward / self._rewarded if self._rewarded else None

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``rltf show --json`` prints."""
        names = ("task_id", "samples", "passed", "best", "last", "greedy", "reward")
        return {name: getattr(self, name) for name in names}


def task_summaries(
    lines: Iterable[Mapping[str, Any]], weights: Mapping[str, float]
) -> list[TaskSummary]:
    """Return the summary of each task, sorted by its id."""
    found: dict[str, TaskSummary] = {}
    for line in lines:
        task_id = line["task_id"]
        if task_id not in found:
            found[task_id] = TaskSummary(task_id)
        found[task_id].add(line, weights)
    return [found[task_id] for task_id in sorted(found)]
