"""Tasks: chains of steps with a description, a reference program and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from rltf.common.seeds import StableRandom
from rltf.plugins.datasets.mini import dicts, integers, lists, parsing, strings
from rltf.plugins.datasets.mini.operations import VALUE_TYPES, Operation, Step, step_of
from rltf.problem import TestCase

FAMILIES: dict[str, tuple[Operation, ...]] = {
    "integers": integers.OPERATIONS,
    "lists": lists.OPERATIONS,
    "strings": strings.OPERATIONS,
    "dicts": dicts.OPERATIONS,
    "parsing": parsing.OPERATIONS,
}
OPERATIONS = tuple(operation for family in FAMILIES.values() for operation in family)

TESTS = 8
"""Minimum number of tests for a task; a task whose neighbours are hard to tell apart has more."""
_PROBES = 40
_MAX_EQUAL_RESULTS = 0.625
"""Maximum share of a task's tests that may have the same result."""

Form = Literal["call", "stdin"]


@dataclass(frozen=True)
class Task:
    """A chain of steps with its tests."""

    form: Form
    steps: tuple[Step, ...]
    inputs: tuple[Any, ...]
    """Inputs of the tests."""

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
        output = VALUE_TYPES[self.gives].show.replace("{x}", result)
        return "\n".join([f"x = {VALUE_TYPES[self.takes].read}", *assignments, output, ""])

    def prompt(self, rare: tuple[bool, ...]) -> str:
        """Return the task in words; ``rare`` tells for each step whether to use its rare name."""
        words = ", then ".join(
            step.words(rare=is_rare) for step, is_rare in zip(self.steps, rare, strict=True)
        )
        noun = VALUE_TYPES[self.takes].noun
        if self.form == "call":
            return f"Write f(x) for {noun}: {words}."
        return f"Read {noun} and print: {words}."

    def tests(self) -> tuple[TestCase, ...]:
        """Return the tests, which the reference program passes."""
        if self.form == "call":
            return tuple(TestCase.call((x,), run(self.steps, x)) for x in self.inputs)
        return tuple(
            TestCase.stdin(
                VALUE_TYPES[self.takes].line(x) + "\n",
                VALUE_TYPES[self.gives].line(run(self.steps, x)) + "\n",
            )
            for x in self.inputs
        )


def run(steps: tuple[Step, ...], x: Any) -> Any:
    """Return the result of the steps for ``x``."""
    for step in steps:
        x = step.run(x)
    return x


def outcome(steps: tuple[Step, ...], x: Any) -> str | None:
    """Return the ``repr`` of the steps' result for ``x``, or ``None`` if they raise."""
    try:
        for step in steps:
            x = step.run(x)
        return repr(x)
    except (IndexError, ValueError):
        return None


@cache
def probes(value_type: str) -> tuple[Any, ...]:
    """Return the values of a type from which test inputs are chosen."""
    rng = StableRandom(sum(map(ord, value_type)))
    return tuple(VALUE_TYPES[value_type].make(rng) for _ in range(_PROBES))


def behaviour(steps: tuple[Step, ...]) -> tuple[str | None, ...]:
    """Return the outcome for each probe; chains with the same outcomes count as one function."""
    return tuple([_outcome_of_probe(steps, i) for i in range(_PROBES)])


_RAISED = object()


@cache
def _first_results(step: Step) -> list[Any]:
    """Return the result of a step for each probe, or ``_RAISED``."""
    results = []
    for x in probes(step.operation.takes):
        try:
            results.append(step.run(x))
        except (IndexError, ValueError):
            results.append(_RAISED)
    return results


def _outcome_of_probe(steps: tuple[Step, ...], i: int) -> str | None:
    """Return the outcome for a probe: chains by the thousand share their first step."""
    x = _first_results(steps[0])[i]
    if x is _RAISED:
        return None
    return outcome(steps[1:], x)


def neighbours(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Yield the chains in which one step has another operation or the next number."""
    for i, step in enumerate(steps):
        for other in _operations_between(step.operation.takes, step.operation.gives):
            k = step.k if step.k in other.numbers else next(iter(other.numbers), None)
            if other is step.operation:
                if k is None:
                    continue
                k = k + 1 if k + 1 in other.numbers else k - 1
            yield (*steps[:i], step_of(other, k), *steps[i + 1 :])


@cache
def _operations_between(takes: str, gives: str) -> tuple[Operation, ...]:
    return tuple(o for o in OPERATIONS if (o.takes, o.gives) == (takes, gives))


def choose_inputs(
    steps: tuple[Step, ...], results: Sequence[str | None], rng: StableRandom
) -> tuple[Any, ...] | None:
    """Return test inputs that distinguish the chain from all its neighbours, or ``None``.

    ``results`` is the chain's behaviour. A chain with too many equal results gets no inputs,
    because a constant could pass most of its tests.
    """
    order = rng.shuffled([i for i, result in enumerate(results) if result is not None])
    chosen, rest = order[:TESTS], order[TESTS:]
    if len(chosen) < TESTS:
        return None
    values = probes(steps[0].operation.takes)
    for other in neighbours(steps):
        for i in chosen:
            if _outcome_of_probe(other, i) != results[i]:
                break
        else:
            chosen += [i for i in rest if _outcome_of_probe(other, i) != results[i]][:1]
    [(_, most)] = Counter(results[i] for i in chosen).most_common(1)
    if most > _MAX_EQUAL_RESULTS * len(chosen):
        return None
    return tuple(values[i] for i in chosen)
