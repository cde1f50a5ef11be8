"""Read samples and results from any format."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from rltf.conversion.converted_sample import (
    UNSCORED,
    ConvertedSample,
    result_of_verdict,
    results_of_row,
)
from rltf.conversion.formats import Format
from rltf.dataset import DataError, Dataset
from rltf.sample import Sample
from rltf.samples.sample_file import SampleFile
from rltf.samples.verdict_line import read_verdicts as read_verdict_file

_KEPT = {
    "task_id",
    "solution",
    "completion",
    "prompt",
    "response",
    "question_id",
    "code_list",
    "folder",
    "result",
    "passed",
    "base_status",
    "plus_status",
    "base_fail_tests",
    "plus_fail_tests",
    "graded_list",
    "pass@1",
}
"""Keys of rows that are kept, or that follow from those that are kept."""
_LIVECODEBENCH = {
    "question_title",
    "question_content",
    "platform",
    "contest_id",
    "contest_date",
    "starter_code",
    "difficulty",
    "output_list",
    "metadata",
}
"""Keys of LiveCodeBench's rows that follow from the problem, from the program and from the result."""
_VERDICT = {
    "sample",
    "status",
    "pass_ratio",
    "judging",
    "judging_reason",
    "attempts",
    "tests",
    "error",
    "layers",
    "not_run",
    "reason",
    "rewards",
    "schema",
    "program",
    "truncated",
    "greedy",
    "policy_step",
}
"""Keys of a run's lines, of which results keep what the tools have words for."""


def read(path: Path, dataset: Dataset | None, form: Format | None) -> Iterator[ConvertedSample]:
    """Yield the samples of a sample file or a result file.

    Raises :class:`rltf.dataset.DataError` for an invalid row, for a row of another format than the
    requested one, and for a file without samples.
    """
    empty = True
    for row in SampleFile(path, dataset).rows():
        value = row.row.value
        if form is not None and not form.holds(value):
            raise DataError(f"{path}, {row.row.position}: not in the form {form.name}")
        named = value if isinstance(value, dict) else {}
        try:
            results, lost = results_of_row(named, len(row.samples))
        except ValueError as error:
            raise DataError(f"{path}, {row.row.position}: {error}") from None
        known_keys = _KEPT | (_VERDICT if "judging" in named else set())
        known_keys |= _LIVECODEBENCH if "graded_list" in named else set()
        if others := sorted(named.keys() - known_keys):
            lost.append(f"keys left out: {', '.join(others)}")
        for (problem, sample), result in zip(row.samples, results, strict=True):
            empty = False
            prose = [] if _is_whole(sample) else ["text around the program is left out"]
            yield ConvertedSample(problem, sample, result, (*lost, *prose))
    if empty:
        raise DataError(f"{path}: no samples in this file")


def read_verdicts(path: Path, samples: Path, dataset: Dataset | None) -> Iterator[ConvertedSample]:
    """Yield the results of a file that ``rltf score`` wrote, with the programs that it read.

    Raises :class:`rltf.dataset.DataError` where the two files do not belong together.
    """
    lines = read_verdict_file(path)
    for number, pair in enumerate(zip_longest(lines, SampleFile(samples, dataset)), 1):
        judged, sampled = pair
        if judged is None or sampled is None:
            shorter = path if judged is None else samples
            raise DataError(
                f"{shorter} ends after {number - 1} samples; {path} is not of {samples}"
            )
        row, line = judged
        problem, sample = sampled
        if (line.task_id, line.sample) != (sample.task_id, sample.index):
            raise DataError(
                f"{path}, {row.position}: sample {line.sample} of {line.task_id!r}, where {samples} "
                f"has sample {sample.index} of {sample.task_id!r}"
            )
        result = result_of_verdict(line.verdict)
        yield ConvertedSample(problem, sample, result, () if result else (UNSCORED,))


def _is_whole(sample: Sample) -> bool:
    """Return whether all of the sampled text is program."""
    text = sample.text if sample.text is not None else sample.program
    return len(text) == len(sample.program) - max(sample.shift, 0)
