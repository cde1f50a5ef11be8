"""What some rows of ``learning.py`` start from: larger policies, critics, and weaker tests.

Each is made once, and is only there under its name when it is complete.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from learning_rows import Size
from transformers import CodeGenForCausalLM

from rltf.plugins.datasets.file import FileDataset, problem_line
from rltf.plugins.datasets.mini import MiniDataset
from rltf.plugins.policies.tiny import codegen, mini_texts, train_tokenizer
from rltf.problem import Problem

CRITIC = ("--epochs=3", "--batch-size=32", "--learning-rate=5e-4")


def save_policy(size: Size, seed: int, folder: Path) -> None:
    """Save a policy like ``tiny`` with random weights, but wider and deeper."""
    tokenizer = train_tokenizer(mini_texts())
    config = codegen(len(tokenizer), tokenizer.eos_token_id).config
    config.n_embd, config.n_layer = size.width, size.layers
    torch.manual_seed(seed)
    with whole(folder) as part:
        CodeGenForCausalLM(config).save_pretrained(part)
        tokenizer.save_pretrained(part)


def train_critic(samples: Path, dataset: str, base: Path, seed: int, folder: Path) -> None:
    """Train a critic on the samples of a run."""
    with whole(folder) as part:
        training = [*CRITIC, f"--base=hf:{base}", f"--seed={seed}"]
        rltf("critic", "train", samples, f"--dataset={dataset}", *training, f"--out={part}")


def write_first_tests(dataset: MiniDataset, file: Path) -> None:
    """Write the problems of a dataset with one test for each training problem."""
    with whole(file) as part:
        write(part, map(first_test, dataset.problems()))


def write_augmented_tests(dataset: MiniDataset, wrong: Path, file: Path) -> None:
    """Write the same after ``rltf augment``, which knows wrong samples and all references.

    The file has the references of the dataset's solved problems alone, as the dataset itself.
    """
    references, augmented = file.with_suffix(".references"), file.with_suffix(".augmented")
    train = [first_test(problem) for problem in dataset.problems("train")]
    write(
        references, (replace(each, solutions=(dataset.reference(each.task_id),)) for each in train)
    )
    rltf("augment", "file", f"--data={references}", f"--wrong={wrong}", f"--out={augmented}")
    tests = {each.task_id: each.tests for each in FileDataset(augmented).problems()}
    with whole(file) as part:
        write(
            part,
            (
                replace(each, tests=tests.get(each.task_id, each.tests))
                for each in dataset.problems()
            ),
        )


def first_test(problem: Problem) -> Problem:
    return replace(problem, tests=problem.tests[:1]) if problem.split == "train" else problem


def write(file: Path, problems: Iterable[Problem]) -> None:
    lines = (json.dumps(problem_line(problem)) + "\n" for problem in problems)
    file.write_text("".join(lines))


def rltf(*arguments: str | Path) -> None:
    """Run a command of rltf."""
    command = [sys.executable, "-m", "rltf", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield another path, and give its file or folder this name at the end."""
    part = path.with_name(f"{path.name}.part")
    if part.is_dir():
        shutil.rmtree(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    yield part
    part.rename(path)
