"""``rltf bench DATASET --samples FILE``: the benchmark of samples that were made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf.cli.sample_judging import measure
from rltf.cli.sample_scoring import ReadSamples, SampleScoring, read_samples, refuse_incomplete
from rltf.cli.score_reports import plural
from rltf.common.output_folder import CONFIG, default_folder
from rltf.errors import BenchError
from rltf.reward import DEFAULT_REWARDS
from rltf.samples.result_files import RESULTS, VERDICTS, read_results

if TYPE_CHECKING:
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.bench.presets import Preset


def bench_samples(
    samples: Path,
    dataset_slice: DatasetSlice,
    data: str | None,
    executor: str,
    options: Mapping[str, Any],
    preset: Preset,
    ks: Sequence[int] | None,
    out: Path | None,
    *,
    partial: bool,
) -> dict[str, Any]:
    """Judge the samples, and return the results, which the folder holds afterwards.

    Args:
        samples: The file of the samples.
        dataset_slice: The problems of the benchmark.
        data: The file or folder of the dataset, or ``None``.
        executor: The name of the executor.
        options: Its options for isolation and judging.
        preset: The harness whose limits are used and which may sanitize.
        ks: The values of k for pass@k, or ``None``.
        out: The folder; ``None``: one that is named after the samples.
        partial: Whether problems may lack samples.
    """
    from rltf.scoring.scorer import Scorer

    scoring = SampleScoring(
        samples,
        dataset_slice.dataset,
        data,
        dataset_slice.source,
        Scorer(DEFAULT_REWARDS),
        DEFAULT_REWARDS,
        "rltf",
        executor,
        options,
        limits=preset.limits if preset.name else None,
        sanitize=preset.sanitize,
        dataset_slice=dataset_slice,
        preset=preset.name,
    )
    read = read_samples(scoring)
    sample_set = scoring.sample_set(read)
    assert sample_set is not None
    if read.left_out:
        some = plural(read.left_out, "sample")
        click.echo(f"rltf: {some} of problems outside the benchmark left out", err=True)
    if sample_set.fault and not partial:
        refuse_incomplete(scoring, sample_set)
    folder = out or default_folder(f"bench-{samples.stem}-{scoring.dataset}", read.identity)
    _require_free(folder, read)
    found = measure(
        scoring, read, sample_set, ks, folder / VERDICTS, lambda: folder / RESULTS, quiet=True
    )
    assert found is not None
    return found


def _require_free(folder: Path, read: ReadSamples) -> None:
    """Make the folder; refuse one that holds a policy's benchmark, or that of other samples."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"cannot write a benchmark to {folder}: {error.strerror}") from None
    stored = read_results(folder / RESULTS, BenchError) or {}
    of_others = stored and (stored.get("samples") or {}).get("digest") != read.digest
    if (folder / CONFIG).exists() or of_others:
        raise BenchError(f"{folder} holds another benchmark; give another --out")
