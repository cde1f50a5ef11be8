"""Telling how a test ended in the program's process: by what it says itself, or by the program."""

from __future__ import annotations

from ..shared.exceptions import TEST_FILENAME

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import types
    from collections.abc import Callable

ENDINGS = ("exit", "quit", "skip", "Skip", "fail", "xfail", "raise")
"""Words of a line that ends a test early."""
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
        self._lines = [code.split("\n") for code in codes]
        self._is_programs = is_programs

    def is_tests_own(self, error: BaseException, words: tuple[str, ...] = ENDINGS) -> bool:
        """Return whether a line of the test, with one of these words, raised an exception.

        The program's code must not have run since. A function in C leaves no trace of the program
        that called for it, so the line itself must say what it does.
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
        texts = [lines[line - 1] for lines in self._lines if 0 < line <= len(lines)]
        return not line or any(word in text for text in texts for word in words)
