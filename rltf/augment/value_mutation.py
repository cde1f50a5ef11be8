"""Type-aware mutation of values, after EvalPlus (Liu et al., 2023, section 2.1, table 1).

A mutant has the same type as its original, and so has every part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rltf.common.seeds import StableRandom

EXTREMES = (0, 1, 2, 10, 100, 1000, 10**6, 2**31 - 1)
_MAX_SEEN = 100
"""How many values of a type are remembered."""
_LETTERS = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")


class Mutator:
    """Mutates values; any part may be replaced by a value of the same type from ``seen``."""

    def __init__(self, rng: StableRandom, seen: Iterable[Any] = ()) -> None:
        self._rng = rng
        self._seen: dict[type, list[Any]] = {}
        for value in seen:
            self._remember(value)

    def _remember(self, value: Any) -> None:
        known = self._seen.setdefault(type(value), [])
        if len(known) < _MAX_SEEN and value not in known:
            known.append(value)
        for part in _parts(value):
            self._remember(part)

    def mutated(self, value: Any) -> Any:
        """Return the value with one change; values of other types stay as they are."""
        seen = self._seen.get(type(value), ())
        if len(seen) > 1 and self._rng.chance(0.15):
            return self._rng.pick(seen)
        change = _CHANGES.get(type(value))
        return value if change is None else change(self, value)

    # ------------------------------------------------------------------------------- numbers

    def _bool(self, value: bool) -> bool:
        return not value

    def _int(self, value: int) -> int:
        match self._rng.number(0, 4):
            case 0:
                return value + 1
            case 1:
                return value - 1
            case 2:
                return -value
            case 3:
                return value + self._rng.number(-10, 10)
        extreme = self._rng.pick(EXTREMES)
        return -extreme if value < 0 else extreme

    def _float(self, value: float) -> float:
        match self._rng.number(0, 4):
            case 0:
                return value + 1.0
            case 1:
                return value - 1.0
            case 2:
                return -value
            case 3:
                return value * self._rng.pick((0.5, 2.0, 10.0))
        extreme = float(self._rng.pick(EXTREMES))
        return -extreme if value < 0 else extreme

    def _complex(self, value: complex) -> complex:
        if self._rng.chance(0.5):
            return complex(self._float(value.real), value.imag)
        return complex(value.real, self._float(value.imag))

    # --------------------------------------------------------------------------------- texts

    def _str(self, value: str) -> str:
        if not value:
            return str(self._rng.pick(self._seen.get(str, [value])))
        index = self._rng.number(0, len(value) - 1)
        end = min(len(value), index + self._rng.pick((1, 1, 2, 4)))
        match self._rng.number(0, 3):
            case 0:
                return value[:index] + value[end:]
            case 1:
                return value[:end] + value[index:]
            case 2:
                return value[:index] + self._character(value[index]) + value[index + 1 :]
        other = self._rng.number(0, len(value) - 1)
        letters = list(value)
        letters[index], letters[other] = letters[other], letters[index]
        return "".join(letters)

    def _character(self, old: str) -> str:
        """Return another character of the same class; if it has no class, any that was seen."""
        for letters in _LETTERS:
            if old in letters:
                return self._rng.pick(letters)
        others: list[str] = self._seen.get(str, [])
        return self._rng.pick(sorted({old}.union(*others)))

    def _bytes(self, value: bytes) -> bytes:
        items = [*value]
        if items and self._rng.chance(0.5):
            items[self._rng.number(0, len(items) - 1)] = self._rng.number(0, 255)
            return bytes(items)
        return bytes(item % 256 for item in self._resized(items))

    # ---------------------------------------------------------------------------- containers

    def _list(self, value: list[Any]) -> list[Any]:
        if not value:
            return list(self._rng.pick(self._seen.get(list, [value])))
        match self._rng.number(0, 5):
            case 0 | 1:
                return self._with_one_mutated(value)
            case 2:
                return self._rng.shuffled(value)
        return self._resized(value)

    def _tuple(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        """Mutate a tuple; one with items of several types is a record and keeps its length."""
        if not value:
            return tuple(self._rng.pick(self._seen.get(tuple, [value])))
        if len({type(item) for item in value}) > 1:
            return tuple(self._with_one_mutated(list(value)))
        return tuple(self._list(list(value)))

    def _set(self, value: set[Any]) -> set[Any]:
        items = sorted(value, key=repr)
        if not items:
            return set(self._rng.pick(self._seen.get(set, [value])))
        item = self._mutated_key(self._rng.pick(items))
        match self._rng.number(0, 2):
            case 0:
                return value - {self._rng.pick(items)}
            case 1:
                return value | {item}
        return (value - {self._rng.pick(items)}) | {item}

    def _dict(self, value: dict[Any, Any]) -> dict[Any, Any]:
        if not value:
            return dict(self._rng.pick(self._seen.get(dict, [value])))
        key = self._rng.pick(list(value))
        match self._rng.number(0, 3):
            case 0:
                return {k: v for k, v in value.items() if k != key}
            case 1:
                return value | {self._mutated_key(key): value[key]}
            case 2:
                other = self._mutated_key(key)
                return {(other if k == key else k): v for k, v in value.items()}
        return value | {key: self.mutated(value[key])}

    def _mutated_key(self, key: Any) -> Any:
        """Mutate a key; keep it if the mutant is not hashable, such as a tuple with a list."""
        mutant = self.mutated(key)
        try:
            hash(mutant)
        except TypeError:
            return key
        return mutant

    def _resized(self, items: list[Any]) -> list[Any]:
        """Remove an item, repeat one, or insert a mutant of one."""
        if not items:
            return items
        index = self._rng.number(0, len(items) - 1)
        match self._rng.number(0, 2):
            case 0:
                return items[:index] + items[index + 1 :]
            case 1:
                return [*items[:index], items[index], *items[index:]]
        return [*items[:index], self.mutated(self._rng.pick(items)), *items[index:]]

    def _with_one_mutated(self, items: list[Any]) -> list[Any]:
        index = self._rng.number(0, len(items) - 1)
        return [*items[:index], self.mutated(items[index]), *items[index + 1 :]]


_CHANGES: dict[type, Callable[[Mutator, Any], Any]] = {
    bool: Mutator._bool,
    int: Mutator._int,
    float: Mutator._float,
    complex: Mutator._complex,
    str: Mutator._str,
    bytes: Mutator._bytes,
    list: Mutator._list,
    tuple: Mutator._tuple,
    set: Mutator._set,
    dict: Mutator._dict,
}


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, set):
        return sorted(value, key=repr)
    return value if isinstance(value, (list, tuple)) else ()
