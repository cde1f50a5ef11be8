"""Commands in processes of their own, without the seconds that torch takes to be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVER = """
import json, os, sys, tempfile
import transformers.models.codegen.modeling_codegen
import rltf.trainer.loop
import torch.utils.tensorboard
from rltf import manager
from rltf.cli import main
from rltf.models.policy import load_policy
from rltf.plugins.datasets.mini import MiniDataset
from rltf.plugins.policies import tiny

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

# what every run makes anew, made once
MiniDataset._problems = MiniDataset()._problems
tokenizer = tiny.train_tokenizer(tiny.mini_texts())
tiny.train_tokenizer = lambda texts: tokenizer
with tempfile.TemporaryDirectory() as folder:
    load_policy(manager.get("policy", "tiny"), 0).save(folder)
print("ready", flush=True)
for line in sys.stdin:
    job = json.loads(line)
    errors, to_errors = os.pipe()  # a limit on the size of files must not reach it
    if (pid := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(to_errors, 2)
        os.environ.update(job["environment"])
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
    """A command that has ended."""

    code: int
    """Exit code, or minus the number of the signal that ended it."""
    stdout: str
    stderr: str


Forked = Callable[..., Done]


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """Run ``rltf ARGUMENTS``, after the statements ``before``, in a fork of a warm process."""
    stdout = tmp_path_factory.mktemp("forked") / "stdout"
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"

    def run(
        arguments: Sequence[str | Path], before: str = "", environment: dict[str, str] | None = None
    ) -> Done:
        job = {"arguments": [*map(str, arguments)], "before": before, "stdout": str(stdout)}
        job |= {"environment": environment or {}}
        print(json.dumps(job), file=server.stdin, flush=True)
        code, stderr = json.loads(server.stdout.readline())
        return Done(code, stdout.read_text("utf-8", "replace"), stderr)

    yield run
    server.stdin.close()
    server.wait()


FULL_DISK = """
import resource
import sys
import rltf

@rltf.hookimpl
def rltf_register_rewards(register):
    sys.dont_write_bytecode = True  # the limit would cut it, and nobody could import it any more
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """A plugin whose process can write no file of more than 20,000 bytes."""
    path = tmp_path / "full.py"
    path.write_text(FULL_DISK)
    return path
