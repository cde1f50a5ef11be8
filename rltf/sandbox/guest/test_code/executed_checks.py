"""Finding out which checks of a test have run. Test code is rewritten so that each leaves a mark.

A check is an assert that can fail, the call of an assertion (``self.assertEqual``,
``assert_allclose``, ``pytest.raises``), or a statement that decides about a raise (``if f(3) != 9:
raise ...``). Each use of a name of the program leaves a mark too. A test that surely runs a check
needs no marks.
"""

from __future__ import annotations

import sys

from . import check_syntax
from .check_instrumentation import CUT, rewriter
from .expected_names import INDIRECT, expected_names, loads_at_once
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
# Findings of a test that did not pass
BROKEN = "broken"  # the test cannot pass, whatever the program does
MISSED = "missed"  # the program lacks a name
FAILED = "failed"  # the program kept the test from its checks
_ENDING = ("exit", "Exit", "quit", "skip", "Skip", "yield")
"""Words in code that may end before its last line, or not start at all."""
_DEEPEST = 20_000


class Marks:
    """The marks of one test.

    Args:
        tree: The syntax tree of its whole code.
        code: The same code, as text.
        program: In guarded mode, where calls of the program are not counted: the program's names.
    """

    def __init__(self, tree: ast.Module, code: str, program: Collection[str] | None = None) -> None:
        self._tree = tree
        self._is_guarded = program is not None
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
        self.take: Callable[[Any], None] = self._ran.add
        """The function that test code calls as ``RAN``."""

    def use(self, use_marks: Callable[[set[Any]], None], mark: Callable[[Any], None]) -> None:
        """Let another function leave the marks, which is given the set of them first."""
        use_marks(self._ran)
        self.take = mark

    def compile(self, code: str, filename: str) -> types.CodeType:
        """Compile a part of the test so that it leaves its marks."""
        self._texts.append(code)
        if self._sure:
            return compile(code, filename, "exec", dont_inherit=True)
        import ast

        return compile(self._marked(ast.parse(code, filename)), filename, "exec", dont_inherit=True)

    def compile_main(self, filename: str) -> types.CodeType | None:
        """Compile what is under ``if __name__ == "__main__"`` at the top level, if it should run.

        It should if it holds a check, or if nothing else has checked anything.
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
        # a test that names an exception may expect it in the middle of an assert
        expects = check_syntax.expects_exception(self._tree)
        failure = "AssertionError" if expects else "BaseException"
        rewriting = rewriter()(self._count, self.names(), failure, is_guarded=self._is_guarded)
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
        """Return the names that the test uses and seems to expect from the program."""
        if self._names is None:
            self._names, self._imported = expected_names(self._tree, self._program)
        return self._names

    @property
    def imported(self) -> frozenset[str]:
        """The subset of ``names()`` that the test imports from the program."""
        self.names()
        return self._imported

    def used(self) -> set[str]:
        """Return the subset of ``names()`` that the test has used."""
        if not self._sure:
            return {mark for mark in self._ran if type(mark) is str}
        return set().union(*map(loads_at_once, self._sure))

    @property
    def checked(self) -> bool:
        """Whether a check has run and has not failed."""
        return bool(self._sure) or any(
            mark > 0 and -mark not in self._ran for mark in self._ran if type(mark) is int
        )

    @property
    def has_failed(self) -> bool:
        """Whether a check has failed, and was not expected to."""
        return bool(self._failed())

    @property
    def has_asserted(self) -> bool:
        """Whether one has failed by an ``AssertionError``. Other exceptions interrupt a check."""
        return any((CUT, number) not in self._ran for number in self._failed())

    def _failed(self) -> list[int]:
        return [-mark for mark in self._ran if type(mark) is int and mark < 0]

    def returns(self, function: Any) -> bool:
        """Return whether a test function returns a value instead of asserting something."""
        return place(function) in self._returning

    def now(self) -> frozenset[Any]:
        """Return the marks that were left so far."""
        return frozenset(self._ran)

    def withdraw(self, before: frozenset[Any]) -> None:
        """Remove the marks of checks left since ``before``, but not those of names."""
        self._ran -= {mark for mark in self._ran - before if type(mark) is int}

    def forgive(self, before: frozenset[Any]) -> None:
        """Forget that checks have failed since ``before``: they were expected to fail."""
        self._ran -= {mark for mark in self._ran - before if type(mark) is int and mark < 0}

    def leave(self, function: Any) -> None:
        """Forget that a test function was called."""
        self._ran.discard(place(function))

    def finding(
        self,
        asked: bool,
        is_missing: Callable[[str], bool],
        namespace: dict[str, Any],
        *,
        takes_part: bool = False,
    ) -> tuple[str, str] | None:
        """Return the finding of a test that has come to its end; ``None``: it passed.

        A program must not be able to make a test that it fails look broken. So a test is broken
        only if it would be broken with every program. A test that called the program, and has
        checks that it could have reached, was failed.

        Args:
            asked: Whether the test called the program.
            is_missing: Tells whether the program lacks a name that it should have.
            namespace: The globals of the test code.
            takes_part: Whether the program, unasked, has changed what the test could find.
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
        if not (asked or takes_part):
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
    """Return line and name of a test function. They are its mark."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function.__code__.co_firstlineno, function.__name__
