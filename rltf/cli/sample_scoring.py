"""A file of samples to judge, read once: what ``rltf score`` and ``rltf bench --samples`` share."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rltf import __version__
from rltf.cli.score_reports import InvalidLines
from rltf.common.digests import path_digest
from rltf.errors import DataError, Refused
from rltf.limits import Limits
from rltf.samples.result_files import results_path
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.bench.sample_set import SampleSet
    from rltf.dataset import Dataset
    from rltf.samples.sample_file import SampleFile
    from rltf.scoring.pipeline import Job
    from rltf.scoring.scorer import Scorer

USE_PARTIAL = "--partial computes pass@k all the same"


@dataclass(frozen=True)
class SampleScoring:
    """Which samples to judge, and how."""

    samples: Path
    dataset: str
    data: str | None
    source: Dataset
    scorer: Scorer
    spec: str
    """The rewards and their weights."""
    classifier: str
    executor: str
    options: Mapping[str, Any]
    """Options of the executor that decide verdicts."""
    limits: Limits | None = None
    """Limits of problems that have none of their own; ``None``: the executor's."""
    sanitize: bool = False
    cache: Path | None = None
    skip_invalid: bool = False
    most_shown: int = 0
    dataset_slice: DatasetSlice | None = None
    """The problems that count; ``None``: all of the splits in which a problem has samples."""
    preset: str | None = None
    """The name of the harness whose limits are used."""

    @cached_property
    def within(self) -> frozenset[str] | None:
        """Task ids that count; ``None``: all. Samples of other tasks are left out."""
        if self.dataset_slice is None:
            return None
        return frozenset(problem.task_id for problem in self.dataset_slice.problems)

    def sample_set(self, read: ReadSamples) -> SampleSet | None:
        """Return the samples as a benchmark; ``None`` if no problem that has samples has tests."""
        from rltf.bench.dataset_slice import sampled_slice
        from rltf.bench.sample_set import SampleSet

        problems = self.dataset_slice
        if problems is None:
            has_tests = any(
                problem.tests != () and read.counts.get(problem.task_id)
                for problem in self.source.problems()
            )
            if not has_tests:
                return None
            problems = sampled_slice(self.dataset, self.source, self.data, read.counts)
        return SampleSet(self.samples, read.digest, problems, read.counts)

    @property
    def decisive_options(self) -> dict[str, Any]:
        """The options that decide verdicts, as results.json names them."""
        chosen = {"isolation": None, "judging": "auto", **self.options}
        return chosen | {"sanitize": self.sanitize}

    def file(self, on_invalid: Callable[[str], None] | None) -> SampleFile:
        """Return the samples, whose invalid lines are left out if the user asked for that."""
        from rltf.bench.sanitizing import sanitized
        from rltf.samples.sample_file import SampleFile

        on_invalid = on_invalid if self.skip_invalid else None
        clean = sanitized if self.sanitize else None
        return SampleFile(self.samples, self.source, on_invalid, clean)

    def jobs(self) -> Iterator[tuple[Job, Mapping[str, Any]]]:
        """Yield every sample, and what its row says of how it was written.

        That is ``truncated``, and why a served model left it ``unanswered``. A sample that was left
        unanswered has its verdict already.
        """
        from rltf.scoring.pipeline import Job

        for row in self.file(lambda _: None).rows():
            keys = row.row.value if isinstance(row.row.value, dict) else {}
            unanswered = str(keys.get("unanswered") or "")
            written = {"truncated": keys.get("truncated") is True, "unanswered": unanswered}
            verdict = Verdict.unscored(unanswered) if unanswered else None
            for problem, sample in row.samples:
                if self.within is None or problem.task_id in self.within:
                    yield Job(problem, sample, verdict), written


@dataclass(frozen=True)
class ReadSamples:
    """What the first reading of the samples found, before any work is done."""

    counts: Counter[str]
    """Task id to the number of its samples."""
    digest: str
    """Digest of the programs, in order."""
    identity: str
    """Digest of everything that determines the lines."""
    left_out: int
    """Samples of tasks that do not count."""


def read_samples(scoring: SampleScoring) -> ReadSamples:
    """Read all samples once, so that an invalid line is reported before any work is done."""
    from rltf.samples.sample_file import digested

    options = [scoring.spec, scoring.classifier, scoring.executor, dict(scoring.options)]
    identity = [__version__, sys.version, scoring.dataset, *options, path_digest(scoring.data)]
    if scoring.limits or scoring.sanitize:
        identity += [repr(scoring.limits), scoring.sanitize]
    lines = hashlib.sha256(json.dumps(identity).encode())
    programs = hashlib.sha256()
    invalid = InvalidLines()
    counts: Counter[str] = Counter()
    left_out = 0
    for problem, sample in scoring.file(invalid):
        if scoring.within is not None and problem.task_id not in scoring.within:
            left_out += 1
            continue
        counts[problem.task_id] += 1
        program = digested(sample)
        lines.update(program)
        programs.update(program)
    invalid.summarise()
    if not counts:
        valid = " valid" * bool(scoring.skip_invalid)
        of = " of these problems" * bool(left_out)
        raise DataError(f"{scoring.samples}: no{valid} samples{of} in this file")
    return ReadSamples(counts, programs.hexdigest()[:16], lines.hexdigest(), left_out)


def refuse_incomplete(scoring: SampleScoring, sample_set: SampleSet | None) -> NoReturn:
    """Raise the error that says why pass@k cannot be computed."""
    if sample_set is None:
        raise DataError(f"{scoring.samples}: none of the problems that have samples has tests")
    raise DataError(f"{scoring.samples} is incomplete: {sample_set.fault}; {USE_PARTIAL}")


def results_file(out: Path, samples: Path) -> Path:
    """Return where the results of a file of lines go.

    Raises :class:`Refused` if that is the file of the samples.
    """
    path = results_path(out)
    if path.exists() and samples.exists() and path.samefile(samples):
        raise Refused(f"cannot write {path}: it is the file that is read.")
    return path
