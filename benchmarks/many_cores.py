"""Whether throughput grows with the workers: on programs that sleep, so that two cores are enough.

    python benchmarks/many_cores.py [--workers 1,2,4,8,16,32,64] [--sleep 0.1] [--rounds 3]

A program sleeps instead of computing, so a worker is busy while its core is not, and what remains
is what rltf itself costs. Each figure is the median over the rounds.

    programs/s     of all workers
    efficiency     programs/s, against so many times those of one worker
    client         CPU time of this process for each test, in microseconds
    groups         CPU time of the processes between it and the zygotes, for each test
    machine        share of all cores that is busy, by whatever; near 100 % it is too small for so
                   many workers: sleep longer

``--in-process`` has all workers served by this process, whatever their number, to compare.

The second table has the client's CPU time on programs that do not sleep, and how many workers one
client could serve: the time that a program takes a worker, through what it takes the client. A
worker's time is CPU time too, so a busy machine does not change the ratio much.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
from sandbox import MBPP, numbers
from sandbox_workloads import workloads
from tabulate import tabulate

from rltf import Problem, Sandbox, TestCase
from rltf.dataset import Isolation
from rltf.sandbox import sandbox as sandbox_module
from rltf.sandbox.groups.dispatcher import Dispatcher

IN_PROCESS = 1 << 20
TICKS = 100  # of /proc/PID/stat in a second (USER_HZ)
Items = list[tuple[Problem, str]]


@dataclass(frozen=True)
class Spent:
    """What a run took."""

    wall_s: float
    client_s: float
    groups_s: float
    workers_s: float
    """CPU time of zygotes and programs."""
    machine: float
    """Busy share of all cores."""


def sleepers(count: int, sleep_s: float) -> Items:
    problem = Problem("sleeper", "", entry_point="f", tests=(TestCase.call((1,), 2),))
    program = f"import time\n\ndef f(x):\n    time.sleep({sleep_s})\n    return x + 1\n"
    return [(problem, program)] * count


def client_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int, with_children: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_children else 13])) / TICKS


def machine_cpu() -> tuple[int, int]:
    """Busy ticks and all ticks since the machine started."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def groups_of(sandbox: Sandbox) -> list[int]:
    """The processes of its groups."""
    backend = sandbox.backend
    return [group.pids[0] for group in backend.groups] if isinstance(backend, Dispatcher) else []


def spent_on(sandbox: Sandbox, items: Items) -> Spent:
    groups = groups_of(sandbox)
    zygotes = [pid for pid in sandbox.pids if pid not in groups]

    def reading() -> list[float]:
        return [
            time.perf_counter(),
            client_cpu(),
            sum(map(cpu_of, groups)),
            sum(cpu_of(pid, with_children=True) for pid in zygotes),
            *machine_cpu(),
        ]

    before = reading()
    failed = sum(not verdict.passed for verdict in sandbox.judge_many(items))
    wall, client, group, worker, busy, ticks = (
        b - a for a, b in zip(before, reading(), strict=True)
    )
    if failed:
        raise click.ClickException(f"{failed} of {len(items)} programs failed: all are right")
    return Spent(wall, client, group, worker, busy / max(1, ticks))


@contextmanager
def warm(workers: int, items: Items, isolation: Isolation = "test") -> Iterator[Sandbox]:
    """A sandbox all of whose workers have judged something."""
    with Sandbox(workers=workers, isolation=isolation) as sandbox:
        for _ in range(3):
            list(sandbox.judge_many(items))
        yield sandbox


def sleeping(workers: list[int], sleep_s: float, seconds: float, rounds: int) -> list[list[str]]:
    rows: list[list[str]] = []
    one = 0.0
    for count in workers:
        items = sleepers(count * max(1, round(seconds / sleep_s)), sleep_s)
        with warm(count, sleepers(4 * count, sleep_s)) as sandbox:
            runs = [spent_on(sandbox, items) for _ in range(rounds)]
        speed = len(items) / median(run.wall_s for run in runs)
        one = one or speed / count
        rows.append(
            [
                str(count),
                f"{speed:,.1f}",
                f"{speed / (one * count):.2f}",
                f"{median(run.client_s for run in runs) / len(items) * 1e6:,.0f}",
                f"{median(run.groups_s for run in runs) / len(items) * 1e6:,.0f}",
                f"{median(run.machine for run in runs):.0%}",
            ]
        )
    return rows


def computing(count: int, rounds: int, mbpp: Path) -> list[list[str]]:
    """The client's share on real programs, with all workers in this process and in groups."""
    rows: list[list[str]] = []
    for workload in workloads(mbpp, programs=100):
        items = list(workload.items)
        for isolation in ("test", "program"):
            row = [workload.name, isolation]
            for in_process in (True, False):
                with served_here(in_process), warm(count, items, isolation) as sandbox:
                    runs = [spent_on(sandbox, items) for _ in range(rounds)]
                client = median(run.client_s for run in runs) / len(items)
                worker = median(run.workers_s for run in runs) / len(items)
                row += [f"{client * 1e6:,.0f}", f"{worker / client:,.0f}"]
            rows.append(row)
    return rows


@contextmanager
def served_here(is_so: bool) -> Iterator[None]:
    """Have all workers served by this process, or only a few as usual."""
    usual = sandbox_module._MOST_HERE
    sandbox_module._MOST_HERE = IN_PROCESS if is_so else usual
    try:
        yield
    finally:
        sandbox_module._MOST_HERE = usual


@click.command()
@click.option("--workers", callback=numbers, default="1,2,4,8,16,32,64", show_default=True)
@click.option("--sleep", default=0.1, show_default=True, help="Seconds that a program sleeps.")
@click.option("--seconds", default=3.0, show_default=True, help="Length of a run.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--in-process", is_flag=True, help="No groups, whatever the number of workers.")
@click.option("--computing/--no-computing", "computes", default=True, help="The second table.")
@click.option("--mbpp", default=MBPP, type=click.Path(path_type=Path), help="mbpp.jsonl.")
def many_cores(
    workers: list[int],
    sleep: float,
    seconds: float,
    rounds: int,
    in_process: bool,
    computes: bool,
    mbpp: Path,
) -> None:
    """Print the tables."""
    with served_here(in_process):
        rows = sleeping(workers, sleep, seconds, rounds)
    headers = ["workers", "programs/s", "efficiency", "client us", "groups us", "machine"]
    click.echo(tabulate(rows, headers=headers, disable_numparse=True))
    if computes:
        count = sandbox_module._MOST_HERE + 2
        headers = ["workload", "isolation", "in process: us/program", "serves", "groups", "serves"]
        click.echo("\n" + tabulate(computing(count, rounds, mbpp), headers, disable_numparse=True))


if __name__ == "__main__":
    many_cores()
