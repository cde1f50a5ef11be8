"""The steps of a task: expressions in ``x`` with their names in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any


@dataclass(frozen=True, eq=False)  # each is made once, and identity is hashed fastest
class Operation:
    """An operation of a family, from which steps are made."""

    name: str
    takes: str
    """Type of its input (see ``value_types``)."""
    gives: str
    """Type of its result."""
    expression: str
    """Python expression in ``x``; ``{k}`` stands for the operation's number."""
    common: str
    """Its name in words."""
    rare: str = ""
    """Another name, used only in held-out tasks and training tasks without a reference program."""
    numbers: tuple[int, ...] = ()
    """Possible values of ``k``; empty if the operation has no number."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """One step for each number."""
        return tuple(step_of(self, k) for k in self.numbers or (None,))


@dataclass(frozen=True, eq=False)
class Step:
    """An operation with its number filled in, made by ``step_of``."""

    operation: Operation
    k: int | None = None

    @property
    def expression(self) -> str:
        """Python expression in ``x``."""
        return self.operation.expression.replace("{k}", str(self.k))

    def words(self, *, rare: bool) -> str:
        """The step in words."""
        name = self.operation.rare if rare else self.operation.common
        return name.replace("{k}", str(self.k))

    @cached_property
    def run(self) -> Callable[[Any], Any]:
        """The step as a function, which raises whatever the expression raises."""
        return _function(self.expression)


@cache
def step_of(operation: Operation, k: int | None) -> Step:
    """Return the only step of an operation and a number."""
    return Step(operation, k)


@cache
def _function(expression: str) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = eval(f"lambda x: {expression}")
    return function
