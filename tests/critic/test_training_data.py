"""Where programs and their outcomes are read from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rltf.critic.outcome import outcome
from rltf.critic.training_data import SampledProgram, examples, judge, read_programs
from rltf.dataset import DataError, LoadedDataset
from rltf.problem import Problem, TestCase
from rltf.samples.verdict_line import verdict_to_dict
from rltf.sandbox import Sandbox
from rltf.verdict import STATUSES, TestOutcome, Verdict

TESTS = [TestCase.stdin("1\n", "1\n", visible=True), TestCase.stdin("2\n", "2\n")]
PROBLEMS = [
    Problem(f"d/{n}", f"Echo {n}.", tests=TESTS, solutions=["print(input())", "a"])
    for n in range(12)
]
DATASET = LoadedDataset("d", "d/", ("",), PROBLEMS)


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_every_status_has_a_class_but_unscored() -> None:
    assert [outcome(status) for status in STATUSES] == [0, 1, 1, 1, 1, 1, 1, 2, 3]
    assert outcome("unscored") is None


def test_the_samples_of_a_run(tmp_path: Path) -> None:
    run = {"task_id": "d/1", "sample": 0, "greedy": True, "program": "a", "status": "passed"}
    write(tmp_path / "samples.jsonl", run, run | {"program": "b", "status": "timeout"}, run)
    expected = [
        SampledProgram(PROBLEMS[1], "a", "passed"),
        SampledProgram(PROBLEMS[1], "b", "timeout"),
    ]
    assert read_programs(tmp_path, DATASET) == expected
    assert read_programs(tmp_path / "samples.jsonl", DATASET) == expected


def test_verdicts_beside_the_samples_count_over_the_hidden_tests(tmp_path: Path) -> None:
    samples = [{"task_id": "1", "solution": text} for text in ("a", "b", "c")]
    write(tmp_path / "samples.jsonl", *samples)
    verdict = Verdict.of([TestOutcome("runtime_error"), TestOutcome("wrong_answer")])
    line = {"task_id": "d/1", "sample": 1, "rewards": {}, "schema": 1, **verdict_to_dict(verdict)}
    write(tmp_path / "verdicts.jsonl", line)
    statuses = [program.status for program in read_programs(tmp_path, DATASET)]
    assert statuses == [None, "wrong_answer", None]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named = write(elsewhere / "s.jsonl", *samples)
    assert [program.status for program in read_programs(named, DATASET)] == [None] * 3
    assert read_programs(named, DATASET, tmp_path / "verdicts.jsonl")[1].status == "wrong_answer"


def test_what_has_no_verdict_is_judged() -> None:
    programs = [
        SampledProgram(PROBLEMS[0], "print(input())", None),
        SampledProgram(PROBLEMS[0], "not run", "timeout"),
        SampledProgram(PROBLEMS[1], "print(1)", None),
        SampledProgram(PROBLEMS[1], "print(", None),
    ]
    with Sandbox(workers=1) as sandbox:
        statuses = [program.status for program in judge(programs, sandbox)]
    assert statuses == ["passed", "timeout", "wrong_answer", "syntax_error"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"task_id": "d/99", "program": "a"}, r"line 1: dataset d has no task 'd/99'"),
        (
            {"task_id": "d/1", "program": "a", "status": "fine"},
            r"line 1: there is no status 'fine'",
        ),
        ({"task_id": "d/1", "sample": 0, "status": "passed", "tests": []}, r"line 1: must be "),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_programs(write(tmp_path / "s.jsonl", line), DATASET)


def test_verdicts_that_are_none_are_named(tmp_path: Path) -> None:
    samples = write(tmp_path / "s.jsonl", {"task_id": "d/1", "solution": "a"})
    verdicts = write(tmp_path / "v.jsonl", {"task_id": "d/1"})
    with pytest.raises(DataError, match=r"v\.jsonl, line 1: \"schema\" must be 1"):
        read_programs(samples, DATASET, verdicts)


def test_no_samples_at_all_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no samples"):
        read_programs(write(tmp_path / "s.jsonl"), DATASET)


def test_references_of_the_problems_to_learn_from_join_in_as_passed() -> None:
    programs = [SampledProgram(problem, "a", "wrong_answer") for problem in PROBLEMS]
    made = examples(programs, seed=0)
    assert {example.outcome for example in made.held_out} == {2}
    held_out = {example.problem.task_id for example in made.held_out}
    assert len(held_out) == 1
    assert held_out.isdisjoint(example.problem.task_id for example in made.train)
    # The reference program "a" was sampled too, and its verdict stands.
    added = [example for example in made.train if example.outcome == 3]
    assert [example.program for example in added] == ["print(input())"] * 11
    assert made.references == 11
    assert len(made.train) == 22


def test_another_seed_holds_out_another_problem() -> None:
    programs = [SampledProgram(problem, "b", "passed") for problem in PROBLEMS]
    names = {examples(programs, seed).held_out[0].problem.task_id for seed in range(6)}
    assert len(names) > 1


def test_one_problem_is_not_enough() -> None:
    programs = [
        SampledProgram(PROBLEMS[0], "a", "passed"),
        SampledProgram(PROBLEMS[0], "b", "timeout"),
        SampledProgram(PROBLEMS[1], "b", "unscored"),
    ]
    with pytest.raises(DataError, match="at least two problems, not of 1"):
        examples(programs, seed=0)
