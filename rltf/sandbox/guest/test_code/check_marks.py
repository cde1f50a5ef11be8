"""Which checks of a test have run. Test code is rewritten so that each check leaves a mark.

A check is an assert that can fail, the call of an assertion (``self.assertEqual``, ``assert_allclose``,
``pytest.raises``), or a statement that decides about a raise (``if f(3) != 9: raise ...``). What the test
uses of the program leaves marks too. A test that surely runs a check needs no marks.
"""

from __future__ import annotations

import sys

from . import check_syntax
from .expected_names import INDIRECT, expected_names, loads_at_once
from .mark_rewriter import rewriter
from .reachable_checks import ReachableChecks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    import types
    from collections.abc import Callable, Collection
    from typing import Any

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
        self._sure = () if needs_marks else tuple(check_syntax.sure_asserts(tree))
        # a test may expect an exception in the middle of an assert, if it names it
        self._failure = (
            "AssertionError" if check_syntax.expects_exception(tree) else "BaseException"
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
        tree.body = [node for node in tree.body if check_syntax.is_main_block(node)]
        if not tree.body or (self.checked and not check_syntax.has_check(tree)):
            return None
        return compile(self._marked(tree), filename, "exec", dont_inherit=True)

    def _marked(self, tree: ast.Module) -> ast.Module:
        rewriting = rewriter(self._count, self.names(), self._failure)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEPEST))  # a long sum is a deep tree
        try:
            marked: ast.Module = rewriting.visit(tree)
        finally:
            sys.setrecursionlimit(limit)
        self._count = rewriting.count
        self._is_vacuous |= rewriting.is_vacuous
        self._returning |= rewriting.returning
        return marked

    def names(self) -> frozenset[str]:
        """Names that the test uses and seems to expect of the program."""
        if self._names is None:
            self._names, self._imported = expected_names(self._tree, self._program)
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
        return set().union(*map(loads_at_once, self._sure))

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
        reached = ReachableChecks(tree, namespace, entered)
        if not asked:
            missing = sorted(filter(is_missing, self.names() & (self.used() | reached.names)))
            return (MISSED, missing[0]) if missing else (BROKEN, NO_ASSERTION + reached.reason())
        if any(type(mark) is int for mark in self._ran):
            return FAILED, ALL_FAILED
        if reached.finds_check:
            return FAILED, NONE_REACHED
        if self._is_vacuous:
            return BROKEN, f"{NO_ASSERTION}: what it asserts is always true"
        if check_syntax.has_check(tree):
            return BROKEN, NO_ASSERTION + reached.reason()
        return None


def place(function: Any) -> tuple[int, str]:
    """How the mark of a test function tells it from others."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function.__code__.co_firstlineno, function.__name__
