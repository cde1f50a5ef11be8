"""The programs of a file of samples that was scored: its verdicts do not hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rltf.errors import RltfError
from rltf.report.problem_views import Problems

Programs = Mapping[tuple[str, int], str]
"""Task id and number of a sample to its program."""


class _Unknown(Exception):
    """Why the programs are not known."""


class SampledPrograms:
    """Finds the programs that results are of.

    Args:
        results: ``results.json``.
        folder: The folder of the results: the file may lie there, or where the command runs.
    """

    def __init__(self, results: Mapping[str, Any], folder: Path, problems: Problems) -> None:
        samples = results.get("samples")
        self._samples: Mapping[str, Any] = samples if isinstance(samples, Mapping) else {}
        self._sanitizes = bool(results.get("sanitize"))
        self._folder = folder
        self._problems = problems
        self.note = ""
        """Why the programs are not shown."""

    def of(self, tasks: Collection[str]) -> Programs:
        """Return the programs for these tasks, which are all that the results are of."""
        if not self._samples:
            return {}
        try:
            return self._read(tasks)
        except (_Unknown, RltfError, OSError) as error:
            self.note = f"programs are not shown: {error}"
            return {}

    def _read(self, tasks: Collection[str]) -> Programs:
        from rltf.bench.sanitizing import sanitized
        from rltf.samples.sample_file import SampleFile, digested

        name = self._samples.get("file")
        if not isinstance(name, str):
            raise _Unknown("results.json does not name the file of samples")
        file = next((each for each in (Path(name), self._folder / name) if each.exists()), None)
        if file is None:
            raise _Unknown(f"{name} is not there; run the command where it is")
        clean = sanitized if self._sanitizes else None
        digest = hashlib.sha256()
        found = {}
        for _, sample in SampleFile(file, self._problems.dataset, lambda _: None, clean):
            if sample.task_id in tasks:
                digest.update(digested(sample))
                found[sample.task_id, sample.index] = sample.program
        if digest.hexdigest()[:16] != self._samples.get("digest"):
            raise _Unknown(f"{name} holds other samples than those that were scored")
        return found
