"""Options: what each one may be, read from its annotation and nowhere else.

    mode: Literal["paper", "official"]                     one of these words
    steps: NonNegativeInt                                  a whole number of at least 0
    top_p: Annotated[float, Bounds(above=0, at_most=1)]    a number in a range
    critic: str | None                                     a text, or none

Configurations, limits, plugins and commands check their options here, so that every message names
the option, what it may be, and what it is.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from rltf.common.did_you_mean import nearest

_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


@dataclass(frozen=True)
class Bounds:
    """The range of a number, for ``Annotated``."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    note: str = ""
    """What the range comes from; ends its description."""

    def __contains__(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            text = f"from {self.at_least} to {self.at_most}"
        else:
            limits = {
                "of at least": self.at_least,
                "above": self.above,
                "below": self.below,
                "at most": self.at_most,
            }
            text = " and ".join(f"{word} {n}" for word, n in limits.items() if n is not None)
        return ", ".join(filter(None, (text, self.note)))


PositiveInt = Annotated[int, Bounds(at_least=1)]
NonNegativeInt = Annotated[int, Bounds(at_least=0)]
HashSeed = Annotated[int, Bounds(at_least=0, at_most=4_294_967_295)]
Port = Annotated[int, Bounds(at_least=0, at_most=65_535)]
PositiveFloat = Annotated[float, Bounds(above=0)]
NonNegativeFloat = Annotated[float, Bounds(at_least=0)]
Share = Annotated[float, Bounds(at_least=0, at_most=1)]
PositiveShare = Annotated[float, Bounds(above=0, at_most=1)]


@dataclass(frozen=True)
class Option:
    """What one option may be."""

    types: frozenset[type]
    """Empty for an annotation that this module does not know: anything is allowed."""
    choices: tuple[str, ...] = ()
    bounds: Bounds | None = None

    @classmethod
    def read(cls, annotation: Any) -> Option:
        """Return the option that an annotation describes."""
        bounds = None
        if get_origin(annotation) is Annotated:
            annotation, *notes = get_args(annotation)
            bounds = next((note for note in notes if isinstance(note, Bounds)), None)
        if get_origin(annotation) is Literal:
            return cls(frozenset({str}), get_args(annotation), bounds)
        if get_origin(annotation) not in (Union, UnionType):
            is_known = annotation in (*_NAMES, NoneType)
            return cls(frozenset({annotation} if is_known else ()), bounds=bounds)
        alternatives = [cls.read(part) for part in get_args(annotation)]
        if not all(part.types for part in alternatives):
            return cls(frozenset())
        return cls(
            frozenset().union(*(part.types for part in alternatives)),
            next((part.choices for part in alternatives if part.choices), ()),
            next((part.bounds for part in alternatives if part.bounds), bounds),
        )

    @property
    def is_restricted(self) -> bool:
        """Whether the annotation names choices or a range."""
        return bool(self.choices) or self.bounds is not None

    def allows(self, value: object) -> bool:
        """Return whether the option may have this value."""
        if not self.types:
            return True
        if value is None:
            return NoneType in self.types
        if type(value) not in self.types and not (type(value) is int and float in self.types):
            return False
        if self.choices:
            return value in self.choices
        if not isinstance(value, int | float):
            return True
        return _is_finite(value) and (self.bounds is None or value in self.bounds)

    def parse(self, text: str) -> object:
        """Return the value that a text stands for; the text itself where it is no other value."""
        if text in ("", "none") and NoneType in self.types:
            return None
        if text in ("true", "false") and bool in self.types:
            return text == "true"
        for convert in (int, float):
            if convert in self.types:
                try:
                    return convert(text)
                except ValueError:
                    continue
        return text

    def __str__(self) -> str:
        if self.choices:
            return " or ".join(self.choices)
        names = " or ".join(_NAMES[kind] for kind in _NAMES if kind in self.types)
        return f"{names} {self.bounds}" if self.bounds else names

    def complaint(self, name: str, value: object) -> str | None:
        """Return a sentence about a value that is not allowed, or ``None`` if it is."""
        if self.allows(value):
            return None
        hint = nearest(value, self.choices, repr) if self.choices else ""
        return f"{name} must be {self}, not {value!r:.80}{hint}"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond every float
        return False


@cache
def fields_of(dataclass_type: Any) -> Mapping[str, Option]:
    """Return the options that are the fields of a dataclass."""
    hints = get_type_hints(dataclass_type, include_extras=True)
    return {field.name: Option.read(hints[field.name]) for field in fields(dataclass_type)}


def check_fields(instance: Any, error: type[Exception], prefix: str = "") -> None:
    """Raise an ``error`` about the first field of a dataclass that has a value it may not have."""
    for name, option in fields_of(instance.__class__).items():
        if complaint := option.complaint(f"{prefix}{name}", getattr(instance, name)):
            raise error(complaint)


def arguments_of(function: Any) -> Mapping[str, Option]:
    """Return the parameters of a function or class whose annotation names choices or a range.

    Empty where annotations cannot be read, for instance because they name types that are imported
    for type checkers only.
    """
    try:
        parameters = inspect.signature(function, eval_str=True).parameters
    except Exception:
        return {}
    options = {name: Option.read(each.annotation) for name, each in parameters.items()}
    return {name: option for name, option in options.items() if option.is_restricted}


def check_arguments(
    function: Any, arguments: Mapping[str, object], owner: str, error: type[Exception]
) -> None:
    """Raise an ``error`` about the first argument that the function's annotations do not allow.

    Args:
        owner: Whose options the arguments are, such as ``reward 'fine'``.
    """
    options = arguments_of(function)
    for name, value in arguments.items():
        if name in options and (
            complaint := options[name].complaint(f"the option {name!r} of {owner}", value)
        ):
            raise error(complaint)
