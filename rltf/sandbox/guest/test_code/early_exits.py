"""Statements that end a block of a test with every program, so that the next never runs."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    Value = Callable[[ast.expr], bool | None]
    """Tells whether a condition is true; ``None``: it may depend on the program."""

_SKIPPING_CALLS = ("skip", "skipTest", "importorskip", "xfail", "exit")


def called_name(node: ast.Call) -> str:
    """Return the last name of what is called: ``raises`` of ``pytest.raises(...)``."""
    name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
    return str(name)


def skips(node: ast.stmt) -> bool:
    """Return whether a statement skips the test."""
    import ast

    match node:
        case ast.Raise(exc):
            called = exc.func if isinstance(exc, ast.Call) else exc
            return "Skip" in (getattr(called, "attr", "") or getattr(called, "id", ""))
        case ast.Expr(ast.Call() as call) | ast.Assign(value=ast.Call() as call):
            return called_name(call) in _SKIPPING_CALLS
    return False


def ends(node: ast.stmt, value: Value) -> bool:
    """Return whether the next statement never runs after this one, whatever the program does."""
    import ast

    match node:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(condition):
            known = value(condition)
            taken = [node.body, node.orelse] if known is None else []
            taken = taken or [node.body if known else node.orelse]
            return all(block_ends(suite, value) for suite in taken)
        case ast.While(condition):
            if _leaves_loop(node.body, ast.Break):
                return False
            return value(condition) is True or block_ends(node.orelse, value)
        case ast.For(iter=items):
            if _leaves_loop(node.body, ast.Break):
                return False
            runs = value(items) is True and not _leaves_loop(node.body, ast.Continue)
            return (runs and block_ends(node.body, value)) or block_ends(node.orelse, value)
        case ast.Try() | ast.TryStar():
            if block_ends(node.finalbody, value):
                return True
            suites = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
            return all(block_ends(suite, value) for suite in suites)
        case ast.With() | ast.AsyncWith():
            return _ends_quietly(node.body)
        case ast.Match():
            last = node.cases[-1]
            takes_all = last.guard is None and getattr(last.pattern, "pattern", last) is None
            return takes_all and all(block_ends(case.body, value) for case in node.cases)
    return skips(node)


def block_ends(suite: list[ast.stmt], value: Value) -> bool:
    """Return whether the statement after a block never runs."""
    return any(ends(node, value) for node in suite)


def _ends_quietly(suite: list[ast.stmt]) -> bool:
    """Return whether a block ends before it can raise what an enclosing ``with`` may swallow."""
    import ast

    match suite[0]:
        case ast.Return(None | ast.Constant()) | ast.Continue() | ast.Break():
            return True
    return False


def _leaves_loop(suite: list[ast.stmt], kind: type[ast.Break | ast.Continue]) -> bool:
    """Return whether there is a ``break``, or a ``continue``, in a loop or in a loop inside it."""
    import ast

    return any(isinstance(each, kind) for node in suite for each in ast.walk(node))
