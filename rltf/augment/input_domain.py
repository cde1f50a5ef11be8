"""What all of a problem's own inputs have in common, which a new input must have too.

A problem says in words, if at all, which inputs it is about, and a reference answers others with
whatever comes of them: a program that is right would fail a test made of that. So a new input shows
no type, sign, magnitude, emptiness, kind of character or order that none of the problem's own inputs shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rltf.augment.signatures import Input

_SIZED = (str, bytes, list, tuple, set, dict)
_EVIDENCE = 2
"""Values that a rule must hold for before new ones have to keep it."""
_MAGNITUDE = 1000
"""How many times the largest own number a new one may be."""
_ORDERED_FROM = 3
"""Items of a list that can be in order by more than chance."""


class Domain:
    """Of the inputs of one form. ``fitted in domain`` says whether a new one belongs to it."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._texts = [given for given in inputs if isinstance(given, str)]
        calls = [given for given in inputs if not isinstance(given, str)]
        self._calls = {
            arity: _Calls([args for args in calls if len(args) == arity])
            for arity in {len(args) for args in calls}
        }
        tokens = [_token(token) for text in self._texts for token in text.split()]
        self._tokens = _Traits(tokens)

    def __contains__(self, given: Input) -> bool:
        if isinstance(given, str):
            return bool(self._texts) and all(
                self._tokens.admits(_token(token)) for token in given.split()
            )
        calls = self._calls.get(len(given))
        return calls is not None and calls.admits(given)

    def fitted(self, given: Input) -> Input:
        """The input with those arguments put right that count another one's items."""
        if isinstance(given, str) or len(given) not in self._calls:
            return given
        return self._calls[len(given)].fitted(given)


class _Calls:
    """Calls with one number of arguments."""

    def __init__(self, calls: Sequence[tuple[Any, ...]]) -> None:
        arity = range(len(calls[0]))
        self._traits = [_Traits([args[at] for args in calls]) for at in arity]

        def holds(relation: Callable[[Any, Any], bool]) -> list[tuple[int, int]]:
            return [
                (a, b)
                for a in arity
                for b in arity
                if a != b and all(relation(args[a], args[b]) for args in calls)
            ]

        self._counts = holds(_counts)
        self._relations = [
            (relation, holds(relation)) for relation in (_counts, _same_size, _is_place)
        ]

    def admits(self, args: tuple[Any, ...]) -> bool:
        return all(
            trait.admits(value) for trait, value in zip(self._traits, args, strict=True)
        ) and all(
            relation(args[a], args[b]) for relation, pairs in self._relations for a, b in pairs
        )

    def fitted(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(args)
        for a, b in self._counts:
            values[a] = len(values[b])
        return tuple(values)


class _Traits:
    """Of the values of one argument."""

    def __init__(self, values: Sequence[Any]) -> None:
        parts = [part for value in values for part in _walk(value)]
        self._kinds = {_kind(depth, part) for depth, part in parts}
        numbers = [part for _, part in parts if _is_number(part)]
        self._least = min((_sign(number) for number in numbers), default=1)
        self._most = max((_sign(number) for number in numbers), default=-1)
        largest = max((abs(number) for number in numbers), default=0)
        self._largest = _MAGNITUDE * max(1, largest)
        self._letters = {_letter(c) for _, part in parts if isinstance(part, str) for c in part}
        self._rules = [
            rule for rule in (_is_in_order, _has_equal_rows) if _always(rule, [p for _, p in parts])
        ]

    def admits(self, value: Any) -> bool:
        return all(
            _kind(depth, part) in self._kinds
            and (not _is_number(part) or self._admits_number(part))
            and (not isinstance(part, str) or all(_letter(c) in self._letters for c in part))
            and all(rule(part) is not False for rule in self._rules)
            for depth, part in _walk(value)
        )

    def _admits_number(self, number: float) -> bool:
        return self._least <= _sign(number) <= self._most and abs(number) <= self._largest


def _always(rule: Callable[[Any], bool | None], parts: Sequence[Any]) -> bool:
    """Whether a rule has something to say of these parts, and holds for all of them."""
    said = [answer for part in parts if (answer := rule(part)) is not None]
    return len(said) >= _EVIDENCE and all(said)


def _walk(value: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """A value and what it is made of, with the depth at which it stands."""
    yield depth, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(key, depth + 1)
            yield from _walk(item, depth + 1)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _walk(item, depth + 1)


def _kind(depth: int, value: Any) -> tuple[int, type, bool]:
    return depth, type(value), isinstance(value, _SIZED) and not value


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _letter(character: str) -> str:
    """The class of a character; one of no class is its own."""
    for name, belongs in (("a", str.islower), ("A", str.isupper), ("0", str.isdigit)):
        if belongs(character):
            return name
    return character


def _is_in_order(value: Any) -> bool | None:
    if not isinstance(value, (list, tuple)) or len(value) < _ORDERED_FROM:
        return None
    if not all(map(_is_number, value)):
        return None
    return list(value) == sorted(value)


def _has_equal_rows(value: Any) -> bool | None:
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return None
    if not all(isinstance(row, (list, tuple)) for row in value):
        return None
    return len({len(row) for row in value}) == 1


# ---------------------------------------------------------------- between two arguments


def _counts(number: Any, items: Any) -> bool:
    return type(number) is int and isinstance(items, _SIZED) and number == len(items)


def _same_size(value: Any, other: Any) -> bool:
    sized = isinstance(value, (list, tuple)) and isinstance(other, (list, tuple))
    return sized and len(value) == len(other)


def _is_place(number: Any, items: Any) -> bool:
    if type(number) is not int or not isinstance(items, (str, list, tuple)):
        return False
    return 0 <= number <= len(items)


def _token(text: str) -> Any:
    """A token of an input: the number that it is, or the text."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
