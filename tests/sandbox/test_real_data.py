"""Real data, where it lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def mbpp() -> list[tuple[Problem, str]]:
    path = SHARED / "mbpp.jsonl"
    if not path.is_file():
        pytest.skip("shared/data/mbpp.jsonl is not there")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [
        (
            Problem(
                str(row["task_id"]),
                row["text"],
                [TestCase.assertion(test) for test in row["test_list"]],
                setup_code=row["test_setup_code"],
                limits=Limits(cpu_s=30),
            ),
            row["code"],
        )
        for row in rows
    ]


@pytest.mark.slow  # the tests of dataset mbpp judge them too
@pytest.mark.parametrize("isolation", ["test", "program"])
def test_every_reference_program_of_mbpp_passes(
    mbpp: list[tuple[Problem, str]], isolation: str
) -> None:
    with Sandbox(isolation=isolation) as sandbox:  # type: ignore[arg-type]
        verdicts = sandbox.judge_many(mbpp)
        failed = {
            problem.task_id: (verdict.status, verdict.error, verdict.reason)
            for (problem, _), verdict in zip(mbpp, verdicts, strict=True)
            if not verdict.passed
        }
    assert len(mbpp) == 974
    assert failed == {}


def test_every_reference_program_of_an_apps_problem_passes() -> None:
    folder = SHARED / "apps" / "4184"
    if not folder.is_dir():
        pytest.skip("shared/data/apps is not there")
    data = json.loads((folder / "input_output.json").read_text())
    tests = [
        TestCase.from_dict(
            {"args": args, "expected": expected[0] if isinstance(expected, list) else expected}
        )
        for args, expected in zip(data["inputs"], data["outputs"], strict=True)
    ]
    problem = Problem("4184", "", tests, entry_point=data["fn_name"])
    solutions = json.loads((folder / "solutions.json").read_text())
    with Sandbox() as sandbox:
        verdicts = list(sandbox.judge_many((problem, program) for program in solutions))
    assert [verdict.status for verdict in verdicts] == ["passed"] * len(solutions)
