"""The environment in the real verifiers: loaded by its id, scored by its own task."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

vf = pytest.importorskip("verifiers.v1")

EXAMPLE = Path(__file__).parents[2] / "examples" / "rltf-verifiers"


@pytest.fixture
def taskset(monkeypatch: pytest.MonkeyPatch) -> Any:
    from verifiers.v1.utils.loaders import load_taskset

    monkeypatch.syspath_prepend(str(EXAMPLE))
    import rltf_verifiers

    config = rltf_verifiers.CodeTaskset.__orig_bases__[0].__args__[1](
        id="rltf-verifiers", split="train"
    )
    return load_taskset(config)


def scored(task: Any, answer: str) -> Any:
    from verifiers.v1.trace import AgentInfo, Trace, TraceTask

    trace = Trace(
        task=TraceTask(type=type(task).__name__, data=task.data),
        agent=AgentInfo(config=vf.AgentConfig()),
        root_reply=answer,
    )
    asyncio.run(task.score(trace))
    return trace


def test_a_right_program_has_a_higher_reward(taskset: Any) -> None:
    task = next(iter(taskset))
    assert task.data.prompt == "Read an integer and print: add 8."
    right = scored(task, "```python\nx = int(input())\nprint(x + 8)\n```")
    wrong = scored(task, "print(0)")
    assert right.rewards["tests"].value == 1.0
    assert right.metrics["passed"] == 1.0
    assert wrong.rewards["tests"].value == pytest.approx(-0.3)


def test_what_could_not_be_judged_is_a_sandbox_error(taskset: Any) -> None:
    task = next(iter(taskset))
    untested = task.with_data(problem='{"task_id": 1, "prompt": "", "tests": []}')
    with pytest.raises(vf.SandboxError, match="no tests"):
        scored(untested, "print(0)")
