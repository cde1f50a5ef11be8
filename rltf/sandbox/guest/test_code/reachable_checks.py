"""Which checks a test has, and which of them it could reach beside some program, read from its syntax tree."""

from __future__ import annotations

from .early_ends import block_ends, called_name, ends, skips

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from typing import Any

_CHECK_CALLS = ("raises", "warns", "deprecated_call")
_FIXTURE_METHODS = frozenset(
    [
        "setup_module",
        "teardown_module",
        "setup_class",
        "teardown_class",
        "setup_method",
        "teardown_method",
        "setup_function",
        "teardown_function",
        "setUp",
        "tearDown",
        "setUpClass",
        "tearDownClass",
        "asyncSetUp",
        "asyncTearDown",
    ]
)


def is_check_call(node: ast.Call) -> bool:
    """Whether it calls an assertion."""
    name = called_name(node)
    return name.startswith("assert") or name in _CHECK_CALLS


def truth(test: ast.expr) -> bool | None:
    """Whether a condition is always true, or always false; ``None``: it depends."""
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
            found = [truth(each) for each in operands]
            if decisive in found:
                return decisive
            return None if None in found else not decisive
    return None


def _is_good_exit(call: ast.Call) -> bool:
    import ast

    match call.args:
        case [] | [ast.Constant(0 | None)]:
            return True
    return False


def _fails(node: ast.stmt) -> bool:
    """Whether a statement always raises, or ends the test as a failure."""
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
    """Whether it returns something other than None."""
    import ast

    match node:
        case ast.Return(None | ast.Constant(None)):
            return False
    return isinstance(node, ast.Return)


def _suites(node: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a compound statement that is no definition."""
    import ast

    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    found = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    found += [each.body for each in getattr(node, "handlers", []) + getattr(node, "cases", [])]
    return [suite for suite in found if suite]


def decides(node: ast.stmt) -> bool:
    """Whether a compound statement decides about a raise in one of its blocks."""
    return any(_fails(each) for suite in _suites(node) for each in suite)


def expects_exception(tree: ast.AST) -> bool:
    """Whether it catches an exception by its own name."""
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


def _is_check(node: ast.AST) -> bool:
    import ast

    if isinstance(node, ast.Assert):
        return truth(node.test) is None
    return (isinstance(node, ast.Call) and is_check_call(node)) or (
        isinstance(node, ast.stmt) and decides(node)
    )


def has_check(tree: ast.AST) -> bool:
    """Whether there is a check anywhere in it."""
    import ast

    return any(map(_is_check, ast.walk(tree)))


def is_main_block(node: ast.AST) -> bool:
    """Whether it is ``if __name__ == "__main__":``."""
    import ast

    match node:
        case ast.If(ast.Compare(left, [ast.Eq()], [right])):
            found = {getattr(left, "id", ""), getattr(right, "id", "")} - {""}
            values = [getattr(left, "value", None), getattr(right, "value", None)]
            return found == {"__name__"} and "__main__" in values
    return False


def sure_asserts(tree: ast.Module) -> Iterator[ast.expr]:
    """Conditions of asserts that run whenever the code comes to its end.

    Those at the top level, and at the top level of functions that are called there: no generators.
    """
    import ast

    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if any(isinstance(node, kinds) and node.name[:4] in ("test", "Test") for node in tree.body):
        return  # whether these are called is to be known
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
                return  # its asserts are to be counted


def _sure_in(function: ast.FunctionDef) -> Iterator[ast.expr]:
    import ast

    for node in function.body:
        if isinstance(node, ast.Assert) and truth(node.test) is None:
            yield node.test
            return
        if not isinstance(node, ast.Assign | ast.Expr | ast.Assert | ast.Import | ast.ImportFrom):
            return  # it may leave the function


class Reach:
    """The checks of a test that has run none of them.

    Args:
        tree: Its code.
        namespace: Its globals at the end.
        ran: Line and name of the test functions that were called.
    """

    def __init__(
        self, tree: ast.Module, namespace: dict[str, Any], ran: set[tuple[int, str]]
    ) -> None:
        import ast

        self._tree = tree
        self._known = _constants(tree, namespace)
        self._ran = ran
        self._functions = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        self.names: set[str] = set(_FIXTURE_METHODS)
        """Names that the reachable code uses."""
        self.finds_check = False
        self._block(tree.body)
        waiting = self._functions
        while called := [node for node in waiting if self._may_be_called(node)]:
            waiting = [node for node in waiting if node not in called]
            for node in called:
                self.names.update(arg.arg for arg in node.args.args)  # fixtures, perhaps
                self._block(node.body)

    def reason(self) -> str:
        """Says which functions with checks nobody calls."""
        idle = [node for node in self._functions if not self._may_be_called(node)]
        names = ", ".join(f"{node.name}()" for node in idle if has_check(node))
        return f": nothing calls {names}" if names else ""

    def _may_be_called(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        if node.name.startswith("test") and node.name not in self.names:
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return (line, node.name) in self._ran
        return node.name in self.names or node.name.startswith("__")

    def _block(self, suite: list[ast.stmt]) -> None:
        """Reads the statements that may be reached, and those of no function that they define."""
        import ast

        for node in suite:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._read(*node.decorator_list, *node.args.defaults)
                case ast.ClassDef():
                    self._read(*node.decorator_list, *node.bases)
                    self._block(node.body)
                case _:
                    self._statement(node)
            if ends(node, self._value):
                return

    def _statement(self, node: ast.stmt) -> None:
        import ast

        inner = _suites(node)
        if not inner:
            self.finds_check |= isinstance(node, ast.Assert) and _is_check(node)
            self._read(node)
            return
        match node:
            case ast.If(condition) | ast.While(condition):
                body, orelse = node.body, node.orelse
                known = self._value(condition)
                self._read(condition)
                if known is not None:
                    inner = [body] if known else [orelse]
            case ast.For(iter=items):
                self._read(items)
                if self._value(items) is False:
                    inner = [node.orelse]
            case ast.Try() if block_ends(node.body, self._value):
                inner = [suite for suite in inner if suite is not node.orelse]
            case ast.With() | ast.AsyncWith():
                self._read(*(item.context_expr for item in node.items))
            case ast.Match(subject):
                self._read(subject)
            case ast.AsyncFor(iter=items):
                self._read(items)
        self.finds_check |= any(_fails(each) for suite in inner for each in suite)
        for suite in inner:
            self._block(suite)

    def _read(self, *nodes: ast.AST) -> None:
        import ast

        for top in nodes:
            for node in ast.walk(top):
                if isinstance(node, ast.Name):
                    self.names.add(node.id)
                elif isinstance(node, ast.Attribute):
                    self.names.add(node.attr)
                elif isinstance(node, ast.Call) and is_check_call(node):
                    self.finds_check = True

    def _value(self, expression: ast.expr) -> bool | None:
        """Whether an expression is true, where nothing of it comes from the program."""
        import ast

        if any(
            isinstance(node, ast.Name) and node.id not in self._known
            for node in ast.walk(expression)
        ):
            return None
        try:
            code = compile(ast.Expression(expression), "<test>", "eval")
            return bool(eval(code, dict(self._known)))
        except Exception:
            return None


def _constants(tree: ast.Module, namespace: dict[str, Any]) -> dict[str, Any]:
    """Names whose values have nothing to do with the program, as far as that is easily told."""
    import ast

    nodes = list(ast.walk(tree))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    iterated = {id(each.iter) for each in nodes if isinstance(each, ast.For)}
    stored = [node.id for node in names if not isinstance(node.ctx, ast.Load)]
    changeable = {
        node.id for node in names if isinstance(node.ctx, ast.Load) and id(node) not in iterated
    }
    found = {
        name: namespace[name]
        for name in ("sys", "os", "platform", "__name__")
        if name in namespace and name not in stored
    } | {"range": range, "len": len, "TYPE_CHECKING": False}
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(name)], value) if stored.count(name) == 1:
                try:
                    constant = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError):
                    continue
                if name not in changeable or isinstance(constant, int | str | float | None):
                    found[name] = constant
    return found
