"""Test code whose asserts say what their parts were when they failed, as pytest's do.

The code that comes out does what it did: each part of a condition is kept beside where it is used, and
looked at only after the assert has failed.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from rltf.common import syntax
from rltf.explain import value_text

_OWN = "_rltf_values"
_MOST = 300
"""Characters of an assert's source."""
_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def explaining(setup_code: str, code: str) -> tuple[str, str]:
    """Set-up code and test code that explain; as they were where that cannot be."""
    rewriter = _Rewriter()
    try:
        trees = [rewriter.visit(syntax.parse(part)) for part in (setup_code, code)]
        at = _end_of_head(trees[0])
        trees[0].body[at:at] = syntax.parse(
            f"{_OWN} = {{'__name__': {_OWN!r}}}\nexec({inspect.getsource(value_text)!r}, {_OWN})"
        ).body
        first, second = (ast.unparse(ast.fix_missing_locations(tree)) for tree in trees)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return setup_code, code
    return first, second


def _end_of_head(tree: ast.Module) -> int:
    """Statements that must stay first: a docstring, and imports from the future."""
    for place, node in enumerate(tree.body):
        match node:
            case ast.ImportFrom(module="__future__") | ast.Expr(value=ast.Constant()):
                pass
            case _:
                return place
    return len(tree.body)


class _Rewriter(ast.NodeTransformer):
    def __init__(self) -> None:
        self._count = 0

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        source = " ".join(ast.unparse(node).split("\n"))
        condition, parts = self._taken_apart(node.test)
        message = [node.msg] if node.msg else []
        said = [ast.Constant(source[:_MOST]), _literal(parts), *message]
        return ast.Assert(condition, _call("failed", said))

    def _taken_apart(self, node: ast.expr) -> tuple[ast.expr, tuple[Any, ...]]:
        """An expression that notes its parts, and how they stand in it, for ``values.failed``."""
        match node:
            case ast.Compare(left=left, ops=operators, comparators=others):
                found = [self._taken_apart(operand) for operand in (left, *others)]
                node = ast.Compare(found[0][0], operators, [new for new, _ in found[1:]])
                words = tuple(_OPERATORS[type(operator)] for operator in operators)
                return node, ("compare", words, tuple(parts for _, parts in found))
            case ast.BoolOp(op=operator, values=operands):
                found = [self._taken_apart(operand) for operand in operands]
                word = "and" if isinstance(operator, ast.And) else "or"
                return (
                    ast.BoolOp(operator, [new for new, _ in found]),
                    ("bool", word, tuple(parts for _, parts in found)),
                )
            case ast.UnaryOp(op=ast.Not() as operator, operand=operand):
                new, parts = self._taken_apart(operand)
                return ast.UnaryOp(operator, new), ("not", parts)
            case ast.Call(func=function, args=args, keywords=keywords):
                return self._call(node, function, args, keywords)
            case ast.Starred() | ast.Yield() | ast.YieldFrom() | ast.Lambda() | ast.GeneratorExp():
                return node, ("code", ast.unparse(node))
            case ast.Constant() | ast.Name():
                return self._noted("name", node, ast.unparse(node))
            case ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
                return self._noted("name", node, ast.unparse(node))
        return self._noted("value", node, ast.unparse(node))

    def _call(
        self,
        node: ast.Call,
        function: ast.expr,
        args: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> tuple[ast.expr, tuple[Any, ...]]:
        code = ast.unparse(node)
        found = [("", self._taken_apart(each)) for each in args]
        named = [(f"{each.arg}=" if each.arg else "**", each.value) for each in keywords]
        found += [(before, self._taken_apart(value)) for before, value in named]
        new = [each for _, (each, _) in found]
        call = ast.Call(
            function,
            new[: len(args)],
            [
                ast.keyword(each.arg, value)
                for each, value in zip(keywords, new[len(args) :], strict=True)
            ],
        )
        arguments = tuple((before, parts) for before, (_, parts) in found)
        return self._noted("call", call, ast.unparse(function), arguments, code)

    def _noted(self, kind: str, node: ast.expr, *told: Any) -> tuple[ast.expr, tuple[Any, ...]]:
        self._count += 1
        return _call("note", [ast.Constant(self._count), node]), (kind, self._count, *told)


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    function = ast.Subscript(ast.Name(_OWN, ast.Load()), ast.Constant(name), ast.Load())
    return ast.Call(function, arguments, [])


def _literal(value: object) -> ast.expr:
    return syntax.parse_expression(repr(value))
