"""Tasks: chains of steps, each with its words, its program and its tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from rltf.common.stable_random import StableRandom
from rltf.plugins.datasets.mini import dicts, integers, lists, parsing, strings
from rltf.plugins.datasets.mini.operation import Operation, Step
from rltf.plugins.datasets.mini.value_types import KINDS
from rltf.problem import TestCase

FAMILIES: dict[str, tuple[Operation, ...]] = {
    "integers": integers.OPERATIONS,
    "lists": lists.OPERATIONS,
    "strings": strings.OPERATIONS,
    "dicts": dicts.OPERATIONS,
    "parsing": parsing.OPERATIONS,
}
OPERATIONS = tuple(operation for family in FAMILIES.values() for operation in family)

_BY_NAME = {operation.name: operation for operation in OPERATIONS}

TESTS = 8
"""Tests of a task, at least; more where its neighbours are hard to tell apart."""
_PROBES = 40
_MOST_ALIKE = 0.625
"""Share of a task's tests that may have the same result."""

Form = Literal["call", "stdin"]


@dataclass(frozen=True)
class Task:
    """A chain of steps with its tests."""

    form: Form
    steps: tuple[Step, ...]
    inputs: tuple[Any, ...]
    """What the tests give to the program."""

    @property
    def takes(self) -> str:
        return self.steps[0].operation.takes

    @property
    def gives(self) -> str:
        return self.steps[-1].operation.gives

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations, in order."""
        return tuple(step.operation.name for step in self.steps)

    @property
    def family(self) -> str:
        """The family of the first step."""
        first = self.steps[0].operation
        return next(name for name, members in FAMILIES.items() if first in members)

    def program(self) -> str:
        """The reference program."""
        *lines, result = [step.expression for step in self.steps]
        assignments = [f"x = {line}" for line in lines]
        if self.form == "call":
            body = [*assignments, f"return {result}"]
            return "def f(x):\n" + "".join(f"    {line}\n" for line in body)
        shown = KINDS[self.gives].show.replace("{x}", result)
        return "\n".join([f"x = {KINDS[self.takes].read}", *assignments, shown, ""])

    def prompt(self, rare: tuple[bool, ...]) -> str:
        """The task in words; ``rare`` says for each step which of its two names to use."""
        words = ", then ".join(
            step.words(rare=name) for step, name in zip(self.steps, rare, strict=True)
        )
        noun = KINDS[self.takes].noun
        if self.form == "call":
            return f"Write f(x) for {noun}: {words}."
        return f"Read {noun} and print: {words}."

    def tests(self) -> tuple[TestCase, ...]:
        """The tests, which the reference program passes."""
        if self.form == "call":
            return tuple(TestCase.call((x,), run(self.steps, x)) for x in self.inputs)
        return tuple(
            TestCase.stdin(
                KINDS[self.takes].line(x) + "\n", KINDS[self.gives].line(run(self.steps, x)) + "\n"
            )
            for x in self.inputs
        )


def run(steps: tuple[Step, ...], x: Any) -> Any:
    """What the steps make of ``x``."""
    for step in steps:
        x = step.run(x)
    return x


def outcome(steps: tuple[Step, ...], x: Any) -> str | None:
    """What the steps make of ``x``, in a form to compare; ``None`` where they raise."""
    try:
        return repr(run(steps, x))
    except (IndexError, ValueError):
        return None


@cache
def probes(kind: str) -> tuple[Any, ...]:
    """Values of a kind that tests are chosen from."""
    dice = StableRandom(sum(map(ord, kind)))
    return tuple(KINDS[kind].make(dice) for _ in range(_PROBES))


def behaviour(steps: tuple[Step, ...]) -> tuple[str | None, ...]:
    """What the steps make of each probe: two chains that agree here are one function."""
    return tuple(outcome(steps, x) for x in probes(steps[0].operation.takes))


def neighbours(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """The chains with another operation, or the next number, in place of one step."""
    for i, step in enumerate(steps):
        kinds = (step.operation.takes, step.operation.gives)
        for other in _of_kinds(*kinds):
            k = step.k if step.k in other.numbers else next(iter(other.numbers), None)
            if other == step.operation:
                if k is None:
                    continue
                k = k + 1 if k + 1 in other.numbers else k - 1
            yield (*steps[:i], _step(other.name, k), *steps[i + 1 :])


@cache
def _step(operation: str, k: int | None) -> Step:
    """A step by the names of its parts, so that what it compiles to is kept."""
    return Step(_BY_NAME[operation], k)


@cache
def _of_kinds(takes: str, gives: str) -> tuple[Operation, ...]:
    return tuple(o for o in OPERATIONS if (o.takes, o.gives) == (takes, gives))


def choose_inputs(
    steps: tuple[Step, ...], results: Sequence[str | None], dice: StableRandom
) -> tuple[Any, ...] | None:
    """Test inputs that tell the chain from all its neighbours; ``None`` where there are none.

    ``results`` is the chain's behaviour. A chain with few different results has no inputs either:
    a constant would pass for it.
    """
    order = dice.shuffled([i for i, result in enumerate(results) if result is not None])
    chosen, rest = order[:TESTS], order[TESTS:]
    if len(chosen) < TESTS:
        return None
    values = probes(steps[0].operation.takes)
    for other in neighbours(steps):
        if any(outcome(other, values[i]) != results[i] for i in chosen):
            continue
        chosen += [i for i in rest if outcome(other, values[i]) != results[i]][:1]
    [(_, most)] = Counter(results[i] for i in chosen).most_common(1)
    if most > _MOST_ALIKE * len(chosen):
        return None
    return tuple(values[i] for i in chosen)
