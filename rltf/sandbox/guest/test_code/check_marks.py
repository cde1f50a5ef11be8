"""Which checks of a test have run. Test code is rewritten so that each check leaves a mark.

A check is an assert that can fail, the call of an assertion (``self.assertEqual``, ``assert_allclose``,
``pytest.raises``), or a statement that decides about a raise (``if f(3) != 9: raise ...``). What the test
uses of the program leaves marks too. A test that surely runs a check needs no marks.
"""

from __future__ import annotations

import builtins
import sys

from . import reachable_checks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    import types
    from collections.abc import Callable, Collection
    from typing import Any

RAN = "__rltf_ran__"
"""The global name of test code that takes a mark."""
NO_ASSERTION = "the test ran no assertion, so it checks nothing"
NEVER_ASKED = "the test asked nothing of the program, so it checks nothing"
NONE_REACHED = "the test ran none of its assertions on what the program returned"
ALL_FAILED = "the test goes on after a failure, and each assertion that it ran has failed"
# What a test did, beside passing
BROKEN = "broken"  # whatever the program does
MISSED = "missed"  # its program lacks a name
FAILED = "failed"  # its program kept it from its checks
_ENDING = ("exit", "Exit", "quit", "skip", "Skip", "yield")
"""Words of code that may end before its last line, or not begin."""
_DEEPEST = 20_000
INDIRECT = frozenset({"exec", "eval", "globals", "vars", "locals", "__import__", "importlib"})
"""Names by which a test may use others that its syntax tree does not show."""


class Marks:
    """The marks of one test.

    Args:
        tree: The whole of its code.
        code: The same, as text.
        program: Beside the program, where nobody counts what is asked of it: the names in it.
    """

    def __init__(self, tree: ast.Module, code: str, program: Collection[str] | None = None) -> None:
        self._tree = tree
        self._program = {*program, *INDIRECT} if program is not None else set()
        self._texts: list[str] = []
        self._ran: set[Any] = set()
        self._count = 0
        self._is_vacuous = False
        self._returning: set[tuple[int, str]] = set()
        self._names: frozenset[str] | None = None
        self._imported: frozenset[str] = frozenset()
        needs_marks = program is not None or any(word in code for word in _ENDING)
        self._sure = () if needs_marks else tuple(reachable_checks.sure_asserts(tree))
        # a test may expect an exception in the middle of an assert, if it names it
        self._failure = (
            "AssertionError" if reachable_checks.expects_exception(tree) else "BaseException"
        )
        self.take: Callable[[Any], None] = self._ran.add
        """What test code calls, as ``RAN``."""

    def compile(self, code: str, filename: str) -> types.CodeType:
        """The code of a part of the test, which leaves its marks."""
        self._texts.append(code)
        if self._sure:
            return compile(code, filename, "exec", dont_inherit=True)
        import ast

        return compile(self._marked(ast.parse(code, filename)), filename, "exec", dont_inherit=True)

    def compile_main(self, filename: str) -> types.CodeType | None:
        """What stands under ``if __name__ == "__main__"`` at the top level, if it is to be run.

        It is, where it holds a check, or where nothing else has checked anything.
        """
        if "__main__" not in self._texts[-1]:
            return None
        import ast

        tree = ast.parse(self._texts[-1], filename)
        tree.body = [node for node in tree.body if reachable_checks.is_main_block(node)]
        if not tree.body or (self.checked and not reachable_checks.has_check(tree)):
            return None
        return compile(self._marked(tree), filename, "exec", dont_inherit=True)

    def _marked(self, tree: ast.Module) -> ast.Module:
        rewriter = _rewriter(self._count, self.names(), self._failure)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEPEST))  # a long sum is a deep tree
        try:
            marked: ast.Module = rewriter.visit(tree)
        finally:
            sys.setrecursionlimit(limit)
        self._count = rewriter.count
        self._is_vacuous |= rewriter.is_vacuous
        self._returning |= rewriter.returning
        return marked

    def names(self) -> frozenset[str]:
        """Names that the test uses and seems to expect of the program."""
        if self._names is None:
            self._names, self._imported = _expected(self._tree, self._program)
        return self._names

    @property
    def imported(self) -> frozenset[str]:
        """Those of them that it imports from the program."""
        self.names()
        return self._imported

    def used(self) -> set[str]:
        """Those of them that it has used."""
        if not self._sure:
            return {mark for mark in self._ran if type(mark) is str}
        return set().union(*map(_loads_at_once, self._sure))

    @property
    def checked(self) -> bool:
        """Whether a check has run that has not failed."""
        return bool(self._sure) or any(
            mark > 0 and -mark not in self._ran for mark in self._ran if type(mark) is int
        )

    def returns(self, function: Any) -> bool:
        """Whether a test function always returns a value, where it should assert something."""
        return place(function) in self._returning

    def now(self) -> frozenset[Any]:
        """The marks so far."""
        return frozenset(self._ran)

    def withdraw(self, before: frozenset[Any]) -> None:
        """Takes back the checks that have run since; what was asked of the program stays asked."""
        self._ran -= {mark for mark in self._ran - before if type(mark) is int}

    def forgive(self, before: frozenset[Any]) -> None:
        """Takes the checks that have failed since for good ones: they were to fail."""
        self._ran -= {mark for mark in self._ran - before if type(mark) is int and mark < 0}

    def leave(self, function: Any) -> None:
        """Forgets that a test function was called."""
        self._ran.discard(place(function))

    def finding(
        self, asked: bool, is_missing: Callable[[str], bool], namespace: dict[str, Any]
    ) -> tuple[str, str] | None:
        """What to say of a test that has come to its end; ``None``: it passed.

        A program must not turn a test that it loses into a broken one. So a test is broken only where
        it would be so beside every program; one that has asked the program, and has checks that it
        could have reached, was not passed.

        Args:
            asked: Whether the program was asked for anything.
            is_missing: Whether the program lacks what it should have under a name.
            namespace: The globals of the test code.
        """
        if self.checked:
            if asked:
                return None
            missing = sorted(filter(is_missing, self.names() & self.used()))
            return (MISSED, missing[0]) if missing else (BROKEN, NEVER_ASKED)
        import ast

        tree = ast.parse("")
        tree.body = [node for text in self._texts for node in ast.parse(text).body]
        entered = {mark for mark in self._ran if type(mark) is tuple}
        reached = reachable_checks.Reach(tree, namespace, entered)
        if not asked:
            missing = sorted(filter(is_missing, self.names() & (self.used() | reached.names)))
            return (MISSED, missing[0]) if missing else (BROKEN, NO_ASSERTION + reached.reason())
        if any(type(mark) is int for mark in self._ran):
            return FAILED, ALL_FAILED
        if reached.finds_check:
            return FAILED, NONE_REACHED
        if self._is_vacuous:
            return BROKEN, f"{NO_ASSERTION}: what it asserts is always true"
        if reachable_checks.has_check(tree):
            return BROKEN, NO_ASSERTION + reached.reason()
        return None


def place(function: Any) -> tuple[int, str]:
    """How the mark of a test function tells it from others."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function.__code__.co_firstlineno, function.__name__


def _loads(tree: ast.AST) -> set[str]:
    import ast

    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)}


def _loads_at_once(expression: ast.AST) -> set[str]:
    """Names that an expression looks up in any case: those in a comprehension may never be reached."""
    import ast

    later: set[int] = set()
    parts: list[ast.AST]
    for node in ast.walk(expression):
        match node:
            case ast.Lambda(body=body):
                parts = [body]
            case ast.DictComp(key, value, [first, *others]):
                parts = [key, value, *first.ifs, *others]
            case ast.ListComp(part, [first, *others]) | ast.SetComp(part, [first, *others]):
                parts = [part, *first.ifs, *others]
            case ast.GeneratorExp(part, [first, *others]):
                parts = [part, *first.ifs, *others]
            case _:
                continue
        later |= {id(each) for part in parts for each in ast.walk(part)}
    nodes = (node for node in ast.walk(expression) if isinstance(node, ast.Name))
    return {node.id for node in nodes if id(node) not in later}


def _expected(tree: ast.AST, program: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Names that the test uses and does not define, with those that it imports from the program."""
    import ast

    bound: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                for each in names:
                    module = node.module if isinstance(node, ast.ImportFrom) else each.name
                    alias = (each.asname or each.name).partition(".")[0]
                    (imported if module == "solution" else bound).add(alias)
            case ast.Name(name, ast.Store() | ast.Del()) | ast.arg(name):
                bound.add(name)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
    loads = _loads(tree)
    others = loads - bound - vars(builtins).keys()
    return frozenset(others | (loads & imported) | (loads & program)), frozenset(imported)


def _rewriter(first: int, names: frozenset[str], failure: str) -> Any:
    """Rewrites one syntax tree, in place; ``failure`` is what a check raises that has failed."""
    import ast

    class Rewriter(ast.NodeTransformer):
        def __init__(self) -> None:
            self.count = first
            self.is_vacuous = False
            self.returning: set[tuple[int, str]] = set()

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
            """An expression with a mark before it, which is None."""
            return ast.copy_location(ast.BoolOp(ast.Or(), [self._mark(node, key), node]), node)

        def _statement(self, node: Any, key: Any = None) -> ast.Expr:
            return ast.copy_location(ast.Expr(self._mark(node, key)), node)

        def visit(self, node: ast.AST) -> Any:
            if isinstance(node, ast.Constant):
                return node
            decides = isinstance(node, ast.stmt) and reachable_checks.decides(node)
            visited = super().visit(node)
            return [self._statement(node), visited] if decides else visited

        def visit_Assert(self, node: ast.Assert) -> ast.stmt:
            truth = reachable_checks.truth(node.test)
            self.generic_visit(node)
            if truth is None:
                node.test = self._or(node.test)
                return self._watched(node)
            if truth and not isinstance(node.test, ast.Constant):
                self.is_vacuous = True
            return node

        def visit_Call(self, node: ast.Call) -> ast.Call:
            is_check = reachable_checks.is_check_call(node)
            self.generic_visit(node)
            if is_check:
                node.func = self._or(node.func)
            return node

        def visit_Expr(self, node: ast.Expr) -> ast.stmt:
            is_check = isinstance(node.value, ast.Call) and reachable_checks.is_check_call(
                node.value
            )
            self.generic_visit(node)
            return self._watched(node) if is_check else node

        def _watched(self, node: ast.stmt) -> ast.stmt:
            """A check, which leaves another mark where it fails."""
            failed: list[ast.stmt] = [self._statement(node, -self.count), ast.Raise()]
            handler = ast.ExceptHandler(ast.Name(failure, ast.Load()), None, failed)
            watched = ast.copy_location(ast.Try([node], [handler], [], []), node)
            return ast.fix_missing_locations(watched)

        def visit_Name(self, node: ast.Name) -> ast.expr:
            is_used = node.id in names and isinstance(node.ctx, ast.Load)
            return self._or(node, node.id) if is_used else node

        def visit_FunctionDef(self, node: Any) -> Any:
            returns, node.returns = node.returns, None
            self.generic_visit(node)
            node.returns = returns
            if node.name.startswith("test"):
                where = min([node.lineno, *(e.lineno for e in node.decorator_list)]), node.name
                if any(map(reachable_checks.returns_value, node.body)):
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

    return Rewriter()
