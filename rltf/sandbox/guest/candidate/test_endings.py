"""Telling how a test ended in the program's process: by what it says itself, or by the program."""

from __future__ import annotations

from ..shared.exceptions import TEST_FILENAME

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import types
    from collections.abc import Callable

ENDINGS = ("exit", "quit", "skip", "Skip", "fail", "xfail")
"""Parts of the names of what a test calls to end early."""
IMPORTS = ("import",)


class Endings:
    """Looks for the line of the test that raised an exception.

    Args:
        codes: The texts that the test consists of.
        is_programs: Tells whether code belongs to the program.
    """

    def __init__(
        self, codes: tuple[str, ...], is_programs: Callable[[types.CodeType], bool]
    ) -> None:
        self._codes = codes
        self._is_programs = is_programs

    def is_tests_own(self, error: BaseException, words: tuple[str, ...] = ENDINGS) -> bool:
        """Return whether a statement of the test raised an exception: a call with such a name.

        The program's code must not have run since. A function in C leaves no trace of the program
        that called for it, so the line itself must hold that call, or a ``raise`` or an import.
        """
        line = 0
        at = error.__traceback__
        while at is not None:
            code = at.tb_frame.f_code
            if self._is_programs(code):
                return False
            if code.co_filename == TEST_FILENAME:
                line = at.tb_lineno
            at = at.tb_next
        return not line or any(_ends(code, line, words) for code in self._codes)


def _ends(code: str, line: int, words: tuple[str, ...]) -> bool:
    """Return whether a line of code may end the test by itself."""
    import ast

    kinds: tuple[type[ast.AST], ...] = (ast.Raise,)
    if words is IMPORTS:
        kinds = (ast.Import, ast.ImportFrom)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, (*kinds, ast.Call)):
            continue
        if not node.lineno <= line <= (node.end_lineno or node.lineno):  # type: ignore[attr-defined]
            continue
        if not isinstance(node, ast.Call):
            return True
        name = str(getattr(node.func, "attr", None) or getattr(node.func, "id", ""))
        if any(word in name for word in words):
            return True
    return False
