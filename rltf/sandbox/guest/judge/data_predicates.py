"""What a test asks data that it expects, and takes for a check: ``assert f(x).startswith("a")``.

A program could return an object that says yes to all. So only an object whose class the test names
answers such a question; what is data besides is asked as data (data_handles.py).
"""

from __future__ import annotations

from typing import Any

PREDICATES = frozenset(
    {
        *("startswith", "endswith", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit"),
        *("isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper"),
        *("issubset", "issuperset", "isdisjoint", "is_integer", "is_canonical", "is_finite"),
        *("is_infinite", "is_nan", "is_normal", "is_qnan", "is_signed", "is_snan"),
        *("is_subnormal", "is_zero", "all", "any", "equals"),
    }
)


def is_told(thing: Any, name: str) -> bool:
    """Return whether the program may answer for an attribute."""
    return name not in PREDICATES or is_expected(thing)


def is_expected(thing: Any) -> bool:
    """Return whether the test names the function or the class of what the program has returned."""
    named = getattr(type(thing), "_rltf_class", None)  # of an instance
    if named is None:
        named = thing._rltf_class if issubclass(type(thing), type) else thing._rltf_ref
    how, name = named
    return how == "name" and bool(thing._rltf_session.names(name))


def predicate(thing: Any, name: str) -> Any:
    """Return a predicate that is asked about objects of the program only."""
    asked = thing._rltf_session.request("get", thing, name)

    def call(*others: Any) -> Any:
        if others and all(hasattr(type(other), "_rltf_session") for other in others):
            return asked(*others)
        raise TypeError(f"{name!r} of an object whose class the test does not name is not told")

    return call
