"""What feedback teaches: the ablations of the RLTF paper in miniature.

    python benchmarks/learning.py feedback framework      the two tables, five seeds of each row
    python benchmarks/learning.py feedback --steps 80     the same with a quarter of the samples
    python benchmarks/learning.py --quick                 one table, two seeds, 80 steps
    python benchmarks/learning.py --kept                  what is known so far, without any run

Every run of a seed starts from the same policy: ``tiny`` after its supervised warm-up. All rows of a
table train for the same number of steps, and all that sample draw the same number of samples. What a
run gave is kept as a small file in ``benchmarks/learning/``: a finished run is not run again, and an
interrupted one continues. Intervals are 95 % intervals of the mean over seeds (Student's t), and a
row is compared with the first row of its table on the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev

import click
from learning_rows import TABLES, Table
from learning_runs import LENGTHS, STEPS, Bench, Outcome
from tabulate import tabulate

STUDENT_T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""97.5 % quantiles by degrees of freedom."""

COLUMNS = (
    *("row", "seeds", "before %", "after %", "to the first row"),
    *("samples", "experiences", "passed wrongly"),
)


def interval(values: Sequence[float]) -> str:
    """The mean, with half of its 95 % interval."""
    if len(values) < 2:
        return f"{mean(values):.1f}"
    half = STUDENT_T[len(values) - 1] * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.1f} ± {half:.1f}"


def table_lines(
    table: Table, outcome: Callable[[str, int], Outcome | None], seeds: int
) -> Iterator[list[str]]:
    """Yield the line of each row that was run; gains are of the seeds that both rows have."""
    found = {
        row: {seed: run for seed in range(seeds) if (run := outcome(row, seed))}
        for row in table.rows
    }
    first = found[table.rows[0]]
    for row, runs in found.items():
        if not runs:
            continue
        gains = [100 * (runs[seed].after - first[seed].after) for seed in runs if seed in first]
        yield [
            row,
            str(len(runs)),
            interval([100 * run.before for run in runs.values()]),
            interval([100 * run.after for run in runs.values()]),
            "" if runs is first or not gains else interval(gains),
            f"{mean(run.samples for run in runs.values()):,.0f}",
            f"{mean(run.experiences for run in runs.values()):,.0f}",
            wrong_passes([run.passes for run in runs.values() if run.passes]),
        ]


def wrong_passes(passes: Sequence[tuple[int, int]]) -> str:
    """The share of the samples that passed with a row's tests and that all tests find wrong."""
    passed, wrong = (sum(counts) for counts in zip(*passes, strict=True)) if passes else (0, 0)
    return f"{100 * wrong / passed:.1f} % of {passed:,}" if passed else ""


@click.command(help=__doc__.split("\n\n")[0])
@click.argument("tables", nargs=-1, type=click.Choice(tuple(TABLES)))
@click.option("--dataset", default="mini", type=click.Choice(tuple(LENGTHS)), show_default=True)
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1, 10))
@click.option("--steps", default=STEPS, show_default=True, type=click.IntRange(8))
@click.option("--quick", is_flag=True, help="Two seeds of 80 steps.")
@click.option("--kept", is_flag=True, help="Run nothing; show what is known.")
@click.option("--out", default="runs/learning", type=click.Path(path_type=Path), show_default=True)
def learning(
    tables: Sequence[str],
    dataset: str,
    seeds: int,
    steps: int,
    quick: bool,
    kept: bool,
    out: Path,
) -> None:
    if quick:
        steps, seeds = STEPS // 4, 2
    bench = Bench(dataset, out / f"{dataset}-{steps}", steps)
    for name in tables or (["feedback"] if quick else TABLES):
        table = TABLES[name]
        outcome = bench.known if kept else bench.outcome
        rows = list(table_lines(table, outcome, seeds))
        if len(rows) > 1:
            columns = COLUMNS if any(row[-1] for row in rows) else COLUMNS[:-1]
            cells = [row[: len(columns)] for row in rows]
            lines = tabulate(cells, columns, disable_numparse=True)
            click.echo(f"\n{table.title}: {dataset}, {steps} steps\n\n{lines}")


if __name__ == "__main__":
    learning()
