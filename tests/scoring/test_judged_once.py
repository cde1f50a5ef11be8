"""Every command judges equal programs of a problem once: they share one pipeline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from click.testing import CliRunner

from rltf import Problem, Sandbox, TestCase, manager
from rltf.cli import main
from rltf.common.stopwatch import Stopwatch
from rltf.sampling_options import Sampling
from rltf.scoring.scorer import Scorer
from rltf.trainer.rollout import Rollouts

REFERENCE = "def f(x):\n    return x + x\n"
PROGRAM = "def f(x):\n    return 2 * x\n"
PROBLEMS = [
    {
        "task_id": task_id,
        "prompt": "Double it.",
        "entry_point": "f",
        "tests": [{"args": [n], "expected": 2 * n} for n in (1, 2)],
        "solutions": [REFERENCE, REFERENCE],
    }
    for task_id in ("a", "b")
]

PLUGIN = """
from rltf import Sandbox, hookimpl
from rltf.models.writer import Completion

judged = []

class Counting(Sandbox):
    def judge(self, problem, program):
        judged.append((problem.task_id, program))
        return super().judge(problem, program)

class Same:
    name = "same"
    prompt = "plain"

    def write(self, requests, sampling, stops):
        for index in range(len(requests)):
            yield [(index, Completion("def f(x):\\n    return 2 * x\\n", truncated=False))]

@hookimpl
def rltf_register_executors(register):
    register("test-counting", Counting)

@hookimpl
def rltf_register_policies(register):
    register("test-same", Same)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    file = tmp_path_factory.mktemp("plugin") / "judged_once.py"
    file.write_text(PLUGIN)
    manager.load_file(file)
    return sys.modules["rltf_plugin_judged_once"]


@pytest.fixture
def judged(plugin: ModuleType) -> list[tuple[str, str]]:
    """The programs that the counting executor was given."""
    programs: list[tuple[str, str]] = plugin.judged
    programs.clear()
    return programs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"task_id": task_id, "solution": [PROGRAM] * 6} for task_id in ("a", "b")]
    for name, lines in (("problems", PROBLEMS), ("samples", rows)):
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text)
    return tmp_path


def invoke(*arguments: str) -> None:
    result = CliRunner().invoke(main, [*arguments, "--executor", "test-counting"])
    assert result.exit_code == 0, result.output


def test_score(judged: list[tuple[str, str]], folder: Path) -> None:
    data = ["--dataset", "file", "--data", str(folder / "problems.jsonl")]
    invoke("score", str(folder / "samples.jsonl"), *data)
    assert sorted(judged) == [("a", PROGRAM), ("b", PROGRAM)]


def test_bench(judged: list[tuple[str, str]], folder: Path) -> None:
    data = ["file", "--data", str(folder / "problems.jsonl")]
    out = folder / "bench"
    options = ["--policy", "test-same", "--n", "6", "--out", str(out)]
    invoke("bench", *data, *options)
    assert sorted(judged) == [("a", PROGRAM), ("b", PROGRAM)]
    verdicts = [json.loads(line) for line in (out / "verdicts.jsonl").read_text().splitlines()]
    assert sorted((line["task_id"], line["sample"]) for line in verdicts) == [
        (task_id, number) for task_id in ("a", "b") for number in range(6)
    ]
    assert {line["status"] for line in verdicts} == {"passed"}


def test_bench_check_references(judged: list[tuple[str, str]], folder: Path) -> None:
    invoke("bench", "file", "--data", str(folder / "problems.jsonl"), "--check-references")
    assert sorted(judged) == [("a", REFERENCE), ("b", REFERENCE)]


def test_critic(judged: list[tuple[str, str]], folder: Path) -> None:
    from rltf.critic.training_data import SampledProgram, judge

    problems = manager.get("dataset", "file", path=str(folder / "problems.jsonl")).problems()
    programs = [SampledProgram(problem, PROGRAM, None) for problem in problems for _ in range(6)]
    with manager.get("executor", "test-counting") as sandbox:
        assert [program.status for program in judge(programs, sandbox)] == ["passed"] * 12
    assert sorted(judged) == [("a", PROGRAM), ("b", PROGRAM)]


def test_augment(judged: list[tuple[str, str]], folder: Path) -> None:
    from rltf.augment.augmenter import Augmenter

    problem = manager.get("dataset", "file", path=str(folder / "problems.jsonl")).problems()[0]
    with manager.get("executor", "test-counting") as fresh, Sandbox() as shared:
        augmented = Augmenter(shared, fresh, max_tests=3, seed=0)(problem, [PROGRAM] * 6)
    assert (augmented.references, augmented.survivors, augmented.added) == (2, 1, 0)
    assert sorted(judged) == [("a", PROGRAM), ("a", REFERENCE)]


def test_run(judged: list[tuple[str, str]]) -> None:
    """Greedy samples of one problem are equal, in whichever batch and round they are written."""
    torch.manual_seed(0)
    problem = Problem("a", "Double it.", [TestCase.call([1], 2)], entry_point="f")
    with (
        manager.get("executor", "test-counting", isolation="program") as executor,
        Rollouts(
            manager.get("policy", "tiny").load(),
            scorer=Scorer("coarse"),
            executor=executor,
            max_prompt_tokens=40,
            batch_size=2,
            stopwatch=Stopwatch(0.0),
        ) as rollouts,
    ):
        for step in range(2):
            pending = rollouts.start(
                [problem], sampling=Sampling(0.0, 1.0, 8), copies=6, seed=0, policy_step=step
            )
            (samples,) = pending.result()
            assert len({scored.sample.program for scored in samples}) == 1
    assert len(judged) == 1
