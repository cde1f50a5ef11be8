"""``rltf score`` on a million samples: samples a second, and the peak of its own memory.

    python benchmarks/score_stream.py [--samples 1000000] [--distinct 5000] [--folder DIR]

The samples are right programs for a hundred problems of ten tests, with a comment each that makes
``--distinct`` of them different. The first run fills a verdict cache, the second one finds every program
there; a third takes a tenth of the samples, to show that memory does not grow with their number.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

PROBLEMS = 100
TESTS = 10


def write_problems(path: Path) -> None:
    with path.open("w") as file:
        for number in range(PROBLEMS):
            tests = [{"args": [x], "expected": x + number} for x in range(TESTS)]
            problem = {"task_id": str(number), "prompt": "Add.", "entry_point": "f", "tests": tests}
            file.write(json.dumps(problem) + "\n")


def write_samples(path: Path, count: int, distinct: int) -> None:
    with path.open("w") as file:
        for number in range(count):
            place = number % distinct
            task = place % PROBLEMS
            program = f"def f(x):\n    return x + {task}  # {place}\n"
            file.write(json.dumps({"task_id": str(task), "solution": program}) + "\n")


def score(samples: Path, cache: Path) -> tuple[float, float]:
    """Seconds, and the peak of resident memory in MiB (without the sandbox's processes)."""
    out = samples.with_name("verdicts.jsonl")
    data = ["--dataset", "file", "--data", str(samples.with_name("problems.jsonl"))]
    command = ["score", str(samples), *data, "--cache", str(cache), "--out", str(out)]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "rltf", *command])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"rltf score failed: status {status}")
    out.unlink()
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=5_000)
    parser.add_argument("--folder", type=Path, help="where the files lie while it runs")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        write_problems(Path(folder, "problems.jsonl"))
        samples, cache = Path(folder, "samples.jsonl"), Path(folder, "verdicts.cache")
        tenth = max(1, options.samples // 10)
        runs = (("empty", options.samples), ("full", options.samples), ("full", tenth))
        for state, count in runs:
            write_samples(samples, count, options.distinct)
            seconds, peak_mb = score(samples, cache)
            rows.append([count, state, seconds, count / seconds, peak_mb])
    headers = ("samples", "cache", "seconds", "samples/s", "peak MiB")
    print(tabulate(rows, headers=headers, floatfmt=".0f"))


if __name__ == "__main__":
    main()
