"""Runs one benchmark again and again, each time killed a little later, until it ends by itself.

    python killed.py FOLDER BYTES KILLS OPTION…

The n-th run is killed when its line files have grown to n / (KILLS + 1) of BYTES. Every run is a fork
of this process, which has imported all and made the dataset: only that is not done again.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
import time
from pathlib import Path

from rltf.cli import main
from rltf.plugins.datasets import mini

MODELS = "transformers.models.codegen.modeling_codegen"


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*s.jsonl"))


def run(folder: Path, kill_at: float, options: list[str]) -> int | None:
    """Exit code, or ``None`` where it was killed."""
    child = os.fork()
    if child == 0:
        os.setsid()
        sys.argv = ["rltf", "bench", "mini", *options, "--out", str(folder)]
        main()
        os._exit(1)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if size(folder) >= kill_at:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.001)


if __name__ == "__main__":
    folder, total, kills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    importlib.import_module(MODELS)
    mini.roled_tasks = functools.cache(mini.roled_tasks)
    mini.roled_tasks(0)
    done = 0
    for kill in range(1, kills + 1):
        if (code := run(folder, total * kill / (kills + 1), sys.argv[4:])) is not None:
            sys.exit(f"run {kill} ended with {code} before it could be killed")
        done += 1
    if code := run(folder, float("inf"), sys.argv[4:]):
        sys.exit(f"the last run ended with {code}")
    print(f"killed {done} times")
