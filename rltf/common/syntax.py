"""Parsing Python in a process whose threads parse too.

CPython 3.11's threads share one counter of the depth of a syntax tree. A thread that is interrupted by
another that parses finds the counter changed and raises ``SystemError`` (gh-106905). That says nothing
about the code, so the code is parsed again.
"""

from __future__ import annotations

import ast

_ATTEMPTS = 50


def parse(code: str, filename: str = "<unknown>", *, flags: int = 0) -> ast.Module:
    """Parse a module as ``ast.parse`` does, whatever other threads do.

    Args:
        flags: More compiler flags, as ``compile`` takes them.

    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: As ``ast.parse``.
    """
    tree = _tree(code, filename, "exec", flags)
    assert isinstance(tree, ast.Module)
    return tree


def parse_expression(code: str) -> ast.expr:
    """Parse one expression; it raises as ``parse`` does."""
    tree = _tree(code.lstrip(" \t"), "<unknown>", "eval", 0)
    assert isinstance(tree, ast.Expression)
    return tree.body


def _tree(code: str, filename: str, mode: str, flags: int) -> ast.AST:
    for attempt in range(_ATTEMPTS):
        try:
            tree = compile(code, filename, mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
        except SystemError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            assert isinstance(tree, ast.AST)
            return tree
    raise AssertionError("unreachable")
