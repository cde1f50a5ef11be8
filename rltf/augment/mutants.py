"""Mutants: wrong programs, made of a reference program by one small change.

The changes are those of mutation testing: comparisons, arithmetic and boolean operators, constants,
conditions, slices and statements. Some mutants are equivalent to the program; no test kills those.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from rltf.common import syntax
from rltf.common.seeds import StableRandom

_Undo = Callable[[], None]
_Edit = Callable[[], _Undo]
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


def mutants(program: str, max_mutants: int, rng: StableRandom) -> list[str]:
    """Return at most ``max_mutants`` different programs; none if the program is no valid Python."""
    try:
        tree = _parsed(program)
        original = ast.unparse(tree)
        edits = [edit for node in list(ast.walk(tree)) for edit in _edits(node)]
        different: dict[str, None] = {}
        for edit in rng.shuffled(edits):
            undo = edit()
            mutant = ast.unparse(tree)
            undo()
            if mutant != original:
                different[mutant] = None
            if len(different) == max_mutants:
                break
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(different)


def mutable_form(program: str) -> str:
    """Return the program as its mutants are written, without comments and docstrings."""
    return ast.unparse(_parsed(program))


def _parsed(program: str) -> ast.Module:
    """Return the tree without docstrings: a mutant of a docstring would be equivalent."""
    tree = syntax.parse(program)
    for node in ast.walk(tree):
        block = getattr(node, "body", None)
        if isinstance(block, list):
            block[:] = [statement for statement in block if not _is_constant(statement)] or [
                ast.Pass()
            ]
    return tree


def _is_constant(statement: ast.AST) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
    return False


def _edits(node: ast.AST) -> Iterator[_Edit]:
    """Yield the possible changes of a node, always in the same order."""
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
            yield _changing(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.UnaryOp(op=ast.Not()):
            yield _changing(node, operand=ast.UnaryOp(ast.Not(), node.operand))
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
                    yield _changing(node, **{name: _plus_one(bound)})
        case ast.Call():
            yield from _call_edits(node)
        case ast.comprehension():
            for index in range(len(node.ifs)):
                yield _leaving_out(node.ifs, index)
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            for index, statement in enumerate(block):
                yield from _statement_edits(block, index, statement)


def _call_edits(node: ast.Call) -> Iterator[_Edit]:
    match node.func:
        case ast.Name(id="range"):
            last = node.args[:2][-1:]
            for index, bound in enumerate(node.args):
                if bound in last:
                    yield _setting(node.args, index, _plus_one(bound))
                    yield _setting(node.args, index, ast.BinOp(bound, ast.Sub(), ast.Constant(1)))
        case ast.Name(id=name) if name in _NAMES:
            yield _changing(node.func, id=_NAMES[name])
        case ast.Attribute(attr=name) if name in _NAMES:
            yield _changing(node.func, attr=_NAMES[name])
    for index in range(len(node.keywords)):
        yield _leaving_out(node.keywords, index)


def _statement_edits(block: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[_Edit]:
    match statement:
        case ast.Pass() | ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            pass
        case ast.Return():
            pass
        case ast.Break():
            yield _setting(block, index, ast.Continue())
            yield _setting(block, index, ast.Pass())
        case ast.Continue():
            yield _setting(block, index, ast.Break())
            yield _setting(block, index, ast.Pass())
        case _:
            yield _setting(block, index, ast.Pass())


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


def _plus_one(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def _changing(node: ast.AST, **fields: object) -> _Edit:
    def edit() -> _Undo:
        before = {name: getattr(node, name) for name in fields}
        _set(node, fields)
        return lambda: _set(node, before)

    return edit


def _set(node: ast.AST, fields: Mapping[str, object]) -> None:
    for name, value in fields.items():
        setattr(node, name, value)


def _setting(
    items: list[ast.expr] | list[ast.stmt] | list[ast.cmpop], index: int, new: ast.AST
) -> _Edit:
    def edit() -> _Undo:
        before = items[index]
        items[index] = new  # type: ignore[call-overload]

        def undo() -> None:
            items[index] = before  # type: ignore[assignment]

        return undo

    return edit


def _leaving_out(items: list[ast.expr] | list[ast.keyword], index: int) -> _Edit:
    def edit() -> _Undo:
        before = items.pop(index)
        return lambda: items.insert(index, before)  # type: ignore[arg-type]

    return edit
