"""Static analysers: milliseconds a program, and whether their findings have an end.

    python benchmarks/static.py [--dataset mbpp --data mbpp.jsonl] [--programs 500]

The programs are a dataset's reference solutions, ``mini``'s where none is named. pyflakes takes part where
it is installed; ``ruff check`` starts a process for every program, so that it gets fifty.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from ruff.__main__ import find_ruff_bin
from tabulate import tabulate

from rltf import manager
from rltf.plugins.rewards.static import RULES
from rltf.static_analysis.ruff_server import RuffServer

CODES = [rule.partition(":")[0] for rule in RULES.split()]
FRESH = 50
"""Programs for which a process is started each."""


def programs(dataset: str, path: str | None, count: int) -> list[str]:
    """Reference programs of a dataset, without repeats."""
    options = {} if path is None else {"path": path}
    problems = manager.get("dataset", dataset, **options).problems()
    found = (program for problem in problems for program in problem.solutions)
    return list(itertools.islice(dict.fromkeys(found), count))


def with_pyflakes(program: str) -> int:
    import ast

    from pyflakes.checker import Checker

    try:
        return len(Checker(ast.parse(program)).messages)
    except (SyntaxError, ValueError, RecursionError):
        return 1


def with_a_process(program: str) -> int:
    command = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--output-format=concise"]
    command += [f"--select={','.join(CODES)}", "--exit-zero", "--quiet", "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=True)
    return len(done.stdout.splitlines())


def row(name: str, analyse: Callable[[str], int], texts: Sequence[str], place: str) -> list[object]:
    """What one analyser took; the first program is not timed."""
    analyse(texts[0])
    times = []
    findings = 0
    for text in texts:
        started = time.perf_counter()
        findings += analyse(text)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    figures = [sum(times) / len(times), times[len(times) // 2], times[int(0.99 * (len(times) - 1))]]
    return [name, len(texts), *(f"{figure:.2f}" for figure in figures), findings, place]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="mini")
    parser.add_argument("--data", help="file or folder of the dataset")
    parser.add_argument("--programs", type=int, default=500)
    args = parser.parse_args()
    texts = programs(args.dataset, args.data, args.programs)
    if not texts:
        sys.exit(f"dataset {args.dataset} has no reference programs")
    server = RuffServer(CODES, reward="static")
    rows = [
        row("ruff server", lambda text: len(server.findings(text) or ()), texts, "start to end")
    ]
    if find_spec("pyflakes"):
        rows.append(row("pyflakes", with_pyflakes, texts, "start"))
    rows.append(row("ruff check", with_a_process, texts[:FRESH], "start to end"))
    headers = ["analyser", "programs", "mean ms", "median ms", "p99 ms", "findings", "place"]
    print(tabulate(rows, headers, disable_numparse=True))


if __name__ == "__main__":
    main()
