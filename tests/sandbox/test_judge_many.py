"""judge_many: what it does beside judging."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from rltf import Limits, Problem, Verdict
from rltf.sandbox.backend import JobStream
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.judge_many import judge_many
from rltf.sandbox.judging.worker import Worker
from rltf.sandbox.local_backend import LocalBackend

PROBLEM = Problem("t", "")
ITEMS = [(PROBLEM, str(number)) for number in range(100)]


def echo(problem: Problem, program: str) -> Verdict:
    """A judge that tells its programs apart."""
    return Verdict("passed", reason=program)


@contextmanager
def threads(number: int) -> Iterator[LocalBackend]:
    """A backend whose zygotes nobody needs."""
    backend = LocalBackend([Worker("test", ZygoteSet(), False)] * number, Limits())
    try:
        yield backend
    finally:
        backend.close()


def test_two_streams_share_the_threads() -> None:
    """One whose caller has stopped asking does not hold up the other."""
    with threads(1) as backend:
        first = judge_many(iter(ITEMS), JobStream(backend, echo), 4, False)
        assert next(first).reason == "0"
        second = judge_many(iter(ITEMS), JobStream(backend, echo), 4, False)
        assert [verdict.reason for verdict in second] == [program for _, program in ITEMS]
        assert next(first).reason == "1"


@pytest.mark.parametrize("as_completed", [False, True])
def test_what_judging_raises_is_the_callers(as_completed: bool) -> None:
    def judge(problem: Problem, program: str) -> Verdict:
        raise LookupError(program)

    with threads(2) as backend, pytest.raises(LookupError, match="0"):
        next(judge_many(ITEMS[:1], JobStream(backend, judge), 4, as_completed))


def test_a_backend_that_is_closed_leaves_nobody_waiting() -> None:
    may_go_on = threading.Event()

    def judge(problem: Problem, program: str) -> Verdict:
        may_go_on.wait()
        return echo(problem, program)

    with threads(1) as backend, ThreadPoolExecutor(1) as taker:
        verdicts = judge_many(iter(ITEMS), JobStream(backend, judge), 40, False)
        found = taker.submit(lambda: [verdict.reason for verdict in verdicts])
        backend.close(wait=False)
        may_go_on.set()
        with pytest.raises(RuntimeError):
            found.result(timeout=60)


def test_items_are_taken_no_further_ahead_than_asked() -> None:
    taken: list[int] = []

    def items():  # type: ignore[no-untyped-def]
        for number, item in enumerate(ITEMS):
            taken.append(number)
            yield item

    with threads(2) as backend:
        verdicts = judge_many(items(), JobStream(backend, echo), 8, False)
        next(verdicts)
        assert len(taken) <= 9


def test_what_was_judged_before_a_fault_is_given_first() -> None:
    def judge(problem: Problem, program: str) -> Verdict:
        if program == "2":
            raise LookupError(program)
        return echo(problem, program)

    with threads(1) as backend:
        verdicts = judge_many(ITEMS[:4], JobStream(backend, judge), 8, False)
        assert [next(verdicts).reason, next(verdicts).reason] == ["0", "1"]
        with pytest.raises(LookupError, match="2"):
            next(verdicts)


def test_a_source_that_fails_loses_no_verdict_that_is_there() -> None:
    def items():  # type: ignore[no-untyped-def]
        yield from ITEMS[:3]
        raise OSError("no more")

    with threads(1) as backend:
        verdicts = judge_many(items(), JobStream(backend, echo), 2, False)
        assert [next(verdicts).reason, next(verdicts).reason] == ["0", "1"]
        with pytest.raises(OSError, match="no more"):
            next(verdicts)
