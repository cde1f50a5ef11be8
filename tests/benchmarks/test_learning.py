"""benchmarks/learning.py: means over seeds, rows compared on the same seeds, and what rows need."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import learning_runs
from learning import table_lines, wrong_passes
from learning_inputs import (
    save_policy,
    write_augmented_tests,
    write_first_tests,
)
from learning_rows import ROWS, SIZES, TABLES, Table
from learning_runs import KEPT, METRICS, SAMPLING, STEPS, Bench, Outcome, count_passes, keep

from rltf import Problem
from rltf.plugins.datasets.file import FileDataset
from rltf.plugins.datasets.mini import MiniDataset


class FewProblems(MiniDataset):
    """Four solved and four unsolved training problems, and a held-out one."""

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        train = super().problems("train")
        few = [
            *[problem for problem in train if problem.solutions][:4],
            *[problem for problem in train if not problem.solutions][:4],
            super().problems("test")[0],
        ]
        return [problem for problem in few if split in (None, problem.split)]


def test_a_row_is_compared_with_the_first_on_the_same_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_runs, "KEPT", tmp_path)
    table = Table("rewards", ("coarse", "coarse-fine"))
    bench = Bench("mini", tmp_path / "runs", STEPS)
    kept = {"coarse": (0.4, 0.6), "coarse-fine": (0.5, 0.7, 0.9)}
    for row, after in kept.items():
        for seed, share in enumerate(after):
            outcome = Outcome(row, seed, "", "", {}, 0.3, share, {}, 640, 64, 9.0, [], {})
            keep(outcome, bench.kept / f"{row}-{seed}.json")
    assert list(table_lines(table, bench.outcome, 2)) == [
        ["coarse", "2", "30.0 ± 0.0", "50.0 ± 127.1", "", "640", "64", ""],
        ["coarse-fine", "2", "30.0 ± 0.0", "60.0 ± 127.1", "10.0 ± 0.0", "640", "64", ""],
    ]
    _, more = table_lines(table, bench.known, 3)
    assert more == ["coarse-fine", "3", "30.0 ± 0.0", "70.0 ± 49.7", "10.0 ± 0.0", "640", "64", ""]


def test_what_is_kept_is_of_rows_that_exist() -> None:
    for file in KEPT.glob("*/*.json"):
        outcome = Outcome(**json.loads(file.read_text()))
        assert file.stem == f"{outcome.row}-{outcome.seed}"
        assert outcome.options == ROWS[outcome.row].options


def test_what_is_kept_has_the_metrics_of_each_round() -> None:
    for file in KEPT.glob("*/*.json"):
        outcome = Outcome(**json.loads(file.read_text()))
        if outcome.experiences and not ROWS[outcome.row].samples_of:
            assert set(outcome.rounds) == set(METRICS)
            steps = outcome.rounds["step"]
            assert steps[0] == 1
            assert outcome.held_out[-1][0] - steps[-1] < SAMPLING["refresh_every"]


def test_every_row_of_a_table_is_a_configuration() -> None:
    named = {row for table in TABLES.values() for row in table.rows}
    assert named <= set(ROWS)
    used = {name for row in ROWS.values() for name in (row.samples_of, row.critic_of) if name}
    assert named | used == set(ROWS)


def test_policies_of_another_size_are_used() -> None:
    assert set(SIZES) <= {row.policy for row in ROWS.values()}


def test_the_larger_policy_has_three_times_the_parameters(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    save_policy(SIZES["tiny-3m"], 0, tmp_path / "tiny-3m")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny-3m")
    assert 3e6 < sum(parameter.numel() for parameter in model.parameters()) < 4e6
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-3m"]


def test_first_tests_leaves_one_test_to_each_training_problem(tmp_path: Path) -> None:
    write_first_tests(FewProblems(), tmp_path / "first.jsonl")
    written = FileDataset(tmp_path / "first.jsonl").problems()
    *train, held_out = FewProblems().problems()
    assert [len(each.tests) for each in written] == [1] * len(train) + [len(held_out.tests)]
    assert [each.solutions for each in written] == [each.solutions for each in [*train, held_out]]


def test_augmented_tests_catch_a_wrong_sample_that_the_first_test_accepts(tmp_path: Path) -> None:
    dataset = FewProblems()
    unsolved = next(problem for problem in dataset.problems("train") if not problem.solutions)
    wrong = tmp_path / "samples.jsonl"
    program = constant(unsolved)
    wrong.write_text(json.dumps({"task_id": unsolved.task_id, "program": program}) + "\n")
    write_augmented_tests(dataset, wrong, tmp_path / "augmented.jsonl")
    written = {each.task_id: each for each in FileDataset(tmp_path / "augmented.jsonl").problems()}
    assert list(written) == [each.task_id for each in dataset.problems()]
    assert len(written[unsolved.task_id].tests) > 1
    assert written[unsolved.task_id].solutions == ()


def test_a_sample_that_only_the_first_test_accepts_has_passed_wrongly(tmp_path: Path) -> None:
    dataset = FewProblems()
    problem, *_ = dataset.problems("train")
    right, wrong = dataset.reference(problem.task_id), constant(problem)
    samples = tmp_path / "samples.jsonl"
    found = [(right, "passed"), (wrong, "passed"), (wrong, "passed"), ("", "wrong_answer")]
    lines = [
        {"task_id": problem.task_id, "solution": program, "status": status}
        for program, status in found
    ]
    samples.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert count_passes(samples, dataset.problems("train")) == (3, 2)
    assert wrong_passes([(3, 2), (1, 0)]) == "50.0 % of 4"
    assert wrong_passes([]) == ""


def constant(problem: Problem) -> str:
    """Return a program that gives the expected output of the first test whatever the input."""
    test = problem.tests[0]
    if test.kind == "call":
        return f"def f(x):\n    return {test.expected!r}\n"
    return f"print({test.output!r}, end='')\n"
