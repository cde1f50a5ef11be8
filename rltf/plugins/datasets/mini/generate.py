"""The tasks of a seed, and which of them are trained on, come with a program, or use rare words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rltf.plugins.datasets.mini.dice import Dice
from rltf.plugins.datasets.mini.operation import Operation, Step
from rltf.plugins.datasets.mini.tasks import (
    FAMILIES,
    OPERATIONS,
    Form,
    Task,
    behaviour,
    choose_inputs,
)

Role = Literal["solved", "unsolved", "held_out"]

ROLES: dict[Role, int] = {"solved": 2000, "unsolved": 2000, "held_out": 240}
"""Tasks of each role: to train on with a program, to train on without one, never to train on."""

_FAMILY_WEIGHTS = {"integers": 5, "lists": 6, "strings": 5, "dicts": 2, "parsing": 4}
_THREE_STEPS = 0.15
_RARE = 0.2
"""Chance of each step to be called by its rare name, in roles that use rare names."""
_ALL_COMMON = 0.25
"""Share of held-out tasks that use no rare name: they measure what supervision alone can teach."""


@dataclass(frozen=True)
class RoledTask:
    """A task, what it is for, and how it is worded."""

    task: Task
    role: Role
    rare: tuple[bool, ...]
    """For each step: whether the description uses its rare name."""


def roled_tasks(seed: int) -> list[RoledTask]:
    """All tasks of a seed, in an order that is the same on every Python.

    No two are the same function. Chains of the same operations, whatever their numbers, have the
    same role, so that no held-out task is a training task with another number.
    """
    dice = Dice(seed)
    left = Counter(ROLES)
    functions: set[tuple[str, ...]] = set()
    roles: dict[tuple[str, ...], Role] = {}
    made: list[RoledTask] = []
    for steps in _chains(dice):
        names = tuple(step.operation.name for step in steps)
        role = roles.get(names) or (
            "solved" if len(steps) == 1 else dice.pick(list(ROLES), weights=list(left.values()))
        )
        if not left[role]:
            continue
        function = (steps[0].operation.takes, *behaviour(steps))
        if function in functions or (inputs := choose_inputs(steps, dice)) is None:
            continue
        functions.add(function)
        roles[names] = role
        left[role] -= 1
        made.append(RoledTask(Task(_form(steps, dice), steps, inputs), role, _rare(steps, role, dice)))
        if not left.total():
            return made
    raise AssertionError("chains never end")


def _chains(dice: Dice) -> Iterator[tuple[Step, ...]]:
    """First every operation by itself, then chains without end, in which operations are balanced."""
    used = Counter[str]()
    for operation in OPERATIONS:
        yield (dice.pick(operation.steps()),)
    while True:
        family = dice.pick(list(_FAMILY_WEIGHTS), weights=list(_FAMILY_WEIGHTS.values()))
        candidates: list[Operation] = list(FAMILIES[family])
        steps: list[Step] = []
        for _ in range(3 if dice.chance(_THREE_STEPS) else 2):
            operation = dice.pick(candidates, weights=[1 / (1 + used[o.name]) for o in candidates])
            steps.append(dice.pick(operation.steps()))
            candidates = [o for o in OPERATIONS if o.takes == operation.gives]
        used.update(step.operation.name for step in steps)
        yield tuple(steps)


def _form(steps: tuple[Step, ...], dice: Dice) -> Form:
    """Half of the tasks read and print, but for those on dictionaries, which have no text form."""
    if "dict" in (steps[0].operation.takes, steps[-1].operation.gives):
        return "call"
    return "stdin" if dice.chance(0.5) else "call"


def _rare(steps: tuple[Step, ...], role: Role, dice: Dice) -> tuple[bool, ...]:
    """Which steps are called by their rare names: at least one, in the roles that use them."""
    if role == "solved" or (role == "held_out" and dice.chance(_ALL_COMMON)):
        return (False,) * len(steps)
    certain = dice.number(0, len(steps) - 1)
    return tuple(dice.chance(_RARE) or i == certain for i in range(len(steps)))
