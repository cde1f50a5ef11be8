"""The built-in datasets ``mini`` and ``mini-hard``: Python tasks from a seeded generator.

A task is a chain of operations, mostly two or three (``mini-hard``: three or four), on an integer,
a list, a text, a dictionary or a text to parse. The solution is a function ``f(x)``, or a program
that reads and prints. An operation has a common name, and many have a rare name too. Training tasks
with a reference program use only common names. Rare names occur in training tasks that have tests
but no reference program, and in held-out tasks. So a policy can learn the meaning of a rare name
only from tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.mini.generate import LONG, SHORT, Length, RoledTask, roled_tasks
from rltf.problem import Problem

_LIMITS = Limits(cpu_s=1.0, memory_mb=256)


class MiniDataset:
    """The tasks of a seed: ``train``, half of it without reference programs, and ``test``."""

    skipped: Mapping[str, str] = {}
    is_generated = True
    """The dataset suits every run, whatever the seed, so a dry run does not generate it."""

    def __init__(
        self,
        path: str | None = None,
        seed: int = 0,
        *,
        name: str = "mini",
        length: Length = SHORT,
    ) -> None:
        """Raise ``DataError`` for a path, because there is no file to read."""
        if path is not None:
            raise DataError(
                f"dataset {name} is built in and reads no data: leave out the path {path!r}"
            )
        self.name, self.id_prefix = name, f"{name}/"
        self._seed, self._length = seed, length

    @cached_property
    def _tasks(self) -> dict[str, RoledTask]:
        tasks = roled_tasks(self._seed, self._length)
        width = len(str(len(tasks) - 1))
        return {f"{self.id_prefix}{i:0{width}}": task for i, task in enumerate(tasks)}

    @cached_property
    def _problems(self) -> list[Problem]:
        return [_problem(task_id, task) for task_id, task in self._tasks.items()]

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Return the problems of ``train`` or ``test``, or all problems, in a fixed order."""
        if split not in (None, "train", "test"):
            raise DataError(f"dataset {self.name} has the splits train and test, not {split!r}")
        return [problem for problem in self._problems if split in (None, problem.split)]

    def reference(self, task_id: str) -> str:
        """Return the reference program of a task, even if its problem does not include it."""
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
    """Register ``mini`` and ``mini-hard``."""
    register("mini", MiniDataset)
    register("mini-hard", partial(MiniDataset, name="mini-hard", length=LONG))
