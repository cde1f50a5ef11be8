"""``rltf bench``: pass@k of a policy on a dataset."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.executor_options import executor_option, isolation_option, isolation_options
from rltf.cli.require_layer import require_layer
from rltf.cli.stopping import resumable
from rltf.common.progress import progress
from rltf.common.work_folder import default_folder
from rltf.errors import Refused

if TYPE_CHECKING:
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.dataset import Isolation

DEFAULT_KS = (1, 5)


def _parse_ks(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    words = value.split(",")
    if not all(word.strip().isascii() and word.strip().isdigit() and int(word) for word in words):
        raise click.BadParameter(f"must be whole numbers above 0 like 1,5, not {value!r}.")
    return sorted({int(word) for word in words})


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"must be a number, not {value}.")
    return value


@click.command()
@click.argument("dataset")
@click.option("--policy", metavar="NAME", help="tiny, codet5, …, hf:PATH_OR_ID.  [tiny]")
@click.option("--data", metavar="PATH", help="File or folder of the dataset.")
@click.option("--split", metavar="NAME", help="Split to use, or all.  [test if there is one]")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N problems only.")
@click.option("--n", type=click.IntRange(1), metavar="N", help="Samples per problem.  [largest k]")
@click.option("--k", "ks", callback=_parse_ks, metavar="K,K", help="Values of k for pass@k.  [1,5]")
@click.option("--zero-shot", is_flag=True, help="Use the RLTF paper's prompt and sampling.")
@click.option("--like", metavar="NAME", help="Use another harness's prompt, sampling and limits.")
@click.option("--prompt", metavar="NAME", help="Prompt format.  [the policy's own]")
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    callback=_finite,
    metavar="T",
    help="Sampling temperature; 0 is greedy.",
)
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), callback=_finite, metavar="P")
@click.option(
    "--max-new-tokens", type=click.IntRange(1), metavar="N", help="Longest answer, in tokens."
)
@click.option("--seed", type=int, metavar="N", help="The same seed repeats a benchmark.  [0]")
@click.option(
    "--batch-size", type=click.IntRange(1), metavar="N", help="Programs to generate at once."
)
@click.option(
    "--parallel",
    type=click.IntRange(1),
    metavar="N",
    help="Most requests to a server at a time.  [8]",
)
@click.option(
    "--attempts", type=click.IntRange(1), metavar="N", help="How often to try each request.  [7]"
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    metavar="SECONDS",
    help="How long to wait for an answer.  [180]",
)
@click.option(
    "--critic", metavar="DIR", help="Refine and repair samples by visible tests (CodeRL)."
)
@click.option(
    "--repair-policy", metavar="NAME", help="Policy that repairs, with --critic.  [the policy]"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write; if it holds the same benchmark, it is continued.  [runs/bench-…]",
)
@click.option("--check-references", is_flag=True, help="Judge the dataset's own solutions instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@isolation_option
@executor_option
@require_layer
def bench(
    dataset: str,
    data: str | None,
    split: str | None,
    limit: int | None,
    n: int | None,
    ks: Sequence[int] | None,
    out: Path | None,
    check_references: bool,
    as_json: bool,
    isolation: Isolation | None,
    executor: str,
    **options: Any,
) -> None:
    """Measure a policy: it writes programs for the problems of DATASET, and the sandbox tests them.

    Prints pass@k with a 95 % interval. The folder holds samples.jsonl, verdicts.jsonl and
    results.json. If it is interrupted, rerun the command to resume.
    """
    from rltf.bench.config import BenchError
    from rltf.bench.dataset_slice import take
    from rltf.bench.presets import resolve

    try:
        if check_references:
            _refuse(options | {"n": n, "k": ks, "out": out})
            part = take(dataset, data, split or "all", limit)
            _check_references(part, executor, isolation, as_json)
            return
        if options["repair_policy"] and not options["critic"]:
            raise click.UsageError("--repair-policy repairs for --critic: give that too.")
        preset = resolve(
            dataset, options["like"], options["zero_shot"], {"temperature": options["temperature"]}
        )
        n, ks = _counts(n, ks, preset.sampling.temperature)
        part = take(dataset, data, split, limit)
        isolation_options(executor, part.source, isolation)  # refuses what the executor lacks
        options["isolation"] = isolation
        with resumable("the same command continues it"):
            results = _run(part, n, ks, out, executor, options)
    except BenchError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from None
    _print(results, as_json)


def _refuse(options: Mapping[str, Any]) -> None:
    """No option that is for a policy goes with --check-references."""
    for name, value in options.items():
        if value not in (None, False):
            raise click.UsageError(
                f"--check-references asks no policy: leave out --{name.replace('_', '-')}."
            )


def _check_references(
    part: DatasetSlice, executor: str, isolation: Isolation | None, as_json: bool
) -> None:
    """Exits with 1 only where a program could not be judged: what fails is the finding."""
    from rltf.bench.reference_check import ReferenceCheck

    check = ReferenceCheck(part)
    options = isolation_options(executor, part.source, isolation)
    with manager.get("executor", executor, **options) as sandbox:
        for _ in progress(check.run(sandbox), total=check.programs, unit="programs"):
            pass
    report = check.report()
    click.echo(json.dumps(report, indent=2) if as_json else "\n".join(check.lines()))
    if report["unscored"]:
        raise click.ClickException(f"{report['unscored']} programs could not be judged.")


def _run(
    part: DatasetSlice,
    n: int,
    ks: Sequence[int],
    out: Path | None,
    executor: str,
    options: Mapping[str, Any],
) -> Mapping[str, Any]:
    """The results, from the folder where it holds them already."""
    from rltf.bench.bench_folder import BenchFolder
    from rltf.bench.counts import Counts
    from rltf.bench.prepare import prepare
    from rltf.bench.results import results
    from rltf.bench.runner import BenchStopwatch, WriterFailed, complete, read_back

    def watch(new: Iterable[None], total: int) -> Iterable[None]:
        return progress(new, total=total, unit="samples")

    stopwatch = BenchStopwatch(time.perf_counter())
    with stopwatch.measure("load"):
        benchmark, refiner = prepare(part, n, executor, **options)
    config = benchmark.config
    path = out or default_folder(f"bench-{config.policy}-{config.dataset}", config.digest)
    with BenchFolder(path, config) as folder:
        tally = Counts(benchmark.problems, config.n)
        read_back(folder, tally)
        found = folder.results
        if not found or not tally.judged.all() or [*map(str, ks)] != [*found["pass_at_k"]]:
            refined = {}
            try:
                if refiner is None:
                    new = complete(benchmark, folder, tally, stopwatch)
                    for _ in watch(new, int((~tally.judged).sum())):
                        pass
                else:
                    figures = refiner.run(benchmark, folder, tally, ks, stopwatch, watch)
                    refined = {"critic_sampling": figures}
            except WriterFailed as error:
                raise click.ClickException(f"{error}.") from None
            seconds = stopwatch.seconds()
            found = results(config, tally, ks, part.without_tests, seconds) | refined
            folder.finish(found)
    click.echo(f"rltf: {path / 'results.json'}", err=True)
    return found


def _counts(
    n: int | None, ks: Sequence[int] | None, temperature: float
) -> tuple[int, Sequence[int]]:
    """Samples a problem, and the k of pass@k."""
    if n is None:
        n = max(ks) if ks else 1 if temperature == 0 else max(DEFAULT_KS)
    ks = ks or [k for k in DEFAULT_KS if k <= n]
    if max(ks) > n:
        raise click.UsageError(f"pass@{max(ks)} needs --n {max(ks)} samples at least, not {n}.")
    if temperature == 0 and n > 1:
        raise click.UsageError(f"--temperature 0 writes the same program {n} times: give --n 1.")
    return n, ks


def _print(results: Mapping[str, Any], as_json: bool) -> None:
    from rltf.bench.table import table

    click.echo(json.dumps(results, indent=2) if as_json else table(results))
    for reason, count in results.get("unanswered", {}).items():
        click.echo(f"rltf: {count} samples are unscored: {reason}", err=True)
    if results["statuses"] == {"unscored": results["unscored"]}:
        raise click.ClickException("no sample could be judged.")
