"""Whether a program's answers may depend on chance or on the time.

Running it twice does not tell: in the sandbox every process begins with the same random numbers.
"""

from __future__ import annotations

import ast

from rltf.common import syntax

_MODULES = frozenset({"datetime", "random", "secrets", "time", "uuid"})
_NAMES = frozenset({"urandom", "getpid", "default_rng"})


def may_depend_on_chance(program: str) -> bool:
    """Whether it imports, or reads from another module, what is different each time."""
    for node in ast.walk(syntax.parse(program)):
        match node:
            case ast.Import(names=names):
                modules = {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=module, names=names):
                modules = {(module or "").partition(".")[0], *(alias.name for alias in names)}
            case ast.Attribute(attr=name):
                modules = {name}
            case _:
                continue
        if modules & (_MODULES | _NAMES):
            return True
    return False
