"""The operations that can be asked of an object of the program, by name, and which classes have
them.

The judge builds its stand-ins with the special methods that the program's class has, so that
``callable``, ``hasattr`` and ``isinstance(x, Iterable)`` answer as they would beside the program.
"""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

ANSWERS: dict[str, type | None] = {
    "len": int,
    "str": str,
    "repr": str,
    "bool": bool,
    "hash": int,
    "int": int,
    "float": float,
    "complex": complex,
    "index": int,
    "bytes": bytes,
    "array": None,
    "format": str,
    "iter": None,
    "next": None,
    "reversed": None,
    "getitem": None,
    "setitem": None,
    "delitem": None,
    "neg": None,
    "pos": None,
    "abs": None,
    "invert": None,
    "round": None,
    "trunc": None,
    "floor": None,
    "ceil": None,
}
"""Operations on one object, and the type that Python wants as their result."""
READS = frozenset(ANSWERS) - {"next", "setitem", "delitem"} | {
    "contains",
    "isinstance",
    "issubclass",
    "eq",
    "ne",
    "data",
    "equal data",
    "load",
}
"""Operations that change no length."""
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "divmod",
)
OTHERS = ("call", "contains", "enter", "exit", "await", "aiter", "anext", "aenter", "aexit")
NO_HASH = "no hash"
HOLDS = "holds"
"""The object compares as what it holds, which can be asked for (``subclass_values.exact``)."""
_ALL = (
    *ANSWERS,
    *COMPARISONS,
    *(prefix + name for name in ARITHMETIC for prefix in ("", "r", "i")),
    *OTHERS,
)

_BY_NAME = (
    *("index", "getitem", "setitem", "delitem", "neg", "pos", "invert", "contains"),
    *COMPARISONS,
    *ARITHMETIC[:-1],
    *(f"i{name}" for name in ARITHMETIC[:-1]),
)
OPERATIONS: dict[str, Callable[..., Any]] = {
    "array": lambda thing: thing.__array__(),
    "len": len,
    "str": str,
    "repr": repr,
    "bool": bool,
    "hash": hash,
    "int": int,
    "float": float,
    "complex": complex,
    "bytes": bytes,
    "format": format,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "abs": abs,
    "round": round,
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "delattr": delattr,
    "divmod": divmod,
    "dir": dir,
    "pickle": lambda thing: _pickle().dumps(thing),
    "unpickle": lambda data: _pickle().loads(data),
    "send": lambda thing, value: thing.send(value),
    "throw": lambda thing, error: thing.throw(error),
    "close": lambda thing: thing.close(),
    "enter": lambda thing: thing.__enter__(),
    "aiter": lambda thing: type(thing).__aiter__(thing),
    "exit": lambda thing, error: thing.__exit__(error and type(error), error, None),
}
"""What the candidate calls for each."""
OPERATIONS.update({name: getattr(operator, f"__{name}__") for name in _BY_NAME})


def _pickle() -> Any:
    import pickle

    return pickle


def of(kind: type) -> str:
    """Return the operations of a class' instances that not every object has."""
    owned: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        owned.update(vars(base))
    names = [name for name in _ALL if owned.get(f"__{name}__") is not None]
    if "__hash__" in owned and owned["__hash__"] is None:
        names.append(NO_HASH)
    return ",".join(names)
