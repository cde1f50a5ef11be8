"""What a fork of a warm interpreter costs, and what makes it cheaper.

    python benchmarks/fork.py [--rounds 40]

Each variant is an interpreter of its own that forks, compiles and runs a small program, and waits. All
take turns, round after round; a ratio is taken within a round. docs/sandbox-performance.md says what
became of each.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click
from tabulate import tabulate

from rltf.sandbox.client import launch
from rltf.sandbox.client.launch import MODULES, Preload

FORKS = 50
SERVER = Path(__file__).with_name("fork_server.py")


@dataclass(frozen=True)
class Variant:
    """An interpreter to fork."""

    name: str
    preload: Preload = "stdlib"
    tricks: tuple[str, ...] = ()
    """Names of functions of fork_server.py."""
    environment: dict[str, str] = field(default_factory=dict)


VARIANTS = (
    Variant("all of the usual modules imported"),
    Variant("few modules imported", preload="slim"),
    Variant("symbols bound at start", environment={"LD_BIND_NOW": "1"}),
    Variant("program rehearsed before", tricks=("rehearse",)),
    Variant("heap in huge pages", tricks=("collapse",)),
    Variant("page tables of files copied", tricks=("touch_files",)),
    Variant("heap padded", environment={"MALLOC_TOP_PAD_": str(4 << 20)}),
    Variant("what rltf does", "slim", ("rehearse",), {"LD_BIND_NOW": "1"}),
)


class Forker:
    """A running variant."""

    def __init__(self, variant: Variant) -> None:
        environment = {k: v for k, v in launch.environment().items() if k != "LD_BIND_NOW"}
        settings = {"warm": MODULES[variant.preload], "tricks": variant.tricks}
        self._process = subprocess.Popen(
            [sys.executable, *launch.FLAGS, str(SERVER), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment | variant.environment,
        )

    def fork(self, times: int) -> tuple[float, float]:
        """Microseconds and page faults of a fork."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{times}\n")
        self._process.stdin.flush()
        us, faults = json.loads(self._process.stdout.readline())
        return us, faults

    def close(self) -> None:
        self._process.communicate()


@click.command()
@click.option("--rounds", default=40, show_default=True, type=click.IntRange(min=1))
def fork(rounds: int) -> None:
    """Measure all variants and print the table."""
    forkers = {variant.name: Forker(variant) for variant in VARIANTS}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in forkers}
    for forker in forkers.values():
        forker.fork(FORKS)  # the first ones are not like the others
    for _ in range(rounds):
        for name, forker in forkers.items():
            found[name].append(forker.fork(FORKS))
    for forker in forkers.values():
        forker.close()
    base = [us for us, _ in found[VARIANTS[0].name]]
    rows = []
    for name, figures in found.items():
        ratios = sorted(us / other for (us, _), other in zip(figures, base, strict=True))
        spread = f"{ratios[len(ratios) // 4]:.2f}-{ratios[3 * len(ratios) // 4]:.2f}"
        us = statistics.median(us for us, _ in figures)
        faults = statistics.median(faults for _, faults in figures)
        rows.append(
            (name, f"{us:,.0f}", f"{statistics.median(ratios):.2f}", spread, f"{faults:.0f}")
        )
    headers = (
        "interpreter",
        "us a fork",
        "of the first",
        "(quartiles)",
        "page faults in the child",
    )
    click.echo(f"CPython {sys.version.split()[0]}, Linux {os.uname().release}, {rounds} rounds")
    click.echo(tabulate(rows, headers=headers, disable_numparse=True))


if __name__ == "__main__":
    fork()
