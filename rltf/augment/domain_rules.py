"""Rules that the inputs of a problem may follow, beside types and magnitudes.

A rule is a question about a value, or about two arguments of a call. Its answer is ``None`` if the
rule does not apply. Some rules hold by chance for most inputs: they only count if the problem's
prompt speaks of them too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

ValueRule = Callable[[Any], bool | None]
Relation = Callable[[Any, Any], bool]

SIZED = (str, bytes, list, tuple, set, dict)
_MIN_ORDERED = 3
"""The length from which the order of a list is no coincidence."""
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def value_rules(prompt: str) -> list[ValueRule]:
    """Return the rules about one value that the inputs of a problem with this prompt may follow."""
    rules: list[ValueRule] = [is_in_order, has_equal_rows, is_square, is_balanced, has_whole_words]
    if re.search(
        r"\b(unique|distinct|duplicates?|permutation|no two|exactly once)\b", prompt, re.I
    ):
        rules += [has_no_repeats, is_permutation]
    return rules


def relations(prompt: str) -> list[Relation]:
    """Return the relations that two arguments of a problem with this prompt may have."""
    found: list[Relation] = [counts, is_same_size, is_index]
    if re.search(r"\b(range|between|interval)\b", prompt, re.I):
        found.append(is_at_most)
    return found


def is_number(value: Any) -> bool:
    return type(value) in (int, float)


# ---------------------------------------------------------------------------- about one value


def is_in_order(value: Any) -> bool | None:
    if not isinstance(value, (list, tuple)) or len(value) < _MIN_ORDERED:
        return None
    if not all(map(is_number, value)):
        return None
    return list(value) == sorted(value)


def has_equal_rows(value: Any) -> bool | None:
    return len({len(row) for row in value}) == 1 if _is_table(value) else None


def is_square(value: Any) -> bool | None:
    return all(len(row) == len(value) for row in value) if _is_table(value) else None


def has_no_repeats(value: Any) -> bool | None:
    """Return whether all items differ, those of all rows of a table together."""
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return None
    items = [repr(item) for item in _items(value)]
    return len(set(items)) == len(items)


def is_permutation(value: Any) -> bool | None:
    """Return whether the items are the integers from 0 or 1 on, each once."""
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return None
    items = list(_items(value))
    if not all(type(item) is int for item in items):
        return False
    return sorted(items) == list(range(min(items), min(items) + len(items))) and min(items) in (
        0,
        1,
    )


def is_balanced(value: Any) -> bool | None:
    """Return whether each bracket of a text has its partner."""
    if not isinstance(value, str) or not _has_brackets(value):
        return None
    opened = []
    for character in value:
        if character in _BRACKETS.values():
            opened.append(character)
        elif character in _BRACKETS and (not opened or opened.pop() != _BRACKETS[character]):
            return False
    return not opened


def has_whole_words(value: Any) -> bool | None:
    """Return whether brackets and their partners are in the same word."""
    if not isinstance(value, str) or not _has_brackets(value):
        return None
    return all(is_balanced(word) is not False for word in value.split())


def _has_brackets(text: str) -> bool:
    return not _BRACKETS.keys().isdisjoint(text) or not set(_BRACKETS.values()).isdisjoint(text)


def _is_table(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return False
    return all(isinstance(row, (list, tuple)) for row in value)


def _items(value: Any) -> Iterator[Any]:
    for item in value:
        if isinstance(item, (list, tuple)):
            yield from _items(item)
        else:
            yield item


# ---------------------------------------------------------------------- between two arguments


def counts(number: Any, items: Any) -> bool:
    return type(number) is int and isinstance(items, SIZED) and number == len(items)


def is_same_size(value: Any, other: Any) -> bool:
    sized = isinstance(value, (list, tuple)) and isinstance(other, (list, tuple))
    return sized and len(value) == len(other)


def is_index(number: Any, items: Any) -> bool:
    if type(number) is not int or not isinstance(items, (str, list, tuple)):
        return False
    return 0 <= number <= len(items)


def is_at_most(first: Any, second: Any) -> bool:
    return is_number(first) and is_number(second) and first <= second
