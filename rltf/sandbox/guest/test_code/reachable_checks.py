"""Which checks a test could reach with some program, read from its syntax tree."""

from __future__ import annotations

from .check_syntax import blocks, fails, has_check, is_check, is_check_call
from .early_exits import block_ends, ends

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from typing import Any

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


def _lost(tree: ast.Module, namespace: dict[str, Any]) -> set[str]:
    """Return the names of test functions of the module, or of its classes, that are not there."""
    import ast

    lost = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        is_replaced = node.decorator_list or node.name in namespace
        if is_replaced and not callable(namespace.get(node.name)):
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            lost |= {each.name for each in inner if hasattr(each, "name")}
    return {name for name in lost if name.startswith("test")}


class ReachableChecks:
    """Looks for checks that a test could have reached, when it has run none.

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
        self._lost = _lost(tree, namespace)
        """Test functions that are no functions any more: a decorator may be the program's."""
        self._functions = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        self.names: set[str] = set(_FIXTURE_METHODS)
        """Names that reachable code uses."""
        self.finds_check = False
        self._block(tree.body)
        waiting = self._functions
        while called := [node for node in waiting if self._may_be_called(node)]:
            waiting = [node for node in waiting if node not in called]
            for node in called:
                self.names.update(arg.arg for arg in node.args.args)  # fixtures, perhaps
                self._block(node.body)

    def reason(self) -> str:
        """Return a clause that lists the functions with checks that nothing calls."""
        idle = [node for node in self._functions if not self._may_be_called(node)]
        names = ", ".join(f"{node.name}()" for node in idle if has_check(node))
        return f": nothing calls {names}" if names else ""

    def _may_be_called(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        if node.name in self._lost:
            return True
        if node.name.startswith("test") and node.name not in self.names:
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return (line, node.name) in self._ran
        return node.name in self.names or node.name.startswith("__")

    def _block(self, suite: list[ast.stmt]) -> None:
        """Read the statements that may be reached, but not the bodies of functions they define."""
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

        inner = blocks(node)
        if not inner:
            self.finds_check |= isinstance(node, ast.Assert) and is_check(node)
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
        self.finds_check |= any(fails(each) for suite in inner for each in suite)
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
        """Return whether an expression is true, if nothing in it comes from the program."""
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
    """Return names whose values are independent of the program, with their values."""
    import ast

    nodes = list(ast.walk(tree))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    iterated = {id(each.iter) for each in nodes if isinstance(each, ast.For)}
    stored = [node.id for node in names if not isinstance(node.ctx, ast.Load)]
    changeable = {
        node.id for node in names if isinstance(node.ctx, ast.Load) and id(node) not in iterated
    }
    constants = {
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
                    constants[name] = constant
    return constants
