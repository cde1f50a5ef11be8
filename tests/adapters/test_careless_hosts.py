"""A host's mistake is one line, and what a model writes is never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rltf.adapters import Grader, code_eval, openrlhf, problem_of, slime, trl, verl
from rltf.adapters.grader import job_of
from rltf.adapters.nemo_rl import CodeEnvironment
from rltf.errors import RltfError, SandboxError

RIGHT, BROKEN = "def f(x):\n    return 2 * x\n", "def f(\n"
TESTS = ["assert f(3) == 6"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trl.coarse(None), "completions must be a list, not None"),
        (lambda: trl.coarse(RIGHT, tests=[TESTS]), "completions must be a list, not 'def f"),
        (lambda: trl.coarse(iter([RIGHT]), tests=[TESTS]), "completions must be a list, not <list"),
        (
            lambda: trl.coarse([RIGHT], prompts=["a", "b"], tests=[TESTS]),
            "prompts has 2 values for 1 completions",
        ),
        (
            lambda: trl.coarse([RIGHT], tests=np.array([TESTS] * 2)),
            "column 'tests' has 2 values for 1 completions",
        ),
        (
            lambda: verl.compute_scores(["d"], [RIGHT, RIGHT], [TESTS]),
            "ground_truths has 1 values for 2 solution_strs",
        ),
        (
            lambda: openrlhf.reward_func([RIGHT], [], [TESTS]),
            "prompts has 0 values for 1 queries",
        ),
        (
            lambda: CodeEnvironment().step([[]], None),
            "metadata must be a list, not None",
        ),
        (
            lambda: CodeEnvironment().step([[]], [None]),
            "a row must map columns to values, not None",
        ),
        (lambda: code_eval.compute([[RIGHT]], TESTS, k=[0]), "k must hold numbers from 1"),
        (lambda: code_eval.compute([[RIGHT]], TESTS, k=1), "k must be a list, not 1"),
        (lambda: code_eval.compute([[RIGHT]], TESTS, timeout=-1), "timeout: limits: cpu_s must be"),
        (lambda: problem_of({"dataset": 5, "task_id": 1}), "'dataset' must be text, not 5"),
        (
            lambda: problem_of({"input_output": {"inputs": [1], "outputs": [1], "fn_name": 5}}),
            "'fn_name' must be text, not 5",
        ),
    ],
)
def test_a_mistake_is_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(RltfError) as raised:
        call()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_columns_may_be_arrays() -> None:
    completions, tests = np.array([RIGHT, BROKEN], dtype=object), np.array([TESTS] * 2)
    assert trl.coarse(completions, prompts=np.array(["a", "b"]), tests=tests) == [1.0, -1.0]


def test_a_program_that_no_reward_applies_to_is_no_exception() -> None:
    """``adaptive`` is for programs that run; a host without ``None`` gets 0."""
    settings = {"rewards": "adaptive", "workers": 2}
    for extra_info in (None, ["of another type"]):
        score = asyncio.run(verl.compute_score("d", BROKEN, TESTS, extra_info, **settings))
        assert (score["score"], score["status"]) == (0.0, "syntax_error")
    sample = SimpleNamespace(label=TESTS, prompt="", response=BROKEN, metadata=None)
    assert asyncio.run(slime.custom_rm(None, sample)) == -1.0
    assert trl.adaptive([BROKEN], tests=[TESTS]) == [None]


def test_a_sample_that_could_not_be_judged_never_gets_0() -> None:
    grader = Grader("adaptive", workers=2)
    problem = problem_of({"tests": ["assert True = 1"]})
    (scored,) = grader.grade([job_of(problem, RIGHT)])
    with pytest.raises(SandboxError, match="could not be scored: the test itself is broken"):
        grader.reward(scored)


def test_a_sample_whose_reward_failed_never_gets_0(monkeypatch: pytest.MonkeyPatch) -> None:
    from rltf.adapters import grader as module
    from rltf.scoring.scorer import Scorer

    def broken(judged: object) -> None:
        raise OSError("the reward's own server is gone")

    own = Grader("adaptive", workers=2)
    scorer = Scorer("adaptive")
    scorer._rewards["adaptive"] = broken
    monkeypatch.setattr(module, "_scorer", lambda *_: scorer)
    with pytest.warns(UserWarning, match="server is gone"):
        (scored,) = own.grade([job_of(problem_of({"tests": TESTS}), RIGHT)])
    with pytest.raises(SandboxError, match="server is gone"):
        own.reward(scored)
