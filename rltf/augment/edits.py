"""Small changes of a program's syntax tree, as mutation testing makes them.

Comparisons, arithmetic and boolean operators, constants, conditions, slices and statements change.
This file imports nothing of rltf: a screen runs it within the sandbox (:mod:`rltf.audit.screen`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Undo = Callable[[], None]
Edit = Callable[[], Undo]
"""Makes one change, and returns what takes it back."""

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sorted": "list",
    "set": "list",
    "abs": "int",
    "append": "extend",
    "islower": "isupper",
    "isupper": "islower",
    "lower": "upper",
    "upper": "lower",
    "lstrip": "strip",
    "rstrip": "strip",
    "find": "rfind",
    "floor": "ceil",
    "ceil": "floor",
}


_PLACE: dict[str, Any] = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
"""Where new nodes stand, so that a tree can be compiled."""


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Remove docstrings from a tree: a mutant of a docstring would be equivalent."""
    for node in ast.walk(tree):
        block = getattr(node, "body", None)
        if isinstance(block, list):
            block[:] = [statement for statement in block if not _is_constant(statement)] or [
                ast.Pass(**_PLACE)
            ]
    return tree


def edits(tree: ast.Module, kept: Collection[ast.AST] = ()) -> list[Edit]:
    """Return the possible changes of a tree, always in the same order.

    Args:
        kept: Statements and conditions that stay, and that do not count.
    """
    return [edit for node in list(ast.walk(tree)) for edit in _edits(node, kept)]


def _is_constant(statement: ast.AST) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
    return False


def _edits(node: ast.AST, kept: Collection[ast.AST]) -> Iterator[Edit]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _COMPARISONS[type(operator)]:
                    yield _setting(node.ops, index, other())
        case ast.BinOp() | ast.AugAssign():
            for arithmetic in _OPERATORS.get(type(node.op), ()):
                yield _changing(node, op=arithmetic())
        case ast.BoolOp():
            yield _changing(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for index in range(len(node.values)):
                yield _leaving_out(node.values, index)
        case ast.If() | ast.While() | ast.IfExp():
            yield _changing(node, test=ast.UnaryOp(ast.Not(), node.test, **_PLACE))
        case ast.UnaryOp(op=ast.Not()):
            yield _changing(node, operand=ast.UnaryOp(ast.Not(), node.operand, **_PLACE))
        case ast.UnaryOp(op=ast.USub()):
            yield _changing(node, op=ast.UAdd())
        case ast.Constant():
            for value in _constants(node.value):
                yield _changing(node, value=value)
        case ast.Slice():
            for name in ("lower", "upper"):
                bound = getattr(node, name)
                if bound is not None:
                    yield _changing(node, **{name: None})
                    yield _changing(node, **{name: _plus(bound, 1)})
        case ast.Call():
            yield from _call_edits(node)
        case ast.comprehension():
            for index, condition in enumerate(node.ifs):
                if condition not in kept:
                    yield _leaving_out(node.ifs, index)
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            for index, statement in enumerate(block):
                if statement not in kept:
                    yield from _statement_edits(block, index, statement)


def _call_edits(node: ast.Call) -> Iterator[Edit]:
    match node.func:
        case ast.Name(id="range"):
            last = node.args[:2][-1:]
            for index, bound in enumerate(node.args):
                if bound in last:
                    yield _setting(node.args, index, _plus(bound, 1))
                    yield _setting(node.args, index, _plus(bound, -1))
        case ast.Name(id=name) if name in _NAMES:
            yield _changing(node.func, id=_NAMES[name])
        case ast.Attribute(attr=name) if name in _NAMES:
            yield _changing(node.func, attr=_NAMES[name])
    for index in range(len(node.keywords)):
        yield _leaving_out(node.keywords, index)


def _statement_edits(block: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Edit]:
    match statement:
        case ast.Pass() | ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            pass
        case ast.Return():
            pass
        case ast.Break():
            yield _setting(block, index, ast.Continue(**_PLACE))
            yield _setting(block, index, ast.Pass(**_PLACE))
        case ast.Continue():
            yield _setting(block, index, ast.Break(**_PLACE))
            yield _setting(block, index, ast.Pass(**_PLACE))
        case _:
            yield _setting(block, index, ast.Pass(**_PLACE))


def _constants(value: object) -> tuple[object, ...]:
    """Return the values that may replace a constant."""
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1, value - 1)
        case str():
            return ("",) if value else (" ",)
    return ()


def _plus(node: ast.expr, number: int) -> ast.expr:
    operator = ast.Add() if number > 0 else ast.Sub()
    return ast.BinOp(node, operator, ast.Constant(abs(number), **_PLACE), **_PLACE)


def _changing(node: ast.AST, **fields: object) -> Edit:
    def edit() -> Undo:
        before = {name: getattr(node, name) for name in fields}
        _set(node, fields)
        return lambda: _set(node, before)

    return edit


def _set(node: ast.AST, fields: Mapping[str, object]) -> None:
    for name, value in fields.items():
        setattr(node, name, value)


def _setting(
    items: list[ast.expr] | list[ast.stmt] | list[ast.cmpop], index: int, new: ast.AST
) -> Edit:
    def edit() -> Undo:
        before = items[index]
        items[index] = new  # type: ignore[call-overload]

        def undo() -> None:
            items[index] = before  # type: ignore[assignment]

        return undo

    return edit


def _leaving_out(items: list[ast.expr] | list[ast.keyword], index: int) -> Edit:
    def edit() -> Undo:
        before = items.pop(index)
        return lambda: items.insert(index, before)  # type: ignore[arg-type]

    return edit
