"""What grows while hundreds of thousands of tests run: memory, descriptors, processes, threads.

    python benchmarks/soak.py [--tests 200000] [--workers 2]

Good and bad programs are judged in both isolations. Every tenth of the way, between two programs, the
table shows this process and each zygote. What the first tenth needs is the warm-up; growth after it is
the finding. The exit code is 1 when something grew, a zygote was replaced, or a verdict was wrong.

It reads a zygote's memory and descriptors in /proc, which the kernel shows to root alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import click
from tabulate import tabulate

from rltf import Limits, Problem, Sandbox, TestCase

MIB = 1024 * 1024
_ALLOWED_MB = 4.0
"""Growth of a process that is noise: the allocator's and the interpreter's caches."""
_BATCH = 2000
"""Tests judged with one isolation before the other has its turn."""
_FAREWELL_S = 2.0
"""Time that a program's process has to be gone when its verdict is there."""


@dataclass(frozen=True)
class Case:
    """A program, the problem it is for, and the status that its verdict must have."""

    problem: Problem
    program: str
    status: str


@dataclass(frozen=True)
class Figures:
    """What a process holds. MiB, MiB, and a count."""

    rss: float
    private: float
    descriptors: int


_NONE = (0, Figures(0, 0, 0))


@dataclass(frozen=True)
class Mark:
    """What there is at one moment between two programs."""

    held: dict[str, tuple[int, Figures]]
    """Process id and figures of this process and of every zygote, by name."""
    processes: int
    """All processes below this one."""
    threads: int
    """Of this one."""

    @property
    def left(self) -> int:
        """Processes that outlive the programs that they ran."""
        return self.processes - (len(self.held) - 1)


def cases() -> list[Case]:
    """Programs of every kind, in the proportions of a training run: most end well, or nearly."""
    quick = Limits(cpu_s=0.05, wall_s=0.1, memory_mb=64, output_bytes=4096)
    numbers = [(i, 2 * i) for i in range(20)]
    lines = Problem("stdin", "", [TestCase.stdin(f"{i}\n", f"{double}\n") for i, double in numbers])
    calls = Problem("call", "", [TestCase.call([i], d) for i, d in numbers], entry_point="f")
    literal = Problem(
        "literal", "", [TestCase.assertion(f"assert f({i}) == {d}") for i, d in numbers]
    )
    code = Problem(
        "code", "", [TestCase.assertion(f"x = f({i}); assert x == {d}") for i, d in numbers[:6]]
    )
    bad_script = Problem("bad", "", [TestCase.stdin("", "")], limits=quick)
    bad_function = Problem(
        "bad-code", "", [TestCase.assertion("x = f(1); assert x == 2")], limits=quick
    )
    script = "print(2 * int(input()))"
    function = "def f(x):\n    return 2 * x"
    bad = {
        "import time; time.sleep(9)": "timeout",
        "while True: pass": "timeout",
        "import os; os.abort()": "crashed",
        "x = bytearray(1 << 30)": "memory_limit",
        "print('x' * 9999)": "output_limit",
        "import socket; socket.socket()": "forbidden",
        "import sys; sys.exit(3)": "runtime_error",
        "def": "syntax_error",
    }
    good = [
        Case(lines, script, "passed"),
        Case(calls, function, "passed"),
        Case(literal, function, "passed"),
        Case(code, function, "passed"),
        Case(lines, "print(0)", "wrong_answer"),
        Case(calls, "def f(x):\n    return [x]", "wrong_answer"),
        Case(code, "def f(x):\n    raise KeyError(x)", "runtime_error"),
        Case(calls, "import numpy as np\ndef f(x):\n    return int(np.int64(2) * x)", "passed"),
        Case(lines, f"import threading\ndef main():\n    {script}\n"
             "threading.Thread(target=main).start()", "passed"),
    ]  # fmt: skip
    wrong = [
        Case(bad_script, program, status) for program, status in bad.items()
    ] + [
        Case(bad_function, f"def f(x):\n    {program}", status)
        for program, status in bad.items() if status != "output_limit"
    ]  # fmt: skip
    return [*good * 12, *wrong]


def batch(endless: Iterator[Case]) -> list[Case]:
    """The next cases, of about ``_BATCH`` tests."""
    taken: list[Case] = []
    tests = 0
    while tests < _BATCH:
        taken.append(next(endless))
        tests += len(taken[-1].problem.tests)
    return taken


def figures(pid: int) -> Figures:
    """What /proc says of a process now."""
    folder = Path("/proc", str(pid))
    private = 0
    for line in (folder / "smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            private = int(line.split()[1])
    pages = int((folder / "statm").read_text().split()[1])
    return Figures(
        rss=pages * os.sysconf("SC_PAGESIZE") / MIB,
        private=private / 1024,
        descriptors=len(os.listdir(folder / "fd")),
    )


def role(pid: int) -> str:
    """What a zygote is for, as its command line says."""
    settings = json.loads(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-2])
    return str(settings["role"]) + (" numpy" if "numpy" in settings["preload"] else "")


def judge(sandbox: Sandbox, judged: list[Case], wrong: Counter[str]) -> int:
    """Judges, counts the verdicts that are not the right ones in ``wrong``, and returns the tests."""
    verdicts = sandbox.judge_many((case.problem, case.program) for case in judged)
    for case, verdict in zip(judged, verdicts, strict=True):
        if verdict.status != case.status:
            wrong[f"{sandbox.isolation}: {case.program!r} is {verdict.status}"] += 1
    return sum(len(case.problem.tests) for case in judged)


def descendants(pid: int) -> list[int]:
    """The processes below a process."""
    children = [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]
    return children + [below for child in children for below in descendants(child)]


def look(sandboxes: list[Sandbox]) -> Mark:
    """Looks at every process, once the last program's had time to die."""
    pids = [pid for sandbox in sandboxes for pid in sandbox.pids]
    end = time.monotonic() + _FAREWELL_S
    while len(descendants(os.getpid())) > len(pids) and time.monotonic() < end:
        time.sleep(0.01)
    held = {"client": (os.getpid(), figures(os.getpid()))}
    for sandbox in sandboxes:
        numbers = Counter[str]()
        for pid in sandbox.pids:
            name = f"{sandbox.isolation}: {role(pid)}"
            numbers[name] += 1
            held[f"{name} {numbers[name]}"] = (pid, figures(pid))
    return Mark(held, len(descendants(os.getpid())), len(os.listdir("/proc/self/task")))


def show(done: int, wall_s: float, mark: Mark) -> None:
    """Prints one table."""
    counts = f"{mark.processes} processes, {mark.threads} threads"
    click.echo(f"\n{done} tests, {wall_s:.0f} s, {counts}")
    rows = [
        [name, f"{held.rss:.1f}", f"{held.private:.1f}", held.descriptors]
        for name, (_, held) in mark.held.items()
    ]
    headers = ["process", "RSS MB", "private dirty MB", "descriptors"]
    click.echo(tabulate(rows, headers=headers, disable_numparse=True))


def growth(before: Mark, after: Mark) -> list[str]:
    """Prints what changed from one mark to the other, and returns what should not have."""
    found, rows = [], []
    for name in sorted(before.held.keys() | after.held.keys()):
        (pid, old), (new_pid, new) = before.held.get(name, _NONE), after.held.get(name, _NONE)
        if pid != new_pid:
            found.append(f"{name}: the process was replaced, or is new")
            continue
        rss, private = new.rss - old.rss, new.private - old.private
        descriptors = new.descriptors - old.descriptors
        rows.append([name, f"{rss:+.1f}", f"{private:+.1f}", f"{descriptors:+d}"])
        if max(rss, private) > _ALLOWED_MB:
            found.append(f"{name}: {rss:+.1f} MB of RSS, {private:+.1f} MB of private memory")
        if descriptors > 0:
            found.append(f"{name}: {descriptors:+d} descriptors")
    headers = ["growth", "RSS MB", "private dirty MB", "descriptors"]
    click.echo("\n" + tabulate(rows, headers=headers, disable_numparse=True))
    if after.threads > before.threads:
        found.append(f"{after.threads - before.threads:+d} threads")
    if after.left:
        found.append(f"{after.left} processes outlive the programs that they ran")
    return found


@click.command()
@click.option("--tests", default=200_000, show_default=True, help="Tests to run.")
@click.option("--workers", default=2, show_default=True, help="Workers of each sandbox.")
def soak(tests: int, workers: int) -> None:
    """Judge, look, and say what grew."""
    if os.geteuid() != 0:
        raise click.ClickException("run it as root: only root sees what a zygote holds")
    wrong = Counter[str]()
    seen: list[Mark] = []
    begun = time.monotonic()
    with Sandbox(workers, "test") as fresh, Sandbox(workers, "program") as shared:
        endless = cycle(cases())
        done = 0
        while done < tests:
            for sandbox in (fresh, shared):
                done += judge(sandbox, batch(endless), wrong)
            if done >= tests * (len(seen) + 1) / 10:
                seen.append(look([fresh, shared]))
                show(done, time.monotonic() - begun, seen[-1])
    found = growth(seen[0], seen[-1])
    found += [f"{text} ({times} times)" for text, times in wrong.items()]
    click.echo("\n" + "\n".join(found or ["nothing grew, and every verdict was right"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    soak()
