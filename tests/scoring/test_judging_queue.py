"""The judging queue: who asks gets the verdict of their own program, whatever the others do."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rltf import Problem, Sample, TestCase, Verdict
from rltf.errors import PluginWarning, SandboxError
from rltf.scoring.judging_queue import JudgingQueue
from rltf.scoring.pipeline import Job
from rltf.verdict import TestOutcome

PROBLEM = Problem("p", "", [TestCase.stdin("", "")])


class Recorder:
    """An executor whose verdict says which program it judged; "wait" waits for the test."""

    def __init__(self) -> None:
        self.judged: Counter[str] = Counter()
        self.go = threading.Event()
        self.closed = False

    def judge(self, problem: Problem, program: str) -> Verdict:
        self.judged[program] += 1
        if program == "wait":
            self.go.wait(60)
        if program == "dies":
            raise SandboxError("no more processes")
        return Verdict.of([TestOutcome("wrong_answer", stdout=program)])

    def close(self) -> None:
        self.closed = True


def job(program: str) -> Job:
    return Job(PROBLEM, Sample("p", program))


def said(verdicts: list[Verdict]) -> list[str]:
    return [verdict.tests[0].stdout for verdict in verdicts]


@pytest.fixture
def executor() -> Recorder:
    return Recorder()


@pytest.fixture
def queue(executor: Any) -> Iterator[JudgingQueue]:
    made = JudgingQueue(executor, threads=3)
    yield made
    executor.go.set()
    made.close()


def test_threads_and_event_loops_get_their_own_verdicts(queue: JudgingQueue) -> None:
    names = [f"program {number}" for number in range(200)]

    async def ask_all() -> list[list[Verdict]]:
        return await asyncio.gather(*(queue.judge_async([job(name)]) for name in names))

    with ThreadPoolExecutor(16) as threads:
        by_threads = threads.map(lambda name: said(queue.judge([job(name)])), names)
        by_loops = list(threads.map(lambda _: asyncio.run(ask_all()), range(3)))
        assert list(by_threads) == [[name] for name in names]
    for verdicts in by_loops:
        assert list(map(said, verdicts)) == [[name] for name in names]


def test_a_batch_is_answered_in_its_order(queue: JudgingQueue) -> None:
    names = [f"program {number}" for number in range(50)]
    assert said(queue.judge(list(map(job, names)))) == names
    assert queue.judge([]) == []


def test_a_slow_program_delays_nobody_else(queue: JudgingQueue, executor: Recorder) -> None:
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(queue.judge, [job("wait"), job("behind")])
        assert said(queue.judge(list(map(job, "abcdef")))) == list("abcdef")
        assert not slow.done()
        executor.go.set()
        assert said(slow.result(60)) == ["wait", "behind"]


def test_a_program_is_judged_once_whoever_asks(queue: JudgingQueue, executor: Recorder) -> None:
    with ThreadPoolExecutor(4) as others:
        asked = [others.submit(queue.judge, [job("wait")] * 2) for _ in range(4)]
        queue.judge([job("other")])
        executor.go.set()
        assert [said(each.result(60)) for each in asked] == [["wait", "wait"]] * 4
    assert said(queue.judge([job("wait")])) == ["wait"]
    assert executor.judged == {"wait": 1, "other": 1}


def test_a_known_verdict_is_not_judged_again(queue: JudgingQueue, executor: Recorder) -> None:
    known = Verdict.unscored("no program")
    assert queue.judge([Job(PROBLEM, Sample("p", "x"), known)]) == [known]
    assert not executor.judged


def test_a_failure_of_the_executor_is_unscored_and_asked_again(
    queue: JudgingQueue, executor: Recorder
) -> None:
    for _ in range(2):
        with pytest.warns(PluginWarning, match="no more processes"):
            (verdict,) = queue.judge([job("dies")])
        assert verdict.status == "unscored"
        assert verdict.reason == "the executor failed: SandboxError: no more processes"
    assert executor.judged["dies"] == 2


def test_a_cancelled_call_leaves_the_others_alone(queue: JudgingQueue, executor: Recorder) -> None:
    async def ask() -> list[Verdict]:
        impatient = asyncio.create_task(queue.judge_async([job("wait")]))
        patient = asyncio.create_task(queue.judge_async([job("wait")]))
        await asyncio.sleep(0)
        impatient.cancel()
        executor.go.set()
        return await patient

    assert said(asyncio.run(ask())) == ["wait"]


def test_a_closed_queue_closes_its_executor(queue: JudgingQueue, executor: Recorder) -> None:
    queue.judge([job("a")])
    queue.close()
    queue.close()
    assert executor.closed
