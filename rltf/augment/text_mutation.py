"""Mutation of the text that a program reads, without a change of its format.

Integers stay integers and words stay words. A number that counts the lines after it, or the tokens
of the next line, is updated with them; lines and tokens that no number counts are neither added nor
removed. Position and value show which numbers are counts; unclear cases are not taken for counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rltf.augment.value_mutation import Mutator
from rltf.common.seeds import StableRandom

_INT = re.compile(r"-?(0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"-?\d{1,15}\.\d{1,15}")


@dataclass(frozen=True)
class _Count:
    """A number in the text that counts lines or tokens."""

    line: int
    token: int
    of_lines: bool
    """Whether it counts the lines after its own; otherwise, the tokens of the next line."""
    may_change: bool


class TextMutator:
    """Mutates texts; words may be replaced by words of the texts ``seen``."""

    def __init__(self, rng: StableRandom, seen: list[str]) -> None:
        self._rng = rng
        tokens = [_value(token) for text in seen for token in text.split()]
        self._values = Mutator(rng, tokens)

    def mutated(self, text: str) -> str:
        """Return the text with one change."""
        lines = [line.split(" ") for line in text.removesuffix("\n").split("\n")]
        counts = list(_counts(lines))
        resizable = [count for count in counts if count.may_change]
        if resizable and self._rng.chance(0.4):
            self._resize(lines, self._rng.pick(resizable))
        else:
            self._change_token(lines, {(count.line, count.token) for count in counts})
        end = "\n" if text.endswith("\n") else ""
        return "\n".join(" ".join(line) for line in lines) + end

    def _resize(self, lines: list[list[str]], count: _Count) -> None:
        """Remove, repeat or swap some of the items that a number counts, and update the number."""
        first = count.line + 1
        items = lines[first:] if count.of_lines else [[token] for token in lines[first]]
        index, other = (self._rng.number(0, len(items) - 1) for _ in range(2))
        match self._rng.number(0, 2):
            case 0 if len(items) > 1:
                del items[index]
            case 1:
                items.insert(other, list(items[index]))
            case _:
                items[index], items[other] = items[other], items[index]
        lines[first : None if count.of_lines else first + 1] = (
            items if count.of_lines else [[token for item in items for token in item]]
        )
        lines[count.line][count.token] = str(len(items))

    def _change_token(self, lines: list[list[str]], fixed: set[tuple[int, int]]) -> None:
        positions = [
            (row, column)
            for row, line in enumerate(lines)
            for column, token in enumerate(line)
            if token and (row, column) not in fixed
        ]
        if positions:
            row, column = self._rng.pick(positions)
            lines[row][column] = self._token(lines[row][column])

    def _token(self, token: str) -> str:
        value = _value(token)
        changed = str(self._values.mutated(value))
        same_kind = len(changed.split()) == 1 and type(_value(changed)) is type(value)
        return changed if same_kind else token


def _counts(lines: list[list[str]]) -> Iterator[_Count]:
    """Yield the numbers that count all lines after the first, or the tokens of the next line."""
    for row, line in enumerate(lines[:-1]):
        rest = lines[row + 1 :]
        width = len(rest[0])
        for column, token in enumerate(line):
            number = _value(token)
            if row == 0 and len(rest) > 1 and number == len(rest):
                # in a square, the count of columns would have to change too
                yield _Count(row, column, of_lines=True, may_change=width != number)
            elif len(line) <= 2 and width > 1 and number == width and all(rest[0]):
                alone = len(line) == 1 or len(rest) == 1
                yield _Count(row, column, of_lines=False, may_change=alone)


def _value(token: str) -> int | float | str:
    """Return a token as an integer, a float or, if it is neither, a text."""
    if _INT.fullmatch(token):
        return int(token)
    return float(token) if _FLOAT.fullmatch(token) else token
