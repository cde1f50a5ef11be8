"""``rltf score``: judge and reward samples from any source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial as partial_of
from itertools import zip_longest
from pathlib import Path

import click

from rltf import manager
from rltf.cli.benchmark_options import ks_option, partial_option, sanitize_option
from rltf.cli.dataset_options import data_option, dataset_option, reward_option
from rltf.cli.option_type import option_type
from rltf.cli.sample_judging import measure, show_results
from rltf.cli.sample_scoring import (
    USE_PARTIAL,
    SampleScoring,
    read_samples,
    refuse_incomplete,
    results_file,
)
from rltf.cli.sandbox_options import (
    executor_option,
    isolation_option,
    isolation_options,
    judging_option,
    judging_options,
    require_layer,
)
from rltf.common.options import PositiveInt
from rltf.dataset import Isolation
from rltf.verdict import JudgingChoice

_FAILURES = 5
"""Number of failures that ``--show-failures`` shows by default."""


class _Score(click.Command):
    """Accepts ``--show-failures`` with or without a number."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(
            ctx,
            [
                f"{arg}={_FAILURES}"
                if arg == "--show-failures" and not following.lstrip("-").isdigit()
                else arg
                for arg, following in zip_longest(args, args[1:], fillvalue="")
            ],
        )


@click.command(cls=_Score)
@click.argument("samples", metavar="SAMPLES.jsonl", type=click.Path(path_type=Path))
@dataset_option(required=True)
@data_option
@reward_option("spec", "Rewards to compute. Weights after a colon affect only training.")
@click.option(
    "--classifier",
    default="rltf",
    metavar="NAME",
    help="Classifier that locates the fault in a program.  [default: rltf]",
)
@click.option(
    "--out",
    metavar="OUT.jsonl",
    type=click.Path(path_type=Path),
    help="Output file; compressed if its name ends in .gz.  [default: stdout]",
)
@click.option(
    "--cache",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Store verdicts in this file, and reuse them in later runs.",
)
@click.option("--skip-invalid", is_flag=True, help="Skip invalid lines and report them.")
@click.option(
    "--show-failures",
    "most_shown",
    type=option_type(PositiveInt),
    metavar="[N]",
    help=f"Show the first failing test of the first N failing samples.  [default: {_FAILURES}]",
)
@ks_option
@partial_option
@sanitize_option
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@isolation_option
@judging_option
@executor_option
@require_layer
def score(
    samples: Path,
    dataset: str,
    data: str | None,
    spec: str,
    classifier: str,
    out: Path | None,
    cache: Path | None,
    skip_invalid: bool,
    most_shown: int | None,
    ks: Sequence[int] | None,
    partial: bool,
    sanitize: bool | None,
    as_json: bool,
    isolation: Isolation | None,
    judging: JudgingChoice | None,
    executor: str,
) -> None:
    """Judge and reward the programs in SAMPLES, and measure their pass@k.

    Writes one line of JSON for each program, with its verdict and rewards, and ends with the table
    of rltf bench. With --out, the results are written to results.json beside it.

    SAMPLES holds JSON lines or a JSON list, gzipped or not, or is a folder of TASK/N.py. A line is
    {"task_id", "solution"}, {"task_id", "completion"}, {"prompt", "response"}, or a list of
    programs for the next problem. A list of programs may replace a program.

    With --out, rerun an interrupted command to resume it.
    """
    from rltf.samples.sample_file import incomplete, sampled_splits
    from rltf.scoring.scorer import Scorer

    scorer = Scorer(spec, classifier=classifier)
    source = manager.get("dataset", dataset, path=data)
    options = isolation_options(executor, source, isolation)
    options |= judging_options(executor, judging)
    scoring = SampleScoring(
        samples,
        dataset,
        data,
        source,
        scorer,
        spec,
        classifier,
        executor,
        options,
        sanitize=bool(sanitize),
        cache=cache,
        skip_invalid=skip_invalid,
        most_shown=most_shown or 0,
    )
    results_to = partial_of(results_file, out, samples) if out else None
    if results_to is not None:
        results_to()  # refuses at once what cannot be written
    read = read_samples(scoring)
    sample_set = scoring.sample_set(read)
    is_measured = sample_set is not None and (partial or not sample_set.fault)
    if as_json and not is_measured:
        refuse_incomplete(scoring, sample_set)
    results = measure(
        scoring, read, sample_set if is_measured else None, ks, out, results_to, quiet=as_json
    )
    fault = sample_set.fault if sample_set is not None else ""
    if missing := fault or incomplete(sampled_splits(source, read.counts), read.counts):
        hint = f"; {USE_PARTIAL}" if fault and not partial else ""
        click.echo(f"rltf: {samples} is incomplete: {missing}{hint}", err=True)
    if results is not None:
        show_results(results, as_json, err=out is None and not as_json)
