"""Commands and programs in processes of their own, without the seconds that torch takes to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SERVER = """
import gc, json, os, sys, tempfile
import transformers.models.codegen.modeling_codegen
import rltf.cli.run
import rltf.models.own_generation
import rltf.sandbox.judging.judging_task
import rltf.trainer.loop
import torch.utils.tensorboard
from rltf import manager
from rltf.cli import main
from rltf.models.policy import load_policy
from rltf.plugins.datasets.mini import MiniDataset
from rltf.plugins.policies import tiny
from rltf.sandbox.client import readable_paths

def at(place, call, action):
    # do the action when the function at "module:Class.name" is called for the call-th time
    import importlib
    module, _, path = place.partition(":")
    owner = importlib.import_module(module)
    *owners, name = path.split(".")
    for each in owners:
        owner = getattr(owner, each)
    original, calls = getattr(owner, name), iter(range(1, 10**9))
    def wrapped(*args, **kwargs):
        if next(calls) == call:
            action()
        return original(*args, **kwargs)
    setattr(owner, name, wrapped)

def few_problems():
    # a run reads the prompts of all its problems, which takes longer than some steps
    every = MiniDataset().problems()
    train = [each for each in every if each.split == "train"]
    MiniDataset._problems = train[:60] + [each for each in every if each.split == "test"][:12]

# what every run makes anew, made once
readable_paths.trees()
MiniDataset._problems = MiniDataset()._problems
tokenizer = tiny.train_tokenizer(tiny.mini_texts())
tiny.train_tokenizer = lambda texts: tokenizer
with tempfile.TemporaryDirectory() as folder:
    load_policy(manager.get("policy", "tiny"), 0).save(folder)
gc.collect()
gc.freeze()  # a fork copies what its garbage collector looks at
print("ready", flush=True)
for line in sys.stdin:
    job = json.loads(line)
    errors, to_errors = os.pipe()  # a limit on the size of files must not reach it
    if (pid := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(to_errors, 2)
        os.environ.update(job["environment"])
        os.chdir(job["folder"])
        if job["program"] is not None:
            exec(job["program"], {"__name__": "__main__"})
            sys.exit()
        exec(job["before"])
        main(job["arguments"])
    os.close(to_errors)
    with open(errors, "rb") as file:
        text = file.read().decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps([code, text]), flush=True)
"""


@dataclass(frozen=True)
class Done:
    """A process that has ended."""

    code: int
    """Exit code, or minus the number of the signal that ended it."""
    stdout: str
    stderr: str


class Forks:
    """A warm process, and what its forks do."""

    def __init__(self, server: subprocess.Popen[str], stdout: Path, first: str = "") -> None:
        self._server, self._stdout, self._first = server, stdout, first

    def __call__(
        self,
        arguments: Sequence[str | Path],
        before: str = "",
        environment: dict[str, str] | None = None,
    ) -> Done:
        """Run ``rltf ARGUMENTS`` in the current folder, after the statements ``before``."""
        return self._ask(
            arguments=[*map(str, arguments)],
            before=f"{self._first}\n{before}",
            environment=environment or {},
        )

    def python(self, program: str, folder: Path) -> Done:
        """Run ``python -c PROGRAM`` in a folder."""
        return self._ask(program=program, folder=str(folder))

    def beginning_with(self, statements: str) -> Forks:
        """Return forks whose every command begins with these statements."""
        return Forks(self._server, self._stdout, statements)

    def _ask(self, **job: object) -> Done:
        asked = {"program": None, "folder": os.getcwd(), "environment": {}} | job
        ask, answer = _pipes(self._server)
        print(json.dumps(asked | {"stdout": str(self._stdout)}), file=ask, flush=True)
        code, stderr = json.loads(answer.readline())
        return Done(code, self._stdout.read_text("utf-8", "replace"), stderr)


def start(stdout: Path) -> Iterator[Forks]:
    """Start the warm process; ``stdout`` is the file that its forks write to."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
    )
    ask, answer = _pipes(server)
    assert answer.readline() == "ready\n"
    yield Forks(server, stdout)
    ask.close()
    server.wait()


def _pipes(server: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert server.stdin is not None
    assert server.stdout is not None
    return server.stdin, server.stdout
