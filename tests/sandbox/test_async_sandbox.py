"""The verbs for asyncio: the same verdicts, and nothing goes on that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

DOUBLE = Problem("t", "", [TestCase.call([i], 2 * i) for i in range(3)], entry_point="f")
ASSERTS = Problem("a", "", [TestCase.assertion("assert f(1) + 0 == 2")], limits=Limits(cpu_s=60))
RIGHT, WRONG = "def f(x): return 2 * x", "def f(x): return 0"
ENDLESS = "def f(x):\n    while True: pass"
ITEMS = [(DOUBLE, RIGHT if i % 3 else WRONG) for i in range(20)]
EXPECTED = ["passed" if i % 3 else "wrong_answer" for i in range(20)]


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with Sandbox(workers=2, limits=Limits(cpu_s=60)) as made:
        yield made


async def slowly(items: list[tuple[Problem, str]]) -> AsyncIterator[tuple[Problem, str]]:
    for item in items:
        await asyncio.sleep(0.001)
        yield item


def programs(sandbox: Sandbox) -> list[str]:
    """Processes of programs that run now."""
    found = []
    for pid in sandbox.pids:
        with contextlib.suppress(FileNotFoundError):
            found += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return found


async def eventually_runs(sandbox: Sandbox) -> None:
    while not programs(sandbox):
        await asyncio.sleep(0.01)


def test_one_verdict(own: Sandbox) -> None:
    async def main() -> list[str]:
        verdicts = await asyncio.gather(
            *(own.judge_async(DOUBLE, program) for program in (RIGHT, WRONG, RIGHT))
        )
        return [verdict.status for verdict in verdicts]

    assert asyncio.run(main()) == ["passed", "wrong_answer", "passed"]


@pytest.mark.parametrize("source", [list, slowly])
def test_many_come_in_order(own: Sandbox, source: type[list] | object) -> None:
    async def main() -> list[str]:
        return [verdict.status async for verdict in own.judge_many_async(source(ITEMS))]  # type: ignore[operator]

    assert asyncio.run(main()) == EXPECTED


@pytest.mark.parametrize("source", [list, slowly])
def test_as_completed_gives_every_index_once(own: Sandbox, source: object) -> None:
    async def main() -> dict[int, str]:
        found = {}
        async for index, verdict in own.judge_many_async(source(ITEMS), as_completed=True):  # type: ignore[operator]
            assert index not in found
            found[index] = verdict.status
        return found

    found = asyncio.run(main())
    assert [found[i] for i in range(len(ITEMS))] == EXPECTED


@pytest.mark.parametrize("as_completed", [False, True])
def test_nothing_to_judge_is_no_verdict(own: Sandbox, as_completed: bool) -> None:
    async def main() -> list[object]:
        return [found async for found in own.judge_many_async([], as_completed=as_completed)]  # type: ignore[call-overload]

    assert asyncio.run(main()) == []


def test_it_takes_only_what_it_needs(own: Sandbox) -> None:
    taken = 0

    def items() -> Iterator[tuple[Problem, str]]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield DOUBLE, RIGHT

    async def main() -> None:
        verdicts = own.judge_many_async(items())
        assert (await anext(verdicts)).passed
        await asyncio.sleep(0.2)
        assert taken <= 10
        await verdicts.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())


def test_a_source_that_waits_holds_no_verdict_back(own: Sandbox) -> None:
    async def main() -> None:
        seen = asyncio.Event()

        async def items() -> AsyncIterator[tuple[Problem, str]]:
            yield DOUBLE, RIGHT
            await seen.wait()  # for ever, where the first verdict waits for the second item
            yield DOUBLE, WRONG

        verdicts = own.judge_many_async(items())
        assert (await asyncio.wait_for(anext(verdicts), 60)).passed
        seen.set()
        assert [verdict.status async for verdict in verdicts] == ["wrong_answer"]

    asyncio.run(main())


@pytest.mark.parametrize("as_completed", [False, True])
def test_an_error_of_the_source_is_the_callers(own: Sandbox, as_completed: bool) -> None:
    """After the verdicts of what came before it."""

    def items() -> Iterator[tuple[Problem, str]]:
        yield DOUBLE, RIGHT
        raise KeyError("the source broke")

    async def main() -> None:
        verdicts = own.judge_many_async(items(), as_completed=as_completed)  # type: ignore[call-overload]
        assert await anext(verdicts)
        with pytest.raises(KeyError, match="the source broke"):
            await anext(verdicts)

    asyncio.run(main())


@pytest.mark.parametrize("problem", [DOUBLE, ASSERTS], ids=["call", "assert"])
def test_a_cancelled_task_frees_its_worker(own: Sandbox, problem: Problem) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(own.judge_async(problem, ENDLESS)) for _ in range(6)]
        await eventually_runs(own)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        # both workers are free long before an endless program has used its minute of CPU time
        verdicts = await asyncio.wait_for(
            asyncio.gather(*(own.judge_async(DOUBLE, RIGHT) for _ in range(4))), 50
        )
        assert all(verdict.passed for verdict in verdicts)
        assert not programs(own)

    asyncio.run(main())


def test_an_iteration_that_ends_early_ends_its_programs(own: Sandbox) -> None:
    async def main() -> None:
        items = [(DOUBLE, RIGHT), *[(DOUBLE, ENDLESS)] * 6]
        verdicts = own.judge_many_async(items)
        async for verdict in verdicts:
            assert verdict.passed
            break
        await verdicts.aclose()  # type: ignore[attr-defined]
        assert (await asyncio.wait_for(own.judge_async(DOUBLE, RIGHT), 50)).passed

    asyncio.run(main())
    assert own.judge(DOUBLE, RIGHT).passed


def test_runs_are_awaited_and_cancelled_like_verdicts(own: Sandbox) -> None:
    async def main() -> list[str]:
        results = await asyncio.gather(
            *(own.run_async("print(int(input()) * 2)", str(i)) for i in range(5))
        )
        endless = asyncio.ensure_future(own.run_async("while True: pass"))
        await eventually_runs(own)
        endless.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless
        after = await own.run_async("print('after')")
        return [result.stdout for result in (*results, after)]

    assert asyncio.run(main()) == [*(f"{2 * i}\n" for i in range(5)), "after\n"]


def test_a_sandbox_that_is_closed_right_after_a_cancellation_does_not_wait() -> None:
    async def main() -> None:
        with Sandbox(workers=1, limits=Limits(cpu_s=3600)) as sandbox:
            endless = asyncio.create_task(sandbox.judge_async(DOUBLE, ENDLESS))
            await eventually_runs(sandbox)
            endless.cancel()  # the loop has no turn before the sandbox is closed
        with pytest.raises(asyncio.CancelledError):
            await endless

    asyncio.run(main())
