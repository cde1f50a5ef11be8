"""Mutation of the text that a program reads, keeping its shape.

Integers stay integers and words stay words. A number that counts the lines after it, or the tokens of
the next line, goes on counting them; lines and tokens that nothing counts are neither added nor left
out. Which numbers count is guessed from where they stand, and only where it is plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rltf.augment.value_mutation import Mutator
from rltf.common.stable_random import StableRandom

_INT = re.compile(r"-?(0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"-?\d{1,15}\.\d{1,15}")


@dataclass(frozen=True)
class _Count:
    """A number in the text, and what it counts."""

    line: int
    token: int
    of_lines: bool
    """Counts the lines after its own; otherwise the tokens of the next line."""
    may_change: bool


class TextMutator:
    """Mutates texts; words may become ones that stand in the texts ``seen``."""

    def __init__(self, dice: StableRandom, seen: list[str]) -> None:
        self._dice = dice
        tokens = [_value(token) for text in seen for token in text.split()]
        self._values = Mutator(dice, tokens)

    def mutated(self, text: str) -> str:
        """One change."""
        lines = [line.split(" ") for line in text.removesuffix("\n").split("\n")]
        counts = list(_counts(lines))
        resizable = [count for count in counts if count.may_change]
        if resizable and self._dice.chance(0.4):
            self._resize(lines, self._dice.pick(resizable))
        else:
            self._change_token(lines, {(count.line, count.token) for count in counts})
        end = "\n" if text.endswith("\n") else ""
        return "\n".join(" ".join(line) for line in lines) + end

    def _resize(self, lines: list[list[str]], count: _Count) -> None:
        """One item more or less of those that are counted, or two of them in each other's place."""
        first = count.line + 1
        items = lines[first:] if count.of_lines else [[token] for token in lines[first]]
        at, other = (self._dice.number(0, len(items) - 1) for _ in range(2))
        match self._dice.number(0, 2):
            case 0 if len(items) > 1:
                del items[at]
            case 1:
                items.insert(other, list(items[at]))
            case _:
                items[at], items[other] = items[other], items[at]
        lines[first : None if count.of_lines else first + 1] = (
            items if count.of_lines else [[token for item in items for token in item]]
        )
        lines[count.line][count.token] = str(len(items))

    def _change_token(self, lines: list[list[str]], fixed: set[tuple[int, int]]) -> None:
        places = [
            (row, column)
            for row, line in enumerate(lines)
            for column, token in enumerate(line)
            if token and (row, column) not in fixed
        ]
        if places:
            row, column = self._dice.pick(places)
            lines[row][column] = self._token(lines[row][column])

    def _token(self, token: str) -> str:
        value = _value(token)
        changed = str(self._values.mutated(value))
        same_kind = len(changed.split()) == 1 and type(_value(changed)) is type(value)
        return changed if same_kind else token


def _counts(lines: list[list[str]]) -> Iterator[_Count]:
    """Numbers of the first line that count all others, and those that count the next line's tokens."""
    for row, line in enumerate(lines[:-1]):
        rest = lines[row + 1 :]
        width = len(rest[0])
        for column, token in enumerate(line):
            number = _value(token)
            if row == 0 and len(rest) > 1 and number == len(rest):
                # of a square, both would have to change
                yield _Count(row, column, of_lines=True, may_change=width != number)
            elif len(line) <= 2 and width > 1 and number == width and all(rest[0]):
                alone = len(line) == 1 or len(rest) == 1
                yield _Count(row, column, of_lines=False, may_change=alone)


def _value(token: str) -> int | float | str:
    """What a token stands for: an integer, a number with a point, or a word."""
    if _INT.fullmatch(token):
        return int(token)
    return float(token) if _FLOAT.fullmatch(token) else token
