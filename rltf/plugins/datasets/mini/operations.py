"""The steps of a task: expressions in ``x`` with their names in words, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from rltf.common.seeds import StableRandom


@dataclass(frozen=True)
class ValueType:
    """A type of value."""

    noun: str
    """Its name in the prompt of a task."""
    make: Callable[[StableRandom], Any]
    """Makes a value for a test."""
    read: str = "input()"
    """Python code that reads a value from standard input."""
    show: str = "print({x})"
    """Python code that prints a value."""

    def line(self, value: Any) -> str:
        """Return the value as a line of text."""
        return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _integer(rng: StableRandom) -> int:
    return rng.number(-99, 99) if rng.chance(0.65) else rng.number(100, 9999)


def _numbers(rng: StableRandom) -> list[int]:
    items = [rng.number(-9, 15) for _ in range(rng.number(4, 8))]
    # A repeated item distinguishes a list from the set of its items.
    return rng.shuffled([*items, rng.pick(items)])


def _word(rng: StableRandom) -> str:
    letters = [rng.pick("bcdlmnrst") + rng.pick("aaeiou") for _ in range(rng.number(1, 3))]
    word = "".join(letters) + rng.pick(("", "n", "s"))
    return rng.pick((word, word, word.capitalize(), word.upper()))


def _text(rng: StableRandom) -> str:
    return " ".join(_word(rng) for _ in range(rng.number(2, 4)))


def _dictionary(rng: StableRandom) -> dict[str, int]:
    # Distinct values, so that only one key has the largest value.
    values = rng.shuffled(range(1, 21))
    return {_word(rng).lower(): values[i] for i in range(rng.number(3, 6))}


def _comma_numbers(rng: StableRandom) -> str:
    return ",".join(map(str, _numbers(rng)))


def _pairs(rng: StableRandom) -> str:
    return " ".join(f"{word}={n}" for word, n in _dictionary(rng).items())


def _clock(rng: StableRandom) -> str:
    return f"{rng.number(0, 23):02}:{rng.number(0, 59):02}"


def _sum(rng: StableRandom) -> str:
    return "+".join(str(rng.number(1, 20)) for _ in range(rng.number(2, 6)))


def _binary(rng: StableRandom) -> str:
    return "".join(rng.pick("01") for _ in range(rng.number(4, 9)))


VALUE_TYPES = {
    # Dictionaries have no text format: tasks that take or return one are functions.
    "int": ValueType("an integer", _integer, read="int(input())"),
    "ints": ValueType(
        "a list", _numbers, read="list(map(int, input().split()))", show="print(*{x})"
    ),
    "text": ValueType("a text", _text),
    "dict": ValueType("a dictionary", _dictionary),
    "csv": ValueType("numbers like 3,1,4", _comma_numbers),
    "pairs": ValueType("pairs like a=3 b=5", _pairs),
    "clock": ValueType("a time like 07:45", _clock),
    "sum": ValueType("a sum like 3+4", _sum),
    "binary": ValueType("bits like 1011", _binary),
}


@dataclass(frozen=True, eq=False)  # each is made once, and identity is hashed fastest
class Operation:
    """An operation of a family, from which steps are made."""

    name: str
    takes: str
    """Type of its input, a key of ``VALUE_TYPES``."""
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
