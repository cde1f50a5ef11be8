"""Mutants: wrong programs, made of a reference program by one small change.

Some mutants are equivalent to the program; no test kills those.
"""

from __future__ import annotations

import ast

from rltf.augment.edits import edits, without_docstrings
from rltf.common import syntax
from rltf.common.seeds import StableRandom

_INVALID = (SyntaxError, ValueError, RecursionError, MemoryError)


def mutants(program: str, max_mutants: int, rng: StableRandom) -> list[str]:
    """Return at most ``max_mutants`` different programs; none if the program is no valid Python."""
    try:
        tree = _parsed(program)
        original = ast.unparse(tree)
        different: dict[str, None] = {}
        for edit in rng.shuffled(edits(tree)):
            undo = edit()
            mutant = ast.unparse(tree)
            undo()
            if mutant != original:
                different[mutant] = None
            if len(different) == max_mutants:
                break
    except _INVALID:
        return []
    return list(different)


def some_edits(program: str, most: int, rng: StableRandom) -> list[int]:
    """Return the numbers of at most so many edits; none if the program is no valid Python."""
    try:
        count = len(edits(_parsed(program)))
    except _INVALID:
        return []
    return rng.shuffled(range(count))[:most]


def edited(program: str, number: int) -> str:
    """Return the mutant that one of the program's edits makes."""
    tree = _parsed(program)
    edits(tree)[number]()
    return ast.unparse(tree)


def mutable_form(program: str) -> str:
    """Return the program as its mutants are written, without comments and docstrings."""
    return ast.unparse(_parsed(program))


def _parsed(program: str) -> ast.Module:
    return without_docstrings(syntax.parse(program))
