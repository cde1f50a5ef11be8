"""The tasks of a seed, and which of them are trained on, come with a program, or use rare words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rltf.common.stable_random import StableRandom
from rltf.plugins.datasets.mini.operation import Operation, Step
from rltf.plugins.datasets.mini.tasks import (
    FAMILIES,
    OPERATIONS,
    Form,
    Task,
    behaviour,
    choose_inputs,
)

Role = Literal["solved", "unsolved", "known_words", "learned_words"]

ROLES: dict[Role, int] = {
    "solved": 1800,
    "unsolved": 1800,
    "known_words": 60,
    "learned_words": 180,
}
"""Tasks of each role: to train on with a program, to train on without one, and never to train on, in
words of the solved ones or with words that only the unsolved ones have."""

_VARIANTS: dict[Role, int] = {"solved": 12, "unsolved": 12, "known_words": 2, "learned_words": 2}
"""Tasks of the same operations with other numbers, at most."""
_FAMILY_WEIGHTS = {"integers": 5, "lists": 6, "strings": 5, "dicts": 2, "parsing": 3}
_SIGNS = 4
"""Tasks that agree on one of so many parts of the probes count as the same function."""
_THREE_STEPS = 0.03
_RARE = 0.2
"""Chance of a step to be called by its rare name, beside the one that is."""


@dataclass(frozen=True)
class RoledTask:
    """A task, what it is for, and how it is worded."""

    task: Task
    role: Role
    rare: tuple[bool, ...]
    """For each step: whether the description uses its rare name."""


@lru_cache(maxsize=1)  # a run asks twice: for its dataset, and for the texts of policy tiny
def roled_tasks(seed: int) -> tuple[RoledTask, ...]:
    """All tasks of a seed, in an order that is the same on every Python.

    No two are the same function. Chains of the same operations, whatever their numbers, have the
    same role, so that no held-out task is a training task with another number.
    """
    dice = StableRandom(seed)
    left = Counter(ROLES)
    tried: set[tuple[tuple[str, int | None], ...]] = set()
    functions: set[tuple[object, ...]] = set()
    roles: dict[tuple[str, ...], Role] = {}
    variants = Counter[tuple[str, ...]]()
    made: list[RoledTask] = []
    for steps in _chains(dice):
        names = tuple(step.operation.name for step in steps)
        role = roles.get(names) or _role(steps, left, dice)
        key = tuple((step.operation.name, step.k) for step in steps)
        if key in tried or not left[role] or variants[names] == _VARIANTS[role]:
            continue
        tried.add(key)
        results = behaviour(steps)
        signs = {(steps[0].operation.takes, i, *results[i::_SIGNS]) for i in range(_SIGNS)}
        if signs & functions or (inputs := choose_inputs(steps, results, dice)) is None:
            continue
        functions |= signs
        roles[names] = role
        variants[names] += 1
        left[role] -= 1
        made.append(
            RoledTask(Task(_form(steps, dice), steps, inputs), role, _rare(steps, role, dice))
        )
        if not left.total():
            break
    return tuple(made)


def _chains(dice: StableRandom) -> Iterator[tuple[Step, ...]]:
    """First every operation by itself, then chains without end, in which operations are balanced."""
    used = Counter[str]()
    weights = {operation.name: 1.0 for operation in OPERATIONS}
    taking: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        taking.setdefault(operation.takes, []).append(operation)
        yield (dice.pick(operation.steps),)
    families, chances = list(_FAMILY_WEIGHTS), list(_FAMILY_WEIGHTS.values())
    while True:
        family = dice.pick(families, weights=chances)
        candidates: Sequence[Operation] = FAMILIES[family]
        steps: list[Step] = []
        for _ in range(3 if dice.chance(_THREE_STEPS) else 2):
            operation = dice.pick(candidates, weights=[weights[o.name] for o in candidates])
            steps.append(dice.pick(operation.steps))
            candidates = taking[operation.gives]
        for step in steps:
            name = step.operation.name
            used[name] += 1
            weights[name] = (1 + used[name]) ** -2
        yield tuple(steps)


def _form(steps: tuple[Step, ...], dice: StableRandom) -> Form:
    """Half of the tasks read and print, but for those on dictionaries, which have no text form."""
    if "dict" in (steps[0].operation.takes, steps[-1].operation.gives):
        return "call"
    return "stdin" if dice.chance(0.5) else "call"


def _role(steps: tuple[Step, ...], left: Counter[Role], dice: StableRandom) -> Role:
    """What a chain whose operations have no role yet is for."""
    if len(steps) == 1:
        return "solved"
    named = any(step.operation.rare for step in steps)
    roles: list[Role] = [role for role in ROLES if named or role in ("solved", "known_words")]
    # One is added because the weights of roles that are full would otherwise sum to nothing.
    return dice.pick(roles, weights=[left[role] + 1 for role in roles])


def _rare(steps: tuple[Step, ...], role: Role, dice: StableRandom) -> tuple[bool, ...]:
    """Which steps are called by their rare names: at least one, in the roles that use them."""
    if role in ("solved", "known_words"):
        return (False,) * len(steps)
    named = [i for i, step in enumerate(steps) if step.operation.rare]
    certain = dice.pick(named)
    return tuple(i == certain or (i in named and dice.chance(_RARE)) for i in range(len(steps)))
