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

import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click
from tabulate import tabulate

from rltf.plugins.policies.tiny import TRAINING_DEFAULTS

KEPT = Path(__file__).with_suffix("")
"""What runs gave, in the repository."""
STEPS = 320
SAMPLING = {"refresh_every": 8, "temperature": 1.0}
"""A round every so many steps, whatever a row makes of its samples: equal budgets."""
LENGTHS = {"mini": 64, "mini-hard": 88}
"""Most tokens of a program: the longest reference program fits."""
STUDENT_T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""97.5 % quantiles by degrees of freedom."""


@dataclass(frozen=True)
class Row:
    """One configuration of ``rltf run``."""

    options: Mapping[str, Any] = field(default_factory=dict)
    policy: str = "tiny"
    samples_of: str | None = None
    """Row whose samples this one trains on, instead of fresh ones."""


@dataclass(frozen=True)
class Table:
    title: str
    rows: tuple[str, ...]
    """The others are compared with the first."""


SUPERVISED = {"steps": 0, "warmup_batch_size": 64}
"""As many programs in each step as the other rows train on."""
FROZEN = {"learning_rate": 1e-12, "weight_decay": 0.0}
"""Samples, as many as the other rows draw, of a policy that does not change."""

ROWS: dict[str, Row] = {
    "supervised": Row(SUPERVISED),
    "coarse": Row({"reward": "coarse"}),
    "coarse-fine": Row({"reward": "coarse,fine"}),
    "fine-adaptive": Row({"reward": "fine,adaptive"}),
    "coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}),
    "frozen": Row(FROZEN),
    "offline-coarse": Row({"reward": "coarse"}, samples_of="frozen"),
    "offline-coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}, samples_of="frozen"),
    "fine-0.1": Row({"reward": "coarse,fine:0.333,adaptive"}),
    "fine-0.5": Row({"reward": "coarse,fine:1.667,adaptive"}),
    "coarse-adaptive": Row({"reward": "coarse,adaptive"}),
    "coarse-mean": Row({"reward": "coarse", "baseline": "mean"}),
    "mean": Row({"reward": "coarse,fine,adaptive", "baseline": "mean"}),
    "temperature-0.2": Row({"temperature": 0.2}),
    "temperature-0.6": Row({"temperature": 0.6}),
    "t5-supervised": Row(SUPERVISED, policy="tiny-t5"),
    "t5-coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}, policy="tiny-t5"),
    "ppo": Row({"objective": "ppo"}),
    "grpo": Row({"objective": "grpo"}),
    "rloo": Row({"objective": "rloo"}),
    "with-static": Row({"reward": "coarse,fine,adaptive,static"}),
}

TABLES: dict[str, Table] = {
    "feedback": Table(
        "Which feedback (RLTF, Table 5)",
        ("supervised", "coarse", "coarse-fine", "coarse-fine-adaptive", "fine-adaptive"),
    ),
    "framework": Table(
        "Offline and online (RLTF, Table 4)",
        (
            "frozen",
            "offline-coarse",
            "coarse",
            "offline-coarse-fine-adaptive",
            "coarse-fine-adaptive",
        ),
    ),
    "penalty": Table(
        "The penalty of fine feedback (RLTF, Table 6)",
        ("coarse-fine-adaptive", "fine-0.5", "fine-0.1", "coarse-adaptive", "coarse"),
    ),
    "baseline": Table(
        "What a sample is compared with: the best program so far, or the mean of its group",
        ("coarse-fine-adaptive", "mean", "coarse", "coarse-mean"),
    ),
    "temperature": Table(
        "Sampling temperature (RLTF, Table 7)",
        ("coarse-fine-adaptive", "temperature-0.2", "temperature-0.6"),
    ),
    "backbone": Table(
        "Encoder-decoder (RLTF, Table 8)", ("t5-supervised", "t5-coarse-fine-adaptive")
    ),
    "objective": Table(
        "Objectives, with the same samples",
        ("coarse-fine-adaptive", "ppo", "grpo", "rloo"),
    ),
    "static": Table(
        "Findings of the static analysis on top", ("coarse-fine-adaptive", "with-static")
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What a run gave."""

    row: str
    seed: int
    commit: str
    machine: str
    options: dict[str, Any]
    before: float
    after: float
    """Share of held-out problems whose greedy program passes."""
    errors: dict[str, int]
    """Statuses of these programs after the run."""
    samples: int
    experiences: int
    seconds: float
    held_out: list[tuple[int, float]]
    """Step and pass@1 of the evaluations in between."""


@dataclass(frozen=True)
class Bench:
    """A dataset, the folder of its runs, and how long they are."""

    dataset: str
    runs: Path
    steps: int

    @property
    def kept(self) -> Path:
        name = self.dataset if self.steps == STEPS else f"{self.dataset}-{self.steps}-steps"
        return KEPT / name

    def outcome(self, name: str, seed: int) -> Outcome:
        """Return what a row gave with a seed; run it if that is not known."""
        known = self.known(name, seed)
        if known is None:
            known = self._measure(name, seed)
            self.kept.mkdir(parents=True, exist_ok=True)
            self._file(name, seed).write_text(json.dumps(asdict(known), indent=1) + "\n")
        return known

    def known(self, name: str, seed: int) -> Outcome | None:
        """Return what a row gave with a seed, if it was run."""
        file = self._file(name, seed)
        return Outcome(**json.loads(file.read_text())) if file.exists() else None

    def _file(self, name: str, seed: int) -> Path:
        return self.kept / f"{name}-{seed}.json"

    def _measure(self, name: str, seed: int) -> Outcome:
        row = ROWS[name]
        options = self._options() | dict(row.options)
        if not options["steps"]:
            options |= {
                "warmup_steps": self.steps,
                "warmup_learning_rate": options["learning_rate"],
            }
        if row.samples_of:
            self.outcome(row.samples_of, seed)
            options["samples"] = self.runs / f"{row.samples_of}-{seed}" / "samples.jsonl"
        warm = self.runs / f"{row.policy}-warm-{seed}"
        lengths = {"max_new_tokens": LENGTHS[self.dataset]}
        rltf_run(warm, row.policy, self.dataset, seed, {"steps": 0, **lengths})
        folder = self.runs / f"{name}-{seed}"
        rltf_run(folder, f"hf:{warm / 'model'}", self.dataset, seed, options)
        return read_outcome(warm, folder, seed, row.options)

    def _options(self) -> dict[str, Any]:
        return (
            TRAINING_DEFAULTS
            | SAMPLING
            | {
                "prompt": "plain",
                "reward": "coarse,fine,adaptive",
                "baseline": "best",
                "steps": self.steps,
                "warmup_steps": 0,
                "evaluate_every": self.steps // 4,
                "max_new_tokens": LENGTHS[self.dataset],
            }
        )


def rltf_run(
    folder: Path, policy: str, dataset: str, seed: int, options: Mapping[str, Any]
) -> None:
    """Run ``rltf run`` in a folder, or continue what an interrupted one left there."""
    if (folder / "summary.json").exists():
        return
    command = [sys.executable, "-m", "rltf", "run", f"--policy={policy}", f"--dataset={dataset}"]
    command += [f"--seed={seed}", f"--out={folder}"]
    for name, value in options.items():
        own = name in ("reward", "objective", "steps", "prompt")
        command.append(f"--{name}={value}" if own else f"--set={name}={value}")
    click.echo(f"{folder.name} …", err=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def read_outcome(warm: Path, folder: Path, seed: int, options: Mapping[str, Any]) -> Outcome:
    before = json.loads((warm / "summary.json").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=KEPT.parent, capture_output=True, text=True
    )
    return Outcome(
        row=folder.name.rpartition("-")[0],
        seed=seed,
        commit=commit.stdout.strip(),
        machine=machine(),
        options=dict(options),
        before=before["pass_at_1"]["after"],
        after=summary["pass_at_1"]["after"],
        errors=summary["errors"]["after"],
        samples=summary["samples"],
        experiences=summary["experiences"],
        seconds=summary["seconds"]["total"],
        held_out=[
            (line["held_out"]["step"], line["held_out"]["pass_at_1"])
            for line in metrics
            if "held_out" in line
        ],
    )


def machine() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


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
        ]


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
        columns = ["row", "seeds", "before %", "after %", "to the first row"]
        columns += ["samples", "experiences"]
        if len(rows) > 1:
            lines = tabulate(rows, columns, disable_numparse=True)
            click.echo(f"\n{table.title}: {dataset}, {steps} steps\n\n{lines}")


if __name__ == "__main__":
    learning()
