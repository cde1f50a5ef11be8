"""Detect programs whose answers may depend on chance or on the time.

Running a program twice would not show it: in the sandbox, every process starts with the same seed.
"""

from __future__ import annotations

import ast

from rltf.common import syntax

_MODULES = frozenset({"datetime", "random", "secrets", "time", "uuid"})
_NAMES = frozenset({"urandom", "getpid", "default_rng"})


def may_depend_on_chance(program: str) -> bool:
    """Return whether a program uses a module or function that differs from run to run."""
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
