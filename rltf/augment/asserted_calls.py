"""The calls that test code asserts, such as those in HumanEval's ``check(candidate)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from rltf.common import syntax
from rltf.common.literals import literal_text

_NO_TREE = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)


def asserted_calls(code: str, function: str) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield the arguments and the expected value of each assert that states them as literals.

    The forms are ``f(...) == value`` and ``abs(f(...) - value) < tolerance``. The function may have
    another name in the test code: that of a parameter it is passed as.
    """
    try:
        tree = syntax.parse(code)
    except _NO_TREE:
        return
    names = {function, *_parameters(tree, function)}
    for node in ast.walk(tree):
        pair = _sides(node.test) if isinstance(node, ast.Assert) else None
        match pair:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]), value if name in names:
                try:
                    arguments = tuple(map(ast.literal_eval, args))
                    expected = ast.literal_eval(value)
                    literal_text((arguments, expected))
                except _NO_TREE:
                    continue
                yield arguments, expected


def _sides(test: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Return the call and the expected value of an assert's condition."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return (left, right) if isinstance(left, ast.Call) else (right, left)
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(left, ast.Sub(), right)]),
            ops=[ast.Lt() | ast.LtE()],
        ):
            return left, right
    return None


def _parameters(tree: ast.Module, function: str) -> Iterator[str]:
    """Yield the first parameters of functions that are called with the function."""
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.args
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id == function
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in called and node.args.args:
            yield node.args.args[0].arg
