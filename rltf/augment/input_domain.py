"""The domain of a problem's inputs: what its own inputs have in common.

A problem defines its valid inputs in words, if at all. On any other input a reference gives some
arbitrary result, and a test made of it would fail correct programs. So a new input may only have
types, signs, magnitudes, emptiness and classes of characters that the own inputs show, and follows
the rules that all of them follow (``domain_rules``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from rltf.augment.domain_rules import (
    SIZED,
    Relation,
    ValueRule,
    counts,
    is_number,
    relations,
    value_rules,
)
from rltf.augment.signatures import Input

_MIN_EVIDENCE = 2
"""How many own values must follow a rule before new values have to."""
_MAX_GROWTH = 1000
"""How many times larger than the largest own number a new number may be."""


class Domain:
    """The domain of inputs that have one signature; test membership with ``value in domain``.

    Args:
        inputs: The problem's own inputs.
        prompt: The problem's prompt, whose words decide which rules may limit the inputs.
    """

    def __init__(self, inputs: Sequence[Input], prompt: str = "") -> None:
        self._texts = [each for each in inputs if isinstance(each, str)]
        calls = [each for each in inputs if not isinstance(each, str)]
        self._calls = {
            arity: _Calls([args for args in calls if len(args) == arity], prompt)
            for arity in {len(args) for args in calls}
        }
        tokens = [_token(token) for text in self._texts for token in text.split()]
        self._tokens = _Traits(tokens, value_rules(prompt))

    def __contains__(self, value: Input) -> bool:
        if isinstance(value, str):
            return bool(self._texts) and all(
                self._tokens.admits(_token(token)) for token in value.split()
            )
        calls = self._calls.get(len(value))
        return calls is not None and calls.admits(value)

    def fitted(self, value: Input) -> Input:
        """Return the input with corrected counts, if an argument counts another one's items."""
        if isinstance(value, str) or len(value) not in self._calls:
            return value
        return self._calls[len(value)].fitted(value)


class _Calls:
    """What calls with the same number of arguments have in common."""

    def __init__(self, calls: Sequence[tuple[Any, ...]], prompt: str) -> None:
        positions = range(len(calls[0]))
        rules = value_rules(prompt)
        self._traits = [_Traits([args[index] for args in calls], rules) for index in positions]

        def pairs_with(relation: Relation) -> list[tuple[int, int]]:
            return [
                (a, b)
                for a in positions
                for b in positions
                if a != b and all(relation(args[a], args[b]) for args in calls)
            ]

        self._relations = {relation: pairs_with(relation) for relation in relations(prompt)}

    def admits(self, args: tuple[Any, ...]) -> bool:
        return all(
            trait.admits(value) for trait, value in zip(self._traits, args, strict=True)
        ) and all(
            relation(args[a], args[b])
            for relation, pairs in self._relations.items()
            for a, b in pairs
        )

    def fitted(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(args)
        for a, b in self._relations[counts]:
            values[a] = len(values[b])
        return tuple(values)


class _Traits:
    """What the values of one argument have in common."""

    def __init__(self, values: Sequence[Any], rules: Sequence[ValueRule]) -> None:
        parts = [part for value in values for part in _walk(value)]
        self._kinds = {_kind(depth, part) for depth, part in parts}
        numbers = [part for _, part in parts if is_number(part)]
        self._min_sign = min((_sign(number) for number in numbers), default=1)
        self._max_sign = max((_sign(number) for number in numbers), default=-1)
        largest = max((abs(number) for number in numbers), default=0)
        self._largest = _MAX_GROWTH * max(1, largest)
        self._classes = {
            _character_class(c) for _, part in parts if isinstance(part, str) for c in part
        }
        self._rules = {
            depth: [
                rule for rule in rules if _always(rule, [part for at, part in parts if at == depth])
            ]
            for depth in {depth for depth, _ in parts}
        }

    def admits(self, value: Any) -> bool:
        return all(
            _kind(depth, part) in self._kinds
            and (not is_number(part) or self._admits_number(part))
            and (
                not isinstance(part, str) or all(_character_class(c) in self._classes for c in part)
            )
            and all(rule(part) is not False for rule in self._rules[depth])
            for depth, part in _walk(value)
        )

    def _admits_number(self, number: float) -> bool:
        return self._min_sign <= _sign(number) <= self._max_sign and abs(number) <= self._largest


def _always(rule: ValueRule, parts: Sequence[Any]) -> bool:
    """Return whether a rule applies to enough of these parts, and holds for all of those."""
    answers = [answer for part in parts if (answer := rule(part)) is not None]
    return len(answers) >= _MIN_EVIDENCE and all(answers)


def _walk(value: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """Yield a value and all of its parts, each with its depth."""
    yield depth, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(key, depth + 1)
            yield from _walk(item, depth + 1)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _walk(item, depth + 1)


def _kind(depth: int, value: Any) -> tuple[int, type, bool]:
    return depth, type(value), isinstance(value, SIZED) and not value


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _character_class(character: str) -> str:
    """Return the class of a character; a character without one is its own class."""
    for name, belongs in (("a", str.islower), ("A", str.isupper), ("0", str.isdigit)):
        if belongs(character):
            return name
    return character


def _token(text: str) -> Any:
    """Return a token of an input as a number if it is one, else as text."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
