"""What a check looks like in the syntax tree of a test."""

from __future__ import annotations

from .early_exits import called_name, skips

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Collection, Iterator

_CHECK_CALLS = ("raises", "warns", "deprecated_call")


def is_check_call(node: ast.Call) -> bool:
    """Return whether a call is one of an assertion."""
    name = called_name(node)
    return name.startswith("assert") or name in _CHECK_CALLS


def is_failure_call(node: ast.expr, names: Collection[str]) -> bool:
    """Return whether an expression fails the test by a word of unittest or pytest.

    Args:
        node: The expression.
        names: What the test calls ``pytest`` and ``pytest.fail``.
    """
    import ast

    match node:
        case ast.Call(ast.Attribute(ast.Name(name), "fail")):
            return name in ("self", "cls") or name in names
        case ast.Call(ast.Name(name)):
            return name in names
    return False


def is_failure_raised(node: ast.stmt) -> bool:
    """Return whether a statement raises what a failed check raises."""
    import ast

    match node:
        case ast.Raise(ast.Call(raised) | raised):
            called = getattr(raised, "attr", "") or getattr(raised, "id", "")
            return called in ("AssertionError", "failureException")
    return False


def truth(test: ast.expr) -> bool | None:
    """Return whether a condition is always true or always false; ``None`` if it depends."""
    import ast

    match test:
        case ast.Constant(value):
            return bool(value)
        case ast.Tuple(items) | ast.List(items) | ast.Set(items):
            whole = not all(isinstance(item, ast.Starred) for item in items)
            return True if whole else (None if items else False)
        case ast.Dict(keys):
            return True if any(keys) else (None if keys else False)
        case ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.JoinedStr(values):
            return True if any(isinstance(each, ast.Constant) for each in values) else None
        case ast.NamedExpr(value=value):
            return truth(value)
        case ast.UnaryOp(ast.Not(), operand):
            inner = truth(operand)
            return None if inner is None else not inner
        case ast.BoolOp(op, operands):
            decisive = isinstance(op, ast.Or)
            truths = [truth(each) for each in operands]
            if decisive in truths:
                return decisive
            return None if None in truths else not decisive
    return None


def _is_good_exit(call: ast.Call) -> bool:
    import ast

    match call.args:
        case [] | [ast.Constant(0 | None)]:
            return True
    return False


def fails(node: ast.stmt) -> bool:
    """Return whether a statement always raises, or ends the test as a failure."""
    import ast

    match node:
        case ast.Raise():
            return not skips(node)
        case ast.Assert(test):
            return truth(test) is False
        case ast.Expr(ast.Call() as call):
            name = called_name(call)
            return name == "fail" or (name == "exit" and not _is_good_exit(call))
    return False


def returns_value(node: ast.stmt) -> bool:
    """Return whether a statement returns something other than None."""
    import ast

    match node:
        case ast.Return(None | ast.Constant(None)):
            return False
    return isinstance(node, ast.Return)


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of a compound statement that is not a definition."""
    import ast

    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    suites = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    suites += [each.body for each in getattr(node, "handlers", []) + getattr(node, "cases", [])]
    return [suite for suite in suites if suite]


def decides(node: ast.stmt) -> bool:
    """Return whether a compound statement fails the test in one of its blocks."""
    return any(fails(each) for suite in blocks(node) for each in suite)


def expects_exception(tree: ast.AST) -> bool:
    """Return whether the code catches a specific exception."""
    import ast

    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=ast.expr() as caught):
                kinds: list[ast.expr] = [caught]
            case ast.Call(args=kinds) if called_name(node) == "suppress":
                pass
            case _:
                continue
        parts = [part for kind in kinds for part in ast.walk(kind)]
        names = {getattr(part, "attr", "") or getattr(part, "id", "") for part in parts}
        if names - {"", "Exception", "BaseException", "AssertionError"}:
            return True
    return False


def is_check(node: ast.AST) -> bool:
    import ast

    if isinstance(node, ast.Assert):
        return truth(node.test) is None
    return (isinstance(node, ast.Call) and is_check_call(node)) or (
        isinstance(node, ast.stmt) and decides(node)
    )


def has_check(tree: ast.AST) -> bool:
    """Return whether there is a check anywhere in a syntax tree."""
    import ast

    return any(map(is_check, ast.walk(tree)))


def is_main_block(node: ast.AST) -> bool:
    """Return whether a node is ``if __name__ == "__main__":``."""
    import ast

    match node:
        case ast.If(ast.Compare(left, [ast.Eq()], [right])):
            names = {getattr(left, "id", ""), getattr(right, "id", "")} - {""}
            values = [getattr(left, "value", None), getattr(right, "value", None)]
            return names == {"__name__"} and "__main__" in values
    return False


def sure_asserts(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the conditions of asserts that run whenever the code comes to its end.

    These are at the top level, or at the top level of plain functions that are called there.
    """
    import ast

    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if any(isinstance(node, kinds) and node.name[:4] in ("test", "Test") for node in tree.body):
        return  # marks must show whether these are called
    functions: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        match node:
            case ast.Assert(test) if truth(test) is None:
                yield test
            case ast.FunctionDef(name, decorator_list=[]):
                functions[name] = node
            case ast.Expr(ast.Call(ast.Name(name))) if name in functions:
                yield from _sure_in(functions[name])
            case ast.If() if is_main_block(node):
                return  # marks must show which of its asserts run


def _sure_in(function: ast.FunctionDef) -> Iterator[ast.expr]:
    import ast

    for node in function.body:
        if isinstance(node, ast.Assert) and truth(node.test) is None:
            yield node.test
            return
        if not isinstance(node, ast.Assign | ast.Expr | ast.Assert | ast.Import | ast.ImportFrom):
            return  # it may leave the function
