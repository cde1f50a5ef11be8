"""How fast hosts get their rewards: single calls beside one large batch, in one run.

    python benchmarks/hosts.py [--rounds 5] [--programs 2000] [--concurrent 64]
    python benchmarks/hosts.py --sources CLONES [--usual-programs 40] [--fusion-python PYTHON]

``judge_many`` is the sandbox with all programs at once, and the rate that single calls are compared
with. Every contestant runs in turn, round after round, so that a noisy moment hits all alike; rates
and ratios are medians over the rounds, and a ratio is taken within a round. No program comes twice:
nothing is remembered. Start-up is not counted.

``--sources`` also puts each host's path beside its usual sandbox (:mod:`hosts_sandboxes`), on the
same programs. Its folder has clones of github.com/huggingface/open-r1, volcengine/verl,
huggingface/evaluate and bytedance/SandboxFusion; those that are not there are left out.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import click
import hosts_sandboxes as usual
from tabulate import tabulate

import rltf
from rltf.adapters import Grader, code_eval, problem_of, trl, verl
from rltf.adapters.grader import job_of

TESTS = [{"args": [x], "expected": x * x} for x in range(3)]
ROW = {"tests": TESTS, "entry_point": "square"}
PROBLEM = problem_of(ROW)

_numbers = itertools.count()


FUNCTION = "def square(x):\n    return x * x\n"
READS = "n = int(input())\nprint(n * n)\n"


def programs(count: int, program: str = FUNCTION) -> list[str]:
    """Right programs that were never judged before."""
    return [f"{program}# {number}\n" for number in itertools.islice(_numbers, count)]


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

    def trl(self, codes: list[str], row: dict[str, Any] = ROW) -> int:
        columns = {name: [value] * len(codes) for name, value in row.items()}
        function = trl.RewardFunction(self._grader)
        return sum(value == 1.0 for value in function(codes, **columns))

    def verl(self, codes: list[str]) -> int:
        return self._gather(lambda code: self._verl(code, usual.PRIME), codes)

    def code_eval(self, codes: list[str]) -> int:
        references = [usual.ASSERTS] * len(codes)
        workers = self._sandbox.workers
        rates, _ = code_eval.compute([[c] for c in codes], references, [1], workers)
        return round(rates["pass@1"] * len(codes))

    async def _grade_async(self, code: str) -> bool:
        (scored,) = await self._grader.grade_async([job_of(PROBLEM, code)])
        return scored.verdict.passed

    async def _verl(self, code: str, truth: dict[str, Any] = ROW) -> bool:
        workers = self._sandbox.workers
        score = await verl.compute_score("", code, truth, workers=workers, rewards="coarse")
        return bool(score["acc"])

    def _gather(self, one: Callable[[str], Coroutine[Any, Any, bool]], codes: list[str]) -> int:
        async def every() -> int:
            slots = asyncio.Semaphore(self._concurrent)

            async def in_slot(code: str) -> bool:
                async with slots:
                    return await one(code)

            return sum(await asyncio.gather(*map(in_slot, codes)))

        return asyncio.run(every())


def pairs(
    sources: Path, own: Contestants, workers: int, fusion_python: str, stack: ExitStack
) -> Iterator[tuple[str, str, usual.Judge, usual.Judge]]:
    """Yield host, program, rltf's path and the usual sandbox, for each clone that is there."""
    if (clone := sources / "open-r1").is_dir():
        row = {"verification_info": usual.OPEN_R1}
        yield "TRL, open-r1", READS, lambda codes: own.trl(list(codes), row), usual.open_r1(clone)
    if (clone := sources / "verl").is_dir():
        yield (
            "verl, prime_code",
            READS,
            lambda codes: own.verl(list(codes)),
            usual.prime_code(clone),
        )
    if (clone := sources / "evaluate").is_dir():
        theirs = usual.code_eval(clone)
        yield "HF code_eval", FUNCTION, lambda codes: own.code_eval(list(codes)), theirs
    if (clone := sources / "SandboxFusion").is_dir():
        ours = usual.sandbox_fusion(stack.enter_context(usual.rltf_server(workers)))
        server = stack.enter_context(usual.sandbox_fusion_server(clone, fusion_python))
        yield "SandboxFusion's client", READS, ours, usual.sandbox_fusion(server)


def timed(run: Callable[[list[str]], int], codes: list[str], name: str) -> float:
    """Return programs per second."""
    started = time.perf_counter()
    if run(codes) != len(codes):
        raise click.ClickException(f"{name}: not all programs passed")
    return len(codes) / (time.perf_counter() - started)


def single_calls(own: Contestants, rounds: int, count: int) -> str:
    """Return the table of single calls beside one large batch."""
    contestants = dict(own)
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            codes = programs(count if number else min(count, 64))  # the first only warms up
            rate = timed(run, codes, name)
            if number:
                rates[name].append(rate)
    rows = []
    for name, found in rates.items():
        ratios = [rate / base for rate, base in zip(found, rates["judge_many"], strict=True)]
        rows.append([name, f"{median(found):.0f}", f"{median(ratios):.2f}"])
    return tabulate(rows, headers=("contestant", "programs/s", "of judge_many"))


def usual_sandboxes(
    compared: list[tuple[str, str, usual.Judge, usual.Judge]], rounds: int, ours: int, theirs: int
) -> str:
    """Return the table of hosts' paths beside their usual sandboxes."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in compared}
    for number in range(rounds + 1):
        for name, program, own, other in compared:
            counts = (ours, theirs) if number else (min(ours, 64), 4)
            own_codes, other_codes = (programs(count, program) for count in counts)
            found = timed(own, own_codes, name), timed(other, other_codes, f"{name}, usual sandbox")
            if number:
                rates[name].append(found)
    rows = [
        [
            name,
            *(f"{median(each):.1f}" for each in zip(*found, strict=True)),
            f"{median(own / other for own, other in found):.0f}",
        ]
        for name, found in rates.items()
    ]
    return tabulate(rows, headers=("host", "rltf, programs/s", "usual sandbox", "times"))


@click.command()
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1))
@click.option("--programs", "count", default=2000, show_default=True, type=click.IntRange(min=1))
@click.option("--concurrent", default=64, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", type=click.IntRange(min=1), help="Of the sandbox.  [default: all cores]")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with clones of the hosts: also compare with their usual sandboxes.",
)
@click.option("--usual-programs", default=40, show_default=True, type=click.IntRange(min=1))
@click.option("--fusion-python", default=sys.executable, help="Runs SandboxFusion's server.")
def hosts(
    rounds: int,
    count: int,
    concurrent: int,
    workers: int | None,
    sources: Path | None,
    usual_programs: int,
    fusion_python: str,
) -> None:
    """Run all contestants and print the tables."""
    with rltf.Sandbox(workers) as sandbox, ExitStack() as stack:
        own = Contestants(sandbox, concurrent)
        click.echo(single_calls(own, rounds, count))
        if sources:
            compared = [*pairs(sources, own, sandbox.workers, fusion_python, stack)]
            if not compared:
                raise click.ClickException(
                    f"{sources} has no clone named open-r1, verl, evaluate or SandboxFusion"
                )
            click.echo("\n" + usual_sandboxes(compared, rounds, count, usual_programs))


if __name__ == "__main__":
    hosts()
