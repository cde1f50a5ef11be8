"""Run the rows of ``learning.py``, and keep what they gave."""

from __future__ import annotations

import json
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click
from learning_inputs import (
    rltf,
    save_policy,
    train_critic,
    write_augmented_tests,
    write_first_tests,
)
from learning_rows import ROWS, SIZES, Tests

from rltf import Problem, Sandbox, manager

KEPT = Path(__file__).with_name("learning")
"""What runs gave, in the repository."""
SAMPLES = "samples.jsonl"
STEPS = 320
SAMPLING = {"refresh_every": 8, "temperature": 1.0}
"""A round every so many steps, whatever a row makes of its samples: equal budgets."""
LENGTHS = {
    "mini": {"max_new_tokens": 64},
    "mini-hard": {"max_prompt_tokens": 96, "max_new_tokens": 88},
}
"""The longest prompt and reference program fit, and both fit into the context of ``tiny``."""
METRICS = (
    "step",
    "samples",
    "experiences",
    "greedy_pass_rate",
    "pass_rate",
    "reward",
    "staleness",
    "policy_loss",
    "supervised_loss",
    "gradient_norm",
)


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
    rounds: dict[str, list[float]]
    """Metric to its values, one for each round of samples."""
    passes: tuple[int, int] | None = None
    """Samples that passed with the row's tests, and those of them that all tests find wrong; only
    for a row that has fewer tests or others than the dataset."""


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
            keep(known, self._file(name, seed))
        return known

    def known(self, name: str, seed: int) -> Outcome | None:
        """Return what a row gave with a seed, if it was run."""
        file = self._file(name, seed)
        return Outcome(**json.loads(file.read_text())) if file.exists() else None

    def _file(self, name: str, seed: int) -> Path:
        return self.kept / f"{name}-{seed}.json"

    def _measure(self, name: str, seed: int) -> Outcome:
        warm, folder = self._warm_up(ROWS[name].policy, seed), self._run(name, seed)
        outcome = read_outcome(warm, folder, seed, ROWS[name].options)
        if ROWS[name].tests == "all":
            return outcome
        problems = manager.get("dataset", self.dataset, path=None).problems("train")
        return replace(outcome, passes=count_passes(folder / SAMPLES, problems))

    def _run(self, name: str, seed: int) -> Path:
        """Return the run folder of a row; make it if it is not there."""
        row = ROWS[name]
        warm = self._warm_up(row.policy, seed)
        options = self._options(row.policy) | dict(row.options)
        if not options["steps"]:
            options |= {
                "warmup_steps": self.steps,
                "warmup_learning_rate": options["learning_rate"],
            }
        if row.samples_of:
            options["samples"] = self._run(row.samples_of, seed) / SAMPLES
        if row.critic_of:
            options["critic"] = self._critic(row.critic_of, warm, seed)
        folder = self.runs / f"{name}-{seed}"
        rltf_run(folder, f"hf:{warm / 'model'}", self._problems(row.tests), seed, options)
        return folder

    def _warm_up(self, policy: str, seed: int) -> Path:
        """Return the run folder of a policy's warm-up; make it if it is not there."""
        folder = self.runs / f"{policy}-warm-{seed}"
        options = self._options(policy) | {
            "steps": 0,
            "evaluate_every": 0,
            "warmup_steps": training_defaults(policy)["warmup_steps"],
        }
        rltf_run(folder, self._untrained(policy, seed), self._problems("all"), seed, options)
        return folder

    def _untrained(self, policy: str, seed: int) -> str:
        """Return the name of a policy with random weights."""
        if policy not in SIZES:
            return policy
        folder = self.runs / f"{policy}-untrained-{seed}"
        if not folder.exists():
            save_policy(SIZES[policy], seed, folder)
        return f"hf:{folder}"

    def _critic(self, name: str, base: Path, seed: int) -> Path:
        """Return a critic that is trained on a row's samples."""
        folder = self.runs / f"critic-{seed}"
        if not folder.exists():
            samples = self._run(name, seed) / SAMPLES
            train_critic(samples, self.dataset, base / "model", seed, folder)
        return folder

    def _problems(self, tests: Tests) -> list[str]:
        """Return the options that name the problems."""
        if tests == "all":
            return [f"--dataset={self.dataset}"]
        file = self.runs / f"{tests}-tests.jsonl"
        if not file.exists():
            dataset = manager.get("dataset", self.dataset, path=None)
            if tests == "first":
                write_first_tests(dataset, file)
            else:
                write_augmented_tests(dataset, self._run("frozen", 0) / SAMPLES, file)
        return ["--dataset=file", f"--data={file}"]

    def _options(self, policy: str) -> dict[str, Any]:
        return (
            training_defaults(policy)
            | SAMPLING
            | {
                "prompt": "plain",
                "reward": "coarse,fine,adaptive",
                "baseline": "best",
                "steps": self.steps,
                "warmup_steps": 0,
                "evaluate_every": self.steps // 4,
            }
            | LENGTHS[self.dataset]
        )


def training_defaults(policy: str) -> dict[str, Any]:
    """Return the defaults of a built-in policy, or those of ``tiny`` for one of another size."""
    name = "tiny" if policy in SIZES else policy
    defaults: dict[str, Any] = manager.get("policy", name).training_defaults
    return defaults


def rltf_run(
    folder: Path, policy: str, problems: Sequence[str], seed: int, options: Mapping[str, Any]
) -> None:
    """Run ``rltf run`` in a folder, or continue what an interrupted one left there."""
    if (folder / "summary.json").exists():
        return
    command = ["run", f"--policy={policy}", *problems, f"--seed={seed}", f"--out={folder}"]
    for name, value in options.items():
        own = name in ("reward", "objective", "steps", "prompt")
        command.append(f"--{name}={value}" if own else f"--set={name}={value}")
    click.echo(f"{folder.name} …", err=True)
    rltf(*command)


def keep(outcome: Outcome, file: Path) -> None:
    """Write what a run gave: a line for each field."""
    fields = [
        f" {json.dumps(name)}: {json.dumps(value)}" for name, value in asdict(outcome).items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{\n" + ",\n".join(fields) + "\n}\n")


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
        rounds=read_rounds(metrics),
    )


def count_passes(samples: Path, problems: Sequence[Problem]) -> tuple[int, int]:
    """Return how many samples passed, and how many of these fail with the tests of the problems."""
    known = {problem.task_id: problem for problem in problems}
    lines = map(json.loads, samples.read_text().splitlines())
    passed = Counter(
        (line["task_id"], line["solution"])
        for line in lines
        if line["status"] == "passed" and line["task_id"] in known
    )
    with Sandbox() as sandbox:
        verdicts = list(sandbox.judge_many((known[task_id], code) for task_id, code in passed))
    counts = zip(passed.values(), verdicts, strict=True)
    return passed.total(), sum(count for count, verdict in counts if not verdict.passed)


def read_rounds(metrics: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the metrics of the steps before which a round was played."""
    lines = [line | line["round"] for line in metrics if "round" in line]
    return {name: [round(line[name], 4) for line in lines] for name in METRICS} if lines else {}


def machine() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()
