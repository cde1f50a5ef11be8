"""Rewrite test code so that failed asserts show the values of their parts, as in pytest.

The new code behaves like the old code: it records each part of a condition where it is evaluated,
and formats the parts only after the assert has failed.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from rltf.common import syntax
from rltf.explain import value_text

_MODULE = "_rltf_values"
"""Name of ``value_text`` in the new code."""
_MAX_SOURCE = 300
"""Maximum length of an assert's source, in characters."""
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
    """Return set-up code and test code that explain failures; unchanged if that is impossible."""
    rewriter = _Rewriter()
    try:
        setup_tree, test_tree = (
            rewriter.visit(syntax.parse(source)) for source in (setup_code, code)
        )
        position = _end_of_head(setup_tree)
        setup_tree.body[position:position] = syntax.parse(
            f"{_MODULE} = {{'__name__': {_MODULE!r}}}\n"
            f"exec({inspect.getsource(value_text)!r}, {_MODULE})"
        ).body
        new_setup_code, new_code = (
            ast.unparse(ast.fix_missing_locations(tree)) for tree in (setup_tree, test_tree)
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return setup_code, code
    return new_setup_code, new_code


def _end_of_head(tree: ast.Module) -> int:
    """Return the number of statements that must stay first (docstring, ``__future__`` imports)."""
    for position, node in enumerate(tree.body):
        match node:
            case ast.ImportFrom(module="__future__") | ast.Expr(value=ast.Constant()):
                pass
            case _:
                return position
    return len(tree.body)


class _Rewriter(ast.NodeTransformer):
    def __init__(self) -> None:
        self._count = 0

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        source = " ".join(ast.unparse(node).split("\n"))
        condition, parts = self._record_parts(node.test)
        message = [node.msg] if node.msg else []
        arguments = [ast.Constant(source[:_MAX_SOURCE]), _literal(parts), *message]
        return ast.Assert(condition, _call("failed", arguments))

    def _record_parts(self, node: ast.expr) -> tuple[ast.expr, tuple[Any, ...]]:
        """Return an expression that records its parts, and its structure for ``failed``."""
        match node:
            case ast.Compare(left=left, ops=operators, comparators=others):
                operands = [self._record_parts(operand) for operand in (left, *others)]
                node = ast.Compare(operands[0][0], operators, [new for new, _ in operands[1:]])
                words = tuple(_OPERATORS[type(operator)] for operator in operators)
                return node, ("compare", words, tuple(parts for _, parts in operands))
            case ast.BoolOp(op=operator, values=values):
                operands = [self._record_parts(value) for value in values]
                word = "and" if isinstance(operator, ast.And) else "or"
                return (
                    ast.BoolOp(operator, [new for new, _ in operands]),
                    ("bool", word, tuple(parts for _, parts in operands)),
                )
            case ast.UnaryOp(op=ast.Not() as operator, operand=operand):
                new, parts = self._record_parts(operand)
                return ast.UnaryOp(operator, new), ("not", parts)
            case ast.Call(func=function, args=args, keywords=keywords):
                return self._record_call(node, function, args, keywords)
            case ast.Starred() | ast.Yield() | ast.YieldFrom() | ast.Lambda() | ast.GeneratorExp():
                return node, ("code", ast.unparse(node))
            case ast.Constant() | ast.Name():
                return self._record("name", node, ast.unparse(node))
            case ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
                return self._record("name", node, ast.unparse(node))
        return self._record("value", node, ast.unparse(node))

    def _record_call(
        self,
        node: ast.Call,
        function: ast.expr,
        args: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> tuple[ast.expr, tuple[Any, ...]]:
        code = ast.unparse(node)
        recorded_args = [self._record_parts(arg) for arg in args]
        recorded_keywords = [self._record_parts(keyword.value) for keyword in keywords]
        call = ast.Call(
            function,
            [new for new, _ in recorded_args],
            [
                ast.keyword(keyword.arg, new)
                for keyword, (new, _) in zip(keywords, recorded_keywords, strict=True)
            ],
        )
        prefixes = [f"{keyword.arg}=" if keyword.arg else "**" for keyword in keywords]
        arguments = (
            *(("", parts) for _, parts in recorded_args),
            *(
                (prefix, parts)
                for prefix, (_, parts) in zip(prefixes, recorded_keywords, strict=True)
            ),
        )
        return self._record("call", call, ast.unparse(function), arguments, code)

    def _record(
        self, kind: str, node: ast.expr, *description: Any
    ) -> tuple[ast.expr, tuple[Any, ...]]:
        self._count += 1
        return _call("note", [ast.Constant(self._count), node]), (kind, self._count, *description)


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    """Return a call of a function of ``value_text``."""
    function = ast.Subscript(ast.Name(_MODULE, ast.Load()), ast.Constant(name), ast.Load())
    return ast.Call(function, arguments, [])


def _literal(value: object) -> ast.expr:
    return syntax.parse_expression(repr(value))
