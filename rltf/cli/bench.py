"""``rltf bench``: measure the pass@k of a policy on a dataset."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.bench_samples import bench_samples
from rltf.cli.benchmark_options import (
    after_option,
    before_option,
    ks_option,
    partial_option,
    sanitize_option,
)
from rltf.cli.dataset_options import data_option, limit_option, seed_setting
from rltf.cli.error_output import resumable
from rltf.cli.option_type import option_type
from rltf.cli.sample_judging import DEFAULT_KS, show_results
from rltf.cli.sandbox_options import (
    executor_option,
    isolation_option,
    isolation_options,
    judging_option,
    judging_options,
    require_layer,
)
from rltf.common.options import NonNegativeFloat, PositiveFloat, PositiveInt
from rltf.common.output_folder import default_folder
from rltf.common.progress import progress
from rltf.models.loading import Dtype
from rltf.sampling_options import TopP

if TYPE_CHECKING:
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.dataset import Isolation
    from rltf.verdict import JudgingChoice


@click.command()
@click.argument("dataset")
@click.option(
    "--policy",
    metavar="NAME",
    help="Policy to measure, such as codet5, hf:PATH_OR_ID or openai:MODEL.  [default: tiny]",
)
@data_option
@click.option(
    "--split", metavar="NAME", help="Split to use; all uses every split.  [default: test, if any]"
)
@limit_option
@after_option
@before_option
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Measure the samples in this file (see rltf score) instead of a policy.",
)
@partial_option
@click.option(
    "--n",
    type=option_type(PositiveInt),
    metavar="N",
    help="Samples per problem.  [default: largest k]",
)
@ks_option
@click.option(
    "--zero-shot", is_flag=True, help="Use the zero-shot prompt and sampling of the RLTF paper."
)
@click.option(
    "--like",
    metavar="NAME",
    help="Use prompt, sampling and limits of bigcode, bigcodebench, evalplus, inspect_ai, "
    "livecodebench, lm-eval or simple-evals.",
)
@sanitize_option
@click.option(
    "--prompt",
    metavar="NAME",
    help="Prompt format.  [default: chat for a tokenizer with a chat template, else the dataset's]",
)
@click.option(
    "--apply-chat-template/--no-apply-chat-template",
    "chat_template",
    default=None,
    help="Put prompts into the tokenizer's chat template.  [default: only for prompts of chat models]",
)
@click.option("--system", metavar="TEXT", help="Text of the system message of a chat model.")
@click.option(
    "--temperature",
    type=option_type(NonNegativeFloat),
    metavar="T",
    help="Sampling temperature; 0 decodes greedily.",
)
@click.option(
    "--top-p",
    type=option_type(TopP),
    metavar="P",
    help="Sample only from the most likely tokens that together have probability P.",
)
@click.option(
    "--max-new-tokens",
    type=option_type(PositiveInt),
    metavar="N",
    help="Maximum length of an answer, in tokens.",
)
@seed_setting
@click.option(
    "--batch-size",
    type=option_type(PositiveInt),
    metavar="N",
    help="Number of programs to generate at once.",
)
@click.option(
    "--dtype",
    type=option_type(Dtype),
    help="Precision of the weights.  [default: auto, bfloat16 where that is fast; see docs/bench.md]",
)
@click.option(
    "--parallel",
    type=option_type(PositiveInt),
    metavar="N",
    help="Maximum number of concurrent requests to a server.  [default: 8]",
)
@click.option(
    "--attempts",
    type=option_type(PositiveInt),
    metavar="N",
    help="Maximum number of attempts per request.  [default: 7]",
)
@click.option(
    "--timeout",
    type=option_type(PositiveFloat),
    metavar="SECONDS",
    help="Timeout of a request to a server.  [default: 180]",
)
@click.option(
    "--critic",
    metavar="DIR",
    help="Repair and refine samples with this critic and the visible tests (CodeRL).",
)
@click.option(
    "--repair-policy",
    metavar="NAME",
    help="Policy that repairs programs; needs --critic.  [default: the policy]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Output folder; an unfinished benchmark in it is resumed.  [default: runs/bench-…]",
)
@click.option(
    "--check-references", is_flag=True, help="Judge the reference programs of the dataset instead."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@isolation_option
@judging_option
@executor_option
@require_layer
def bench(
    dataset: str,
    data: str | None,
    split: str | None,
    limit: int | None,
    after: date | None,
    before: date | None,
    samples: Path | None,
    partial: bool,
    n: int | None,
    ks: Sequence[int] | None,
    out: Path | None,
    check_references: bool,
    as_json: bool,
    isolation: Isolation | None,
    judging: JudgingChoice | None,
    executor: str,
    **options: Any,
) -> None:
    """Measure the pass@k of a policy on DATASET.

    The policy writes programs for the problems, or --samples has them, and the sandbox tests them.
    Prints pass@k with a 95 % confidence interval. Writes samples.jsonl, verdicts.jsonl and
    results.json to the output folder. Rerun an interrupted command to resume it.
    """
    from rltf.bench.data_origin import Window
    from rltf.bench.dataset_slice import take
    from rltf.bench.presets import resolve

    window = Window(after, before)
    if check_references:
        _refuse("--check-references", options | {"n": n, "k": ks, "out": out, "samples": samples})
        dataset_slice = take(dataset, data, split or "all", limit, window)
        _check_references(dataset_slice, executor, isolation, judging, as_json)
        return
    if options["repair_policy"] and not options["critic"]:
        raise click.UsageError("--repair-policy repairs for --critic: give that too.")
    preset = resolve(
        dataset,
        options["like"],
        options["zero_shot"],
        {name: options[name] for name in ("temperature", "sanitize")},
    )
    if samples is not None:
        asked = {name: options[name] for name in options if name not in ("like", "sanitize")}
        _refuse("--samples", asked | {"n": n})
        dataset_slice = take(dataset, data, split, limit, window)
        chosen = isolation_options(executor, dataset_slice.source, isolation)
        chosen |= judging_options(executor, judging)
        measured = bench_samples(
            samples, dataset_slice, data, executor, chosen, preset, ks, out, partial=partial
        )
        show_results(measured, as_json)
        return
    if partial:
        raise click.UsageError("--partial is for --samples: give that too.")
    n, ks = _counts(n, ks, preset.sampling.temperature)
    dataset_slice = take(dataset, data, split, limit, window)
    isolation_options(executor, dataset_slice.source, isolation)  # raises if it is not supported
    judging_options(executor, judging)
    options |= {"isolation": isolation, "judging": judging}
    with resumable("the same command continues it"):
        results = _run(dataset_slice, n, ks, out, executor, options)
    for reason, count in results.get("unanswered", {}).items():
        click.echo(f"rltf: {count} samples are unscored: {reason}", err=True)
    show_results(results, as_json)


def _refuse(instead: str, options: Mapping[str, Any]) -> None:
    """Refuse options for a policy together with an option that asks none."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise click.UsageError(
                f"{instead} asks no policy: leave out --{name.replace('_', '-')}."
            )


def _check_references(
    dataset_slice: DatasetSlice,
    executor: str,
    isolation: Isolation | None,
    judging: JudgingChoice | None,
    as_json: bool,
) -> None:
    """Judge the reference programs and report those that fail.

    Raise an error only if a program could not be judged.
    """
    from rltf.bench.reference_check import ReferenceCheck

    check = ReferenceCheck(dataset_slice)
    options = isolation_options(executor, dataset_slice.source, isolation)
    options |= judging_options(executor, judging)
    with manager.get("executor", executor, **options) as sandbox:
        for _ in progress(check.run(sandbox), total=check.jobs, unit="programs"):
            pass
    report = check.report()
    click.echo(json.dumps(report, indent=2) if as_json else "\n".join(check.lines()))
    if report["unscored"]:
        raise click.ClickException(f"{report['unscored']} programs could not be judged.")


def _run(
    dataset_slice: DatasetSlice,
    n: int,
    ks: Sequence[int],
    out: Path | None,
    executor: str,
    options: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Return the results, which the folder may hold already."""
    from rltf.bench.bench_folder import BenchFolder
    from rltf.bench.counts import Counts
    from rltf.bench.prepare import prepare
    from rltf.bench.results import results
    from rltf.bench.runner import BenchStopwatch, WriterFailed, complete, read_back

    def watch(new: Iterable[None], total: int) -> Iterable[None]:
        return progress(new, total=total, unit="samples")

    stopwatch = BenchStopwatch(time.perf_counter())
    with stopwatch.measure("load"):
        benchmark, refiner = prepare(dataset_slice, n, executor, **options)
    config = benchmark.config
    path = out or default_folder(f"bench-{config.policy}-{config.dataset}", config.digest)
    with BenchFolder(path, config) as folder:
        counts = Counts(benchmark.problems, config.n)
        read_back(folder, counts)
        stored = folder.results
        if stored and counts.judged.all() and [*map(str, ks)] == [*stored["pass_at_k"]]:
            bench_results = stored
        else:
            refined = {}
            try:
                if refiner is None:
                    new_samples = complete(benchmark, folder, counts, stopwatch)
                    for _ in watch(new_samples, int((~counts.judged).sum())):
                        pass
                else:
                    figures = refiner.run(benchmark, folder, counts, ks, stopwatch, watch)
                    refined = {"critic_sampling": figures}
            except WriterFailed as error:
                raise click.ClickException(f"{error}.") from None
            seconds = stopwatch.seconds()
            without_tests = dataset_slice.without_tests
            about = config.about()
            about["data"] |= dataset_slice.origin
            bench_results = (
                results(about, counts, ks, without_tests, seconds, config.seed) | refined
            )
            folder.finish(bench_results)
    click.echo(f"rltf: {path / 'results.json'}", err=True)
    click.echo(
        f"rltf: rltf report {shlex.quote(str(path))} --open shows pass@k and every sample", err=True
    )
    return bench_results


def _counts(
    n: int | None, ks: Sequence[int] | None, temperature: float
) -> tuple[int, Sequence[int]]:
    """Return the number of samples per problem, and the values of k for pass@k."""
    if n is None:
        n = max(ks) if ks else 1 if temperature == 0 else max(DEFAULT_KS)
    ks = ks or [k for k in DEFAULT_KS if k <= n]
    if max(ks) > n:
        raise click.UsageError(f"pass@{max(ks)} needs --n {max(ks)} samples at least, not {n}.")
    if temperature == 0 and n > 1:
        raise click.UsageError(f"--temperature 0 writes the same program {n} times: give --n 1.")
    return n, ks
