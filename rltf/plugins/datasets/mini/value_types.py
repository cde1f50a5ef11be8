"""The kinds of value that tasks work on: how each is called, made, read and printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rltf.common.stable_random import StableRandom


@dataclass(frozen=True)
class Kind:
    """A kind of value."""

    noun: str
    """What a task that takes one calls it."""
    make: Callable[[StableRandom], Any]
    """A value to test with."""
    read: str = "input()"
    """Python that reads one from standard input."""
    show: str = "print({x})"
    """Python that prints one."""

    def line(self, value: Any) -> str:
        """The value as a line of standard input."""
        return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _integer(dice: StableRandom) -> int:
    return dice.number(-99, 99) if dice.chance(0.65) else dice.number(100, 9999)


def _numbers(dice: StableRandom) -> list[int]:
    made = [dice.number(-9, 15) for _ in range(dice.number(4, 8))]
    # A repeated item is what tells a list from the set of its items.
    return dice.shuffled([*made, dice.pick(made)])


def _word(dice: StableRandom) -> str:
    letters = [dice.pick("bcdlmnrst") + dice.pick("aaeiou") for _ in range(dice.number(1, 3))]
    word = "".join(letters) + dice.pick(("", "n", "s"))
    return dice.pick((word, word, word.capitalize(), word.upper()))


def _text(dice: StableRandom) -> str:
    return " ".join(_word(dice) for _ in range(dice.number(2, 4)))


def _dictionary(dice: StableRandom) -> dict[str, int]:
    # Distinct values: the key of the largest one is then one key.
    values = dice.shuffled(range(1, 21))
    return {_word(dice).lower(): values[i] for i in range(dice.number(3, 6))}


def _comma_numbers(dice: StableRandom) -> str:
    return ",".join(map(str, _numbers(dice)))


def _pairs(dice: StableRandom) -> str:
    return " ".join(f"{word}={n}" for word, n in _dictionary(dice).items())


def _clock(dice: StableRandom) -> str:
    return f"{dice.number(0, 23):02}:{dice.number(0, 59):02}"


def _sum(dice: StableRandom) -> str:
    return "+".join(str(dice.number(1, 20)) for _ in range(dice.number(2, 6)))


def _binary(dice: StableRandom) -> str:
    return "".join(dice.pick("01") for _ in range(dice.number(4, 9)))


KINDS = {
    # Dictionaries have no text form: tasks that take or give one are functions.
    "int": Kind("an integer", _integer, read="int(input())"),
    "ints": Kind("a list", _numbers, read="list(map(int, input().split()))", show="print(*{x})"),
    "text": Kind("a text", _text),
    "dict": Kind("a dictionary", _dictionary),
    "csv": Kind("numbers like 3,1,4", _comma_numbers),
    "pairs": Kind("pairs like a=3 b=5", _pairs),
    "clock": Kind("a time like 07:45", _clock),
    "sum": Kind("a sum like 3+4", _sum),
    "binary": Kind("bits like 1011", _binary),
}
