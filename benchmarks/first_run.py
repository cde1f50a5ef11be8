"""What test feedback is worth: ``rltf run`` against supervised steps alone for the same time.

    python benchmarks/first_run.py [--seeds 3] [--out runs/first_run]

Both arms are runs of ``rltf run`` on the dataset ``mini`` with the policy ``tiny``. The first is the
default run: warm-up, then feedback. The second spends the time that the first took for feedback on
more supervised steps: the same warm-up, whose learning rate schedule stretches over all of them.
Finished runs in the folder are not run again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate


@click.command()
@click.option("--seeds", default=3, show_default=True, help="Runs of each arm.")
@click.option("--out", default="runs/first_run", show_default=True, type=click.Path(path_type=Path))
def first_run(seeds: int, out: Path) -> None:
    """Run both arms and print the table."""
    rows = []
    for seed in range(seeds):
        feedback = run(out / f"feedback-{seed}", seed)
        supervised = run(out / f"supervised-{seed}", seed, supervised_settings(feedback))
        before = feedback["pass_at_1"]["before"]
        for arm, summary in (("feedback", feedback), ("supervised", supervised)):
            after = summary["pass_at_1"]["after"]
            rows.append([arm, seed, before, after, after - before, summary["seconds"]["total"]])
    for arm in ("feedback", "supervised"):
        runs_of_arm = [row[2:] for row in rows if row[0] == arm]
        rows.append(
            [arm, "mean", *(sum(column) / seeds for column in zip(*runs_of_arm, strict=True))]
        )
    shown = [
        [arm, seed, *(f"{100 * value:.1f}" for value in figures), f"{seconds:.0f}"]
        for arm, seed, *figures, seconds in rows
    ]
    columns = ["arm", "seed", "before", "after", "gain", "seconds"]
    click.echo(tabulate(shown, headers=columns, disable_numparse=True))
    gap = 100 * (rows[-2][3] - rows[-1][3])
    click.echo(f"\nheld-out pass@1 in %; feedback ends {gap:.1f} points above supervised steps")


def supervised_settings(feedback: dict[str, Any]) -> dict[str, float]:
    """Supervised steps alone, as many as fit into the time of a feedback run."""
    config, seconds = feedback["config"], feedback["seconds"]
    step = seconds["warmup"] / config["warmup_steps"]
    freed = seconds["generation"] + seconds["reward_exposed"] + seconds["update"]
    steps = config["warmup_steps"] + round(freed / step)
    return {"steps": 0, "warmup_steps": steps}


def run(folder: Path, seed: int, settings: dict[str, float] | None = None) -> dict[str, Any]:
    """The summary of a run, with its options under ``config``."""
    if not (folder / "summary.json").exists():
        command = [sys.executable, "-m", "rltf", "run", f"--seed={seed}", f"--out={folder}"]
        command += [f"--set={name}={value}" for name, value in (settings or {}).items()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary | {"config": json.loads((folder / "config.json").read_text())}


if __name__ == "__main__":
    first_run()
