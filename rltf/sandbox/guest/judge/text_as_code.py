"""No text, pickle or marshalled data becomes code in a judge, unless it stands in the test.

A test may evaluate what it was given: text that the program returned, or a file that it wrote. In a
judge that would be code of the program, beside the expected values. So an audit hook looks at all
that makes code out of data. It lets pass the constants of the test, imports, and what the standard
library generates for itself. Anything else ends the test (``Session.unsplit``), and the client may
run it again, guarded. Only a test that makes code can be ended so.

A pickle may name only plain data. A class of those that is written in Python could be changed by a
pickle, so such classes are compared with what they were when the test ends.
"""

from __future__ import annotations

import sys
import types
from importlib.machinery import ExtensionFileLoader, SourceFileLoader, SourcelessFileLoader

from . import generated_code, pickled_classes, test_constants

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_frame = sys._getframe  # test code may replace what is in ``sys``
_EVENTS = frozenset(
    ["compile", "marshal.loads", "marshal.load", "code.__new__", "pickle.find_class"]
)
_OWN_FILES = (lambda: None).__code__.co_filename.rpartition("judge")[0]
_CONDITIONS = "_holds"
"""Our own function that evaluates text of the test: conditions of marks."""
_IMPORTING = ("exec_module", "create_module")
_FILE_LOADERS = (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader)


class _Test:
    """The test that runs.

    Args:
        session: Its session.
        code: The whole text of the test.
    """

    def __init__(self, session: Any, code: str) -> None:
        self.session = session
        self.constants = test_constants.Constants(code)
        self.classes = pickled_classes.Classes()

    def hears(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Answer one of the interpreter's audit events."""
        asker = _frame(2)
        if _is_own(asker) or _is_import(asker):
            return
        match event:
            case "pickle.find_class":
                if not self.classes.takes(*arguments):
                    refuse("unpickles {}.{}".format(*arguments))
            case "marshal.loads":
                if not _is_plain(arguments[0]):
                    refuse("loads marshalled code")
            case "compile":
                if not generated_code.is_harmless(asker, arguments[0], self.constants):
                    refuse("runs text as code")
            case "code.__new__":
                if asker.f_code.co_filename.startswith("<"):  # no library, which changes its own
                    refuse("makes code")
            case _:
                refuse("loads marshalled data from a file")


_test: _Test | None = None
_is_installed = False


def begin(session: Any, code: str) -> None:
    """Watch a test, whose whole text is ``code``."""
    global _test, _is_installed
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_audit)
    _test = _Test(session, code)


def end() -> bool:
    """Stop watching. Return whether a pickle has changed a class."""
    global _test
    test, _test = _test, None
    return test is not None and test.classes.have_changed()


def refuse(what: str) -> None:
    """End the test that runs, because of what it does."""
    if _test is None:
        raise PermissionError(f"a judge never {what}")
    raise _test.session.unsplit(f"the test {what}")


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS and _test is not None:
        _test.hears(event, arguments)


def _is_own(asker: Any) -> bool:
    code: types.CodeType = asker.f_code
    return code.co_filename.startswith(_OWN_FILES) and code.co_name != _CONDITIONS


def _is_import(asker: Any) -> bool:
    """Return whether a module is being imported from a file, the asker's or another's."""
    for frame in _frames(asker):
        name = frame.f_code.co_filename
        if name.startswith("<") and not name.startswith("<frozen "):
            return False
        if (
            name == "<frozen importlib._bootstrap_external>"
            and frame.f_code.co_name in _IMPORTING
            and type(frame.f_locals.get("self")) in _FILE_LOADERS
        ):
            return True
    return False


def _frames(frame: Any) -> Iterator[Any]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_plain(data: Any) -> bool:
    """Return whether marshalled data holds no code."""
    global _test
    import marshal

    test, _test = _test, None
    try:
        waiting = [marshal.loads(data)]
    except (EOFError, ValueError, TypeError):
        return True  # nor does it load for the test
    finally:
        _test = test
    while waiting:
        value = waiting.pop()
        if isinstance(value, types.CodeType):
            return False
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
    return True
