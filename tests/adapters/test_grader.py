"""The grader: one sandbox a process, made when it is needed, gone when the process ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rltf import Limits, Problem, TestCase
from rltf.adapters import Grader, grader, problem_of, rows
from rltf.adapters.grader import job_of
from rltf.errors import ConfigError, PluginError
from rltf.reward import ScoredSample

PROBLEM = Problem("double", "def f(x):\n", [TestCase.call([3], 6)], entry_point="f")
RIGHT, WRONG = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
GRADER = Grader("coarse", workers=2)


def values(grader: Grader, *programs: str | None) -> list[float | None]:
    return [grader.value(each) for each in grader.grade([job_of(PROBLEM, p) for p in programs])]


def in_a_worker(grader: Grader) -> tuple[int, list[float | None]]:
    return os.getpid(), values(grader, RIGHT, WRONG)


def test_many_single_calls_get_their_own_values() -> None:
    programs = [f"{code}# {number}\n" for number in range(20) for code in (RIGHT, WRONG)]
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda program: values(GRADER, program), programs))
    assert found == [[1.0], [-0.3]] * 20

    async def one(program: str) -> float | None:
        (scored,) = await GRADER.grade_async([job_of(PROBLEM, program)])
        return GRADER.value(scored)

    async def every() -> list[float | None]:
        return await asyncio.gather(*map(one, programs))

    assert asyncio.run(every()) == [1.0, -0.3] * 20


def test_an_event_loop_goes_on_while_a_sandbox_starts() -> None:
    own = Grader(workers=1, limits=Limits(cpu_s=5))

    async def main() -> list[ScoredSample]:
        with grader._starting:  # as if it took long
            task = asyncio.create_task(own.grade_async([job_of(PROBLEM, RIGHT)]))
            for _ in range(10):
                await asyncio.sleep(0)
        return await task

    (scored,) = asyncio.run(main())
    assert own.value(scored) == 1.0


def test_a_completion_may_continue_the_prompt() -> None:
    assert values(GRADER, "    return 2 * x\n", f"So:\n```python\n{RIGHT}```", None) == [1, 1, None]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_of_a_host_starts_its_own_sandbox(method: str) -> None:
    assert values(GRADER, RIGHT) == [1.0]
    with multiprocessing.get_context(method).Pool(1) as pool:
        process, found = pool.apply(in_a_worker, (pickle.loads(pickle.dumps(GRADER)),))
    assert process != os.getpid()
    assert found == [1.0, -0.3]
    assert values(GRADER, WRONG) == [-0.3]


def test_settings_share_a_sandbox_where_they_can() -> None:
    same = Grader("fine", workers=2)._queue()
    assert same is GRADER._queue()
    assert Grader(workers=2, limits=Limits(cpu_s=3))._queue() is not same


def test_a_sandbox_is_made_late_and_closed_at_exit() -> None:
    program = (
        "from rltf.adapters import Grader, problem_of\n"
        "from rltf.adapters import grader\n"
        "from rltf.adapters.grader import job_of\n"
        "one = Grader(workers=1)\n"
        "assert not grader._queues\n"
        "problem = problem_of({'tests': ['assert f() == 1'], 'entry_point': 'f'})\n"
        "print(one.value(one.grade([job_of(problem, 'def f(): return 1')])[0]))\n"
        "print(*one._queue()._executor.pids)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    value, pids = done.stdout.splitlines()
    assert value == "1.0"
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids.split())


def test_a_sandbox_that_was_closed_gives_no_reward_and_a_new_one_does() -> None:
    own = Grader("coarse", workers=1, limits=Limits(cpu_s=4))
    assert values(own, RIGHT) == [1.0]
    own._queue()._executor.close()  # as if it had died
    with pytest.warns(UserWarning, match="unscored"):
        assert values(own, WRONG) == [None]
    grader.close()
    assert values(own, WRONG) == [-0.3]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rewards": ["coarse", "fine"]}, "rewards must be text such as coarse, not"),
        ({"executor": None}, "executor must be text"),
        ({"workers": "4"}, "workers must be a number from 1, not '4'"),
        ({"workers": 0}, "workers must be a number from 1"),
        ({"limits": {"cpu_s": 4}}, "limits must be rltf.Limits, not"),
    ],
)
def test_settings_of_another_type_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Grader(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"rewards": "fine,coars:0.5"},
            r"unknown reward 'coars'; did you mean coarse.*installed: ",
        ),
        ({"rewards": "static[rules=F821],x"}, r"unknown reward 'x' \(installed: adaptive, "),
        ({"executor": "sandbx"}, "unknown executor 'sandbx'"),
        ({"classifier": "rlft"}, "unknown classifier 'rlft'"),
    ],
)
def test_unknown_names_are_refused_where_a_grader_is_made(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(PluginError, match=message):
        Grader(**settings)


def test_rows_hold_whole_problems() -> None:
    found = rows("mini", "train")
    first = problem_of(found[0])
    assert first.task_id.startswith(found[0]["task_id"])
    assert first.tests
    assert found[0]["prompt"]
    scored = GRADER.grade(
        [job_of(problem_of(row), problem_of(row).solutions[0]) for row in found[:3]]
    )
    assert [each.verdict.status for each in scored] == ["passed"] * 3
