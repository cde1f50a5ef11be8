"""Rewriting test code so that each of its checks leaves a mark when it runs."""

from __future__ import annotations

import functools

from . import check_syntax, early_exits

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from typing import Any

RAN = "__rltf_ran__"
"""The global name that test code calls to leave a mark."""
CHECK = "__rltf_check__"
"""Guarded mode: the name that test code calls with the number, name and function of an assertion."""
COMPARE = "__rltf_compare__"
"""Guarded mode: the name that test code calls with an operator of ``operator`` and two operands."""
COMPUTE = "__rltf_compute__"
"""Guarded mode: the name that test code calls with a function of ``operator`` and two operands."""
AUGMENT = "__rltf_augment__"
"""Guarded mode: the name that test code calls to assign in place."""
PLACE = "__rltf_place__"
"""Guarded mode: the name that test code calls with an object whose attribute or item is assigned."""
CUT = "cut"
"""Guarded mode: with the number of a check, the mark of one that another exception has interrupted."""
CALL = "__rltf_call__"
"""Guarded mode: the name that a lambda calls with a function of the program."""
CALCULATE = "__rltf_calculate__"
"""Guarded mode: the name that test code calls with a function that may calculate."""
STAR = "__rltf_star__"
"""Guarded mode: the name that test code calls before and after it imports all names of the program."""
_OPERATORS = {
    "Eq": "eq",
    "NotEq": "ne",
    "Lt": "lt",
    "LtE": "le",
    "Gt": "gt",
    "GtE": "ge",
    "In": "contains",
    "NotIn": "not_contains",
}
_ARITHMETIC = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "MatMult": "matmul",
    "BitAnd": "and_",
    "BitOr": "or_",
    "BitXor": "xor",
    "LShift": "lshift",
    "RShift": "rshift",
}
_CALCULATING = frozenset(
    (
        *(f"{prefix}{name}" for prefix in ("", "i") for name in _ARITHMETIC.values()),
        *("subtract", "divide", "multiply", "true_divide", "power", "remainder", "divmod"),
        *("allclose", "isclose"),
    )
)
"""Names of functions of Python and numpy that call the arithmetic of their arguments."""


@functools.cache
def rewriter() -> Any:
    """Return the class that rewrites one syntax tree, in place.

    It is made when it is first asked for, since its base needs an import.
    """
    import ast

    _SIMPLE = (ast.Constant, ast.Name, ast.UnaryOp)

    class Rewriter(ast.NodeTransformer):
        """Rewrites with marks that count from ``first``.

        Args:
            first: The number of the last mark before.
            names: The names whose use leaves a mark.
            failure: What a check raises that has failed.
            is_guarded: Whether the test runs in guarded mode.
        """

        def __init__(
            self, first: int, names: frozenset[str], failure: str, *, is_guarded: bool
        ) -> None:
            self.count = first
            self._names, self._failure, self._is_guarded = names, failure, is_guarded
            self.is_vacuous = False
            self.returning: set[tuple[int, str]] = set()
            self._in_lambda = False
            self._calculating = {name: name for name in _CALCULATING}
            self._failing_names = {"pytest"}

        def _mark(self, at: Any, key: Any = None) -> ast.Call:
            if key is None:
                self.count += 1
                key = self.count
            name, value = ast.Name(RAN, ast.Load()), ast.Constant(key)
            call = ast.Call(name, [value], [])
            for node in (name, value, call):
                ast.copy_location(node, at)
            return call

        def _or(self, node: Any, key: Any = None) -> ast.BoolOp:
            """Return an expression with a mark before it, which is None."""
            return ast.copy_location(ast.BoolOp(ast.Or(), [self._mark(node, key), node]), node)

        def _statement(self, node: Any, key: Any = None) -> ast.Expr:
            return ast.copy_location(ast.Expr(self._mark(node, key)), node)

        def visit(self, node: ast.AST) -> Any:
            if isinstance(node, ast.Constant):
                return node
            decides = isinstance(node, ast.stmt) and check_syntax.decides(node)
            visited = super().visit(node)
            return [self._statement(node), visited] if decides else visited

        def visit_Assert(self, node: ast.Assert) -> Any:
            truth = check_syntax.truth(node.test)
            self.generic_visit(node)
            if truth is None:
                node.test = self._or(node.test)
                return self._watched(node)
            if truth and not isinstance(node.test, ast.Constant):
                self.is_vacuous = True
            return node if truth else self._failing(node)

        def visit_Call(self, node: ast.Call) -> ast.Call:
            is_check = check_syntax.is_check_call(node)
            self.generic_visit(node)
            if is_check and self._is_guarded:
                self.count += 1
                name = ast.Constant(early_exits.called_name(node))
                node.func = self._call(
                    CHECK, [ast.Constant(self.count), name, node.func], node.func
                )
            elif is_check:
                node.func = self._or(node.func)
            elif self._is_guarded and early_exits.called_name(node) in self._calculating:
                name = ast.Constant(self._calculating[early_exits.called_name(node)])
                node.func = self._call(CALCULATE, [name, node.func], node.func)
            elif self._in_lambda and isinstance(node.func, ast.BoolOp):  # a name of the program
                node.func = self._call(CALL, [node.func], node.func)
            return node

        def _call(self, name: str, args: list[ast.expr], at: ast.AST) -> ast.Call:
            call = ast.Call(ast.Name(name, ast.Load()), args, [])
            return ast.fix_missing_locations(ast.copy_location(call, at))

        def visit_Import(self, node: ast.Import) -> ast.Import:
            named = {alias.asname or "" for alias in node.names if alias.name == "pytest"}
            self._failing_names |= named - {""}
            return node

        def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
            for alias in node.names:
                if (node.module, alias.name) == ("pytest", "fail"):
                    self._failing_names.add(alias.asname or alias.name)
                if alias.asname and alias.name in _CALCULATING:
                    self._calculating[alias.asname] = alias.name
            is_star = node.module == "solution" and node.names[0].name == "*"
            if not is_star or not self._is_guarded:
                return node
            calls = [self._call(STAR, [ast.Constant(is_over)], node) for is_over in (False, True)]
            before, after = (ast.copy_location(ast.Expr(call), node) for call in calls)
            return [before, node, after]

        def visit_Compare(self, node: ast.Compare) -> ast.expr:
            self.generic_visit(node)
            names = [_OPERATORS.get(type(each).__name__, "") for each in node.ops]
            # of a chain, all but the first two operands are asked for early
            is_simple = all(isinstance(each, _SIMPLE) for each in node.comparators[1:])
            if not self._is_guarded or not all(names) or not is_simple:
                return node
            operators = ast.Constant(" ".join(names))
            return self._call(COMPARE, [operators, node.left, *node.comparators], node)

        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            self.generic_visit(node)
            operands = (node.left, node.right)
            if not self._is_guarded or all(isinstance(each, ast.Constant) for each in operands):
                return node
            name = ast.Constant(_ARITHMETIC[type(node.op).__name__])
            return self._call(COMPUTE, [name, *operands], node)

        def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
            self.generic_visit(node)
            if not self._is_guarded:
                return node
            name = ast.Constant("i" + _ARITHMETIC[type(node.op).__name__].rstrip("_"))
            target = node.target
            if isinstance(target, ast.Name):
                before = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                after = self._call(COMPUTE, [name, before, node.value], node.value)
                return ast.copy_location(ast.Assign([target], after), node)
            target.value = self._call(PLACE, [target.value], target.value)
            target.ctx = ast.Load()
            call = self._call(AUGMENT, [name, target, node.value], node.value)
            return ast.copy_location(ast.Expr(call), node)

        def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
            outer, self._in_lambda = self._in_lambda, self._is_guarded
            self.generic_visit(node)
            self._in_lambda = outer
            return node

        def visit_Expr(self, node: ast.Expr) -> Any:
            is_check = isinstance(node.value, ast.Call) and check_syntax.is_check_call(node.value)
            is_failure = check_syntax.is_failure_call(node.value, self._failing_names)
            self.generic_visit(node)
            if is_failure:
                return self._failing(node)
            return self._watched(node) if is_check else node

        def visit_Try(self, node: ast.Try) -> ast.Try:
            """Mark the failure of a test that its own ``except`` may catch.

            Elsewhere, such as in a callback, it may be what the program is to catch.
            """
            failures = [each for each in node.body if check_syntax.is_failure_raised(each)]
            self.generic_visit(node)
            for failure in failures if self._is_guarded else ():
                self.count += 1
                node.body.insert(node.body.index(failure), self._statement(failure, -self.count))
            return node

        def _failing(self, node: ast.stmt) -> Any:
            """Return a statement that fails the test, after the mark of a check that has failed."""
            if not self._is_guarded:
                return node
            self.count += 1
            return [self._statement(node, -self.count), node]

        def _watched(self, node: ast.stmt) -> ast.stmt:
            """Return a check that leaves another mark if it fails, and one if it was interrupted."""
            handlers = [self._handler(node, self._failure, -self.count)]
            if self._is_guarded and self._failure == "BaseException":
                interrupted = self._handler(node, "BaseException", -self.count, (CUT, self.count))
                handlers = [self._handler(node, "AssertionError", -self.count), interrupted]
            watched = ast.copy_location(ast.Try([node], handlers, [], []), node)
            return ast.fix_missing_locations(watched)

        def _handler(self, node: ast.stmt, caught: str, *keys: Any) -> ast.ExceptHandler:
            left: list[ast.stmt] = [self._statement(node, key) for key in keys]
            return ast.ExceptHandler(ast.Name(caught, ast.Load()), None, [*left, ast.Raise()])

        def visit_Name(self, node: ast.Name) -> ast.expr:
            is_used = node.id in self._names and isinstance(node.ctx, ast.Load)
            return self._or(node, node.id) if is_used else node

        def visit_FunctionDef(self, node: Any) -> Any:
            returns, node.returns = node.returns, None
            self.generic_visit(node)
            node.returns = returns
            if node.name.startswith("test"):
                where = min([node.lineno, *(e.lineno for e in node.decorator_list)]), node.name
                if any(map(check_syntax.returns_value, node.body)):
                    self.returning.add(where)
                at = int(ast.get_docstring(node, clean=False) is not None)
                node.body.insert(at, self._statement(node.body[0], where))
            return node

        visit_AsyncFunctionDef = visit_FunctionDef

        def visit_arg(self, node: ast.arg) -> ast.arg:
            return node  # annotations may be read as text

        def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
            node.value = self.visit(node.value) if node.value else None
            return node

        def visit_match_case(self, node: ast.match_case) -> ast.match_case:
            pattern = node.pattern  # holds names and constants only
            node.pattern = ast.MatchAs()
            self.generic_visit(node)
            node.pattern = pattern
            return node

    return Rewriter
