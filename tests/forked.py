"""Commands and programs in processes of their own, without the seconds that torch takes to import."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SERVER = """
import os, select, socket, sys

listener = socket.socket(socket.AF_UNIX)
listener.bind("forks")
listener.listen()
print("bound", flush=True)  # whoever asks before all is imported waits

import gc, json, tempfile
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

def do(job):
    # the exit code of a fork that does the job, and what it wrote to stderr
    errors, to_errors = os.pipe()  # a limit on the size of files must not reach it
    if (pid := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(to_errors, 2)
        os.environ.clear()  # of the worker that asks, not of the one that asked first
        os.environ.update(job["environment"])
        os.chdir(job["folder"])
        if job["program"] is not None:
            exec(job["program"], {"__name__": "__main__"})
            sys.exit()
        exec(job["before"], globals())
        main(job["arguments"])
    os.close(to_errors)
    with open(errors, "rb") as file:
        text = file.read().decode("utf-8", "replace")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text

while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
    connection, _ = listener.accept()
    if os.fork():
        connection.close()
        continue
    listener.close()
    with connection.makefile("rw") as asked:
        for line in asked:
            print(json.dumps(do(json.loads(line))), file=asked, flush=True)
    os._exit(0)
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

    def __init__(self, server: IO[str], stdout: Path, first: str = "") -> None:
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
            environment=os.environ | (environment or {}),
        )

    def python(self, program: str, folder: Path) -> Done:
        """Run ``python -c PROGRAM`` in a folder."""
        return self._ask(program=program, folder=str(folder))

    def beginning_with(self, statements: str) -> Forks:
        """Return forks whose every command begins with these statements."""
        return Forks(self._server, self._stdout, statements)

    def _ask(self, **job: object) -> Done:
        asked = {"program": None, "folder": os.getcwd(), "environment": {**os.environ}} | job
        print(json.dumps(asked | {"stdout": str(self._stdout)}), file=self._server, flush=True)
        code, stderr = json.loads(self._server.readline())
        return Done(code, self._stdout.read_text("utf-8", "replace"), stderr)


def connect(shared: Path, stdout: Path) -> Iterator[Forks]:
    """Connect to the warm process of these tests, which the first worker that needs it starts.

    Args:
        shared: Folder of all workers.
        stdout: File that the forks of this worker write to.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(socket.socket(socket.AF_UNIX))
        with open(shared / "forks.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                connection.connect(str(shared / "forks"))
            except OSError:  # nobody needed it yet, or the worker that started it has ended
                stack.enter_context(_start(shared))
                connection.connect(str(shared / "forks"))
        yield Forks(stack.enter_context(connection.makefile("rw")), stdout)


@contextmanager
def _start(shared: Path) -> Iterator[None]:
    (shared / "forks").unlink(missing_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=shared,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == "bound\n"
    yield
    server.stdin.close()
    server.wait()
