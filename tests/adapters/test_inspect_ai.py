"""The scorer in the real inspect_ai."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rltf.adapters.inspect_ai import rltf_scorer

pytest.importorskip("inspect_ai")

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.solver import solver

RIGHT, WRONG = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
TESTS = {"tests": [{"args": [3], "expected": 6}], "entry_point": "f"}


def run(samples: list[Sample], answers: list[str], folder: Path) -> Any:
    written = iter(answers)

    @solver
    def writer() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            # not generate(): counting tokens would need a network
            state.output = ModelOutput.from_content("mockllm/model", next(written))
            return state

        return solve

    (log,) = eval(
        Task(dataset=samples, solver=writer(), scorer=rltf_scorer("coarse,adaptive")),
        model="mockllm/model",
        log_dir=str(folder),
        display="none",
        max_samples=1,
        fail_on_error=False,
    )
    return log


def test_right_programs_are_correct_and_others_are_not(tmp_path: Path) -> None:
    asserts = Sample(input="Write f.", target="assert f(3) == 6")
    untested = Sample(input="Write f.", metadata={"tests": []})
    tested, again = (Sample(input="Write f.", metadata=TESTS) for _ in range(2))
    answers = [f"Here:\n```python\n{RIGHT}```", WRONG, RIGHT, RIGHT]
    log = run([tested, again, asserts, untested], answers, tmp_path)
    assert log.status == "success"
    scores = [sample.scores["rltf"] for sample in log.samples]
    assert [score.value for score in scores[:3]] == ["C", "I", "C"]
    assert scores[1].metadata["rewards"]["adaptive"] == pytest.approx(-0.3)
    assert scores[1].metadata["status"] == "wrong_answer"
    assert scores[3].value != scores[3].value  # NaN: unscored
    (result,) = log.results.scores
    assert result.metrics["accuracy"].value == pytest.approx(2 / 3)
    assert (result.scored_samples, result.unscored_samples) == (3, 1)


def test_a_sample_without_tests_is_an_error(tmp_path: Path) -> None:
    log = run([Sample(input="Write f.", metadata={"level": 1})], [RIGHT], tmp_path)
    assert "the row has no tests: its columns are level" in log.samples[0].error.message
