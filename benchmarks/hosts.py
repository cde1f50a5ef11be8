"""How fast hosts get their rewards: single calls beside one large batch, in one run.

    python benchmarks/hosts.py [--rounds 5] [--programs 2000] [--concurrent 64]

``judge_many`` is the sandbox with all programs at once, and the rate that single calls are compared
with. Every contestant runs in turn, round after round, so that a noisy moment hits all alike; rates
and ratios are medians over the rounds, and a ratio is taken within a round. No program comes twice:
nothing is remembered. Start-up is not counted.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import click
from tabulate import tabulate

import rltf
from rltf.adapters import Grader, problem_of, trl, verl
from rltf.adapters.grader import job_of

TESTS = [{"args": [x], "expected": x * x} for x in range(3)]
ROW = {"tests": TESTS, "entry_point": "square"}
PROBLEM = problem_of(ROW)

_numbers = itertools.count()


def programs(count: int) -> list[str]:
    """Right programs that were never judged before."""
    return [
        f"def square(x):\n    return x * x  # {number}\n"
        for number in itertools.islice(_numbers, count)
    ]


class Contestants:
    """The ways to have programs judged; each takes them and returns how many passed."""

    def __init__(self, sandbox: rltf.Sandbox, concurrent: int) -> None:
        self._sandbox = sandbox
        self._concurrent = concurrent
        self._grader = Grader("coarse", workers=sandbox.workers)
        self._threads = ThreadPoolExecutor(concurrent)

    def __iter__(self) -> Iterator[tuple[str, Callable[[list[str]], int]]]:
        yield "judge_many", self.judge_many
        yield "Sandbox.judge, threads", self.judge
        yield "Grader, threads", self.grade
        yield "Grader, asyncio", lambda codes: self._gather(self._grade_async, codes)
        yield "verl compute_score, asyncio", lambda codes: self._gather(self._verl, codes)
        yield "TRL coarse, one batch", self.trl

    def judge_many(self, codes: list[str]) -> int:
        verdicts = self._sandbox.judge_many((PROBLEM, code) for code in codes)
        return sum(verdict.passed for verdict in verdicts)

    def judge(self, codes: list[str]) -> int:
        one = self._sandbox.judge
        return sum(v.passed for v in self._threads.map(lambda code: one(PROBLEM, code), codes))

    def grade(self, codes: list[str]) -> int:
        def one(code: str) -> bool:
            (scored,) = self._grader.grade([job_of(PROBLEM, code)])
            return scored.verdict.passed

        return sum(self._threads.map(one, codes))

    def trl(self, codes: list[str]) -> int:
        columns = {name: [value] * len(codes) for name, value in ROW.items()}
        function = trl.RewardFunction(self._grader)
        return sum(value == 1.0 for value in function(codes, prompts=codes, **columns))

    async def _grade_async(self, code: str) -> bool:
        (scored,) = await self._grader.grade_async([job_of(PROBLEM, code)])
        return scored.verdict.passed

    async def _verl(self, code: str) -> bool:
        workers = self._sandbox.workers
        score = await verl.compute_score("", code, ROW, workers=workers, rewards="coarse")
        return bool(score["acc"])

    def _gather(self, one: Callable[[str], Coroutine[Any, Any, bool]], codes: list[str]) -> int:
        async def every() -> int:
            slots = asyncio.Semaphore(self._concurrent)

            async def in_slot(code: str) -> bool:
                async with slots:
                    return await one(code)

            return sum(await asyncio.gather(*map(in_slot, codes)))

        return asyncio.run(every())


@click.command()
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1))
@click.option("--programs", "count", default=2000, show_default=True, type=click.IntRange(min=1))
@click.option("--concurrent", default=64, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", type=click.IntRange(min=1), help="Of the sandbox.  [default: all cores]")
def hosts(rounds: int, count: int, concurrent: int, workers: int | None) -> None:
    """Run all contestants and print the table."""
    with rltf.Sandbox(workers) as sandbox:
        contestants = dict(Contestants(sandbox, concurrent))
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(rounds + 1):
            for name, run in contestants.items():
                codes = programs(count if number else min(count, 64))  # the first only warms up
                started = time.perf_counter()
                if run(codes) != len(codes):
                    raise click.ClickException(f"{name}: not all programs passed")
                if number:
                    rates[name].append(count / (time.perf_counter() - started))
    rows = []
    for name, found in rates.items():
        ratios = [rate / base for rate, base in zip(found, rates["judge_many"], strict=True)]
        rows.append([name, f"{median(found):.0f}", f"{median(ratios):.2f}"])
    click.echo(tabulate(rows, headers=("contestant", "programs/s", "of judge_many")))


if __name__ == "__main__":
    hosts()
