"""Programs that may only spell their answer: ``Problem.literal_answer``.

The source is read and never run to decide this, so no program can compute the answer instead.
"""

from __future__ import annotations

import ast
import warnings

from rltf.verdict import ProgramError

_MESSAGE = "the answer must be a literal: `def answer(): return [1, 2]` or `answer = [1, 2]`"


def fault(source: str) -> ProgramError | None:
    """Return what in a program is no literal; ``None`` if it is one, or does not compile.

    A program may have functions that return a literal, names that are assigned one, and docstrings.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # running it says what is wrong
    for statement in tree.body:
        if (node := _first_fault(statement)) is not None:
            line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
            column = None if column is None else column + 1
            return ProgramError("ValueError", _MESSAGE, line, column, during="compile")
    return None


def _first_fault(statement: ast.stmt) -> ast.AST | None:
    match statement:
        case ast.FunctionDef(decorator_list=[], body=body) if _takes_nothing(statement.args):
            inner = (_first_fault(each) for each in body if not isinstance(each, ast.Return))
            returned = (each.value for each in body if isinstance(each, ast.Return))
            not_literal = (each for each in returned if each is not None and not _is_literal(each))
            return next((each for each in (*inner, *not_literal) if each is not None), None)
        case (
            ast.Assign(targets=[ast.Name()], value=value)
            | ast.AnnAssign(target=ast.Name(), annotation=ast.Name(), value=ast.expr() as value)
        ):
            return None if _is_literal(value) else value
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return None
    return statement


def _takes_nothing(arguments: ast.arguments) -> bool:
    return not any((*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)) and not (
        arguments.vararg or arguments.kwarg
    )


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError):
        return False
    return True
