"""The built-in dataset ``mini``: small Python tasks from a seeded generator, without a download.

A task is a chain of one to three operations on an integer, a list, a text, a dictionary or a text to
parse, written as a function ``f(x)`` or as a program that reads and prints. Every operation has two
names. Solved training tasks use the common one only; the rare one occurs in training tasks that come
with tests but no reference program, and in held-out tasks: what it means can be learned from the
tests alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.mini.generate import RoledTask, roled_tasks
from rltf.problem import Problem

_LIMITS = Limits(cpu_s=1.0, memory_mb=256)


class MiniDataset:
    """The tasks of a seed: ``train``, half of it without reference programs, and ``test``."""

    name = "mini"
    id_prefix = "mini/"
    skipped: Mapping[str, str] = {}
    is_generated = True
    """It has all that a run needs, whatever the seed: a dry run makes none of it."""

    def __init__(self, path: str | None = None, seed: int = 0) -> None:
        """Raises ``DataError`` for a path: there is no file to read."""
        if path is not None:
            raise DataError(
                f"dataset mini is built in and reads no data: leave out the path {path!r}"
            )
        self._seed = seed

    @cached_property
    def _tasks(self) -> dict[str, RoledTask]:
        tasks = roled_tasks(self._seed)
        width = len(str(len(tasks) - 1))
        return {f"mini/{i:0{width}}": task for i, task in enumerate(tasks)}

    @cached_property
    def _problems(self) -> list[Problem]:
        return [_problem(task_id, task) for task_id, task in self._tasks.items()]

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Problems of ``train`` or ``test``, or all of them; always in one order."""
        if split not in (None, "train", "test"):
            raise DataError(f"dataset mini has the splits train and test, not {split!r}")
        return [problem for problem in self._problems if split in (None, problem.split)]

    def reference(self, task_id: str) -> str:
        """The reference program of any task, those that are kept from training included."""
        return self._tasks[task_id].task.program()


def _problem(task_id: str, roled: RoledTask) -> Problem:
    task = roled.task
    return Problem(
        task_id=task_id,
        prompt=task.prompt(roled.rare),
        tests=task.tests(),
        entry_point="f" if task.form == "call" else None,
        limits=_LIMITS,
        solutions=(task.program(),) if roled.role == "solved" else (),
        split="train" if roled.role in ("solved", "unsolved") else "test",
        metadata={
            "family": task.family,
            "form": task.form,
            "operations": task.operations,
            "words": "rare" if any(roled.rare) else "common",
        },
    )


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``mini``."""
    register("mini", MiniDataset)
