"""Samples of a dataset that were made elsewhere, as a benchmark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rltf.bench.config import data_digest
from rltf.bench.dataset_slice import DatasetSlice
from rltf.limits import Limits
from rltf.samples.sample_file import incomplete


@dataclass(frozen=True)
class SampleSet:
    """The samples of a file, counted, and the problems that they should be for."""

    path: Path
    digest: str
    """Digest of the programs, in order."""
    dataset_slice: DatasetSlice
    counts: Mapping[str, int]
    """Task id to the number of its samples; only tasks of the slice."""

    @property
    def n(self) -> int:
        """The largest number of samples of a problem."""
        return max(self.counts.values(), default=0)

    @property
    def fault(self) -> str:
        """Why the set is incomplete; empty if every problem has the same number of samples."""
        return incomplete(self.dataset_slice.problems, self.counts)

    @property
    def partial(self) -> dict[str, Any]:
        """What results.json says of an incomplete set; empty for a complete one."""
        if not self.fault:
            return {}
        ids = [problem.task_id for problem in self.dataset_slice.problems]
        numbers = [number for task_id in ids if (number := self.counts.get(task_id, 0))]
        without = [task_id for task_id in ids if not self.counts.get(task_id)]
        samples = [min(numbers, default=0), max(numbers, default=0)]
        return {"partial": {"without_samples": without, "samples": samples}}

    def about(
        self, preset: str | None, limits: Limits, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what results.json says of the samples.

        Args:
            preset: The name of the harness whose limits are used, or ``None``.
            limits: The limits of problems that have none of their own.
            options: Other options that decide verdicts: isolation, judging and the like.
        """
        data = data_digest(self.dataset_slice.problems)
        decisive = [self.digest, data, asdict(limits), dict(options)]
        digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
        return {
            "digest": digest,
            "dataset": self.dataset_slice.dataset,
            "split": self.dataset_slice.split,
            "policy": None,
            "prompt": None,
            "preset": preset,
            "sampling": None,
            "limits": asdict(limits),
            **options,
            "n": self.n,
            "data": {"digest": data, **self.dataset_slice.origin},
            "samples": {"file": self.path.name, "digest": self.digest},
            **self.partial,
        }
