"""Generate the tasks of a seed, and choose which are for training and which use rare names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rltf.common.seeds import StableRandom
from rltf.plugins.datasets.mini.operations import Operation, Step
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
"""Number of tasks for each role: training tasks with and without a reference program, and held-out
tasks with only the names of the solved tasks or with names that only the unsolved tasks use."""

_VARIANTS: dict[Role, int] = {"solved": 12, "unsolved": 12, "known_words": 2, "learned_words": 2}
"""Maximum number of tasks that differ only in the numbers of their operations."""
_FAMILY_WEIGHTS = {"integers": 5, "lists": 6, "strings": 5, "dicts": 2, "parsing": 3}
_SIGNS = 4
"""Parts of the probes. Tasks with equal results for one of the parts count as the same function."""
_RARE = 0.2
"""Probability that another step has its rare name too, beside the one that always has it."""


@dataclass(frozen=True)
class Length:
    """How many steps the tasks of a dataset have."""

    steps: int
    longer: float
    """Share of chains with one step more."""


SHORT, LONG = Length(2, 0.03), Length(3, 0.4)


@dataclass(frozen=True)
class RoledTask:
    """A task with its role and its wording."""

    task: Task
    role: Role
    rare: tuple[bool, ...]
    """Whether the description uses the rare name of each step."""


@lru_cache(maxsize=2)  # a run calls this for its dataset and for the texts of policy tiny
def roled_tasks(seed: int, length: Length = SHORT) -> tuple[RoledTask, ...]:
    """Return all tasks of a seed, in the same order on every Python.

    No two tasks are the same function. Chains of the same operations have the same role, whatever
    their numbers, so that no held-out task is a training task with another number.
    """
    rng = StableRandom(seed)
    remaining = Counter(ROLES)
    tried: set[tuple[Step, ...]] = set()
    functions: set[tuple[object, ...]] = set()
    roles: dict[tuple[Operation, ...], Role] = {}
    variants = Counter[tuple[Operation, ...]]()
    tasks: list[RoledTask] = []
    for steps in _chains(rng, length):
        operations = tuple([step.operation for step in steps])
        role = roles.get(operations) or _role(operations, remaining, rng)
        full = not remaining[role] or variants[operations] == _VARIANTS[role]
        if full or steps in tried:
            continue
        tried.add(steps)
        results = behaviour(steps)
        signs = {(steps[0].operation.takes, i, *results[i::_SIGNS]) for i in range(_SIGNS)}
        if signs & functions or (inputs := choose_inputs(steps, results, rng)) is None:
            continue
        functions |= signs
        roles[operations] = role
        variants[operations] += 1
        remaining[role] -= 1
        tasks.append(
            RoledTask(Task(_form(steps, rng), steps, inputs), role, _rare(steps, role, rng))
        )
        if not remaining.total():
            break
    return tuple(tasks)


@dataclass(frozen=True)
class _Candidates:
    """Operations that may come next, and how likely each is."""

    operations: tuple[Operation, ...]
    weights: list[float]


def _chains(rng: StableRandom, length: Length) -> Iterator[tuple[Step, ...]]:
    """Yield every operation alone, and then endless chains with balanced operations."""
    by_input_type: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        by_input_type.setdefault(operation.takes, []).append(operation)
        yield (rng.pick(operation.steps),)
    families, family_weights = list(_FAMILY_WEIGHTS), list(_FAMILY_WEIGHTS.values())
    first = {name: _Candidates(FAMILIES[name], [1.0] * len(FAMILIES[name])) for name in families}
    later = {
        name: _Candidates(tuple(members), [1.0] * len(members))
        for name, members in by_input_type.items()
    }
    places: dict[Operation, list[tuple[list[float], int]]] = {o: [] for o in OPERATIONS}
    for candidates in (*first.values(), *later.values()):
        for i, operation in enumerate(candidates.operations):
            places[operation].append((candidates.weights, i))
    uses = Counter[Operation]()
    while True:
        candidates = first[rng.pick(families, weights=family_weights)]
        steps: list[Step] = []
        for _ in range(length.steps + rng.chance(length.longer)):
            operation = rng.pick(candidates.operations, weights=candidates.weights)
            steps.append(rng.pick(operation.steps))
            candidates = later[operation.gives]
        for step in steps:
            uses[step.operation] += 1
            for weights, i in places[step.operation]:
                weights[i] = (1 + uses[step.operation]) ** -2
        yield tuple(steps)


def _form(steps: tuple[Step, ...], rng: StableRandom) -> Form:
    """Choose ``stdin`` for half of the tasks without dictionaries, which have no text format."""
    if "dict" in (steps[0].operation.takes, steps[-1].operation.gives):
        return "call"
    return "stdin" if rng.chance(0.5) else "call"


def _role(operations: tuple[Operation, ...], remaining: Counter[Role], rng: StableRandom) -> Role:
    """Choose the role of a chain whose operations have no role yet."""
    if len(operations) == 1:
        return "solved"
    has_rare_name = any(operation.rare for operation in operations)
    roles: list[Role] = [
        role for role in ROLES if has_rare_name or role in ("solved", "known_words")
    ]
    # Add 1, because the weights would sum to 0 once these roles are full.
    return rng.pick(roles, weights=[remaining[role] + 1 for role in roles])


def _rare(steps: tuple[Step, ...], role: Role, rng: StableRandom) -> tuple[bool, ...]:
    """Choose the steps with rare names: at least one, in the roles that use rare names."""
    if role in ("solved", "known_words"):
        return (False,) * len(steps)
    candidates = [i for i, step in enumerate(steps) if step.operation.rare]
    certain = rng.pick(candidates)
    return tuple(i == certain or (i in candidates and rng.chance(_RARE)) for i in range(len(steps)))
