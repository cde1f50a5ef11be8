"""Whether a test may go on after a check that failed, because it catches the failure itself.

Where it does not, something of the program that shares its process has kept the failure from it: an
event loop, a thread, a callback.
"""

from __future__ import annotations

from ..shared import classes
from .early_exits import called_name

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from . import executed_checks

_EXPECTING = ("xfail", "expectedFailure", "subTest")
"""Words of a test that may expect any failure."""
_TOLERANT = (*_EXPECTING, "except", "aises", "suppress")
"""Words of a test that may go on after an exception."""
_FAILURE = frozenset(classes.bases(AssertionError))


def are_hidden(
    test: executed_checks.Marks,
    tree: ast.AST,
    code: str,
    names: Mapping[str, Any],
    program: Collection[str],
) -> bool:
    """Return whether a check has failed, and the test has not caught the failure itself.

    A class that the program defines is not one that catches the failures of the test, whatever it
    is: the test names it to catch what the program raises.

    Args:
        test: The marks that it has left.
        tree: The syntax tree of the test.
        code: The same as text.
        names: What the names of the test mean, builtins included.
        program: The names that the program defines.
    """
    if not test.has_failed:
        return False
    if not any(word in code for word in _TOLERANT):
        return True
    return test.has_asserted and not _catches_failures(tree, code, names, program)


def _catches_failures(
    tree: ast.AST, code: str, names: Mapping[str, Any], program: Collection[str]
) -> bool:
    """Return whether a test may catch an ``AssertionError``."""
    import ast

    if any(word in code for word in _EXPECTING):
        return True
    for kind in _caught(tree):
        parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        if any(_may_catch(part, names, program) for part in parts):
            return True
    return False


def _caught(tree: ast.AST) -> Iterator[ast.expr | None]:
    """Yield what is caught; ``None``: everything."""
    import ast

    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            yield node.type
        elif isinstance(node, ast.Call):
            name = called_name(node)
            if name == "suppress":
                yield from node.args
            elif "aises" in name:
                values = [each.value for each in node.keywords if each.arg != "match"]
                yield from node.args[:1] or values


def _may_catch(kind: ast.expr | None, names: Mapping[str, Any], program: Collection[str]) -> bool:
    import ast

    match kind:
        case ast.Name(name) if name in program:
            return False
        case ast.Name() | ast.Attribute():
            found = _meaning(kind, names)
            if not isinstance(found, type):
                return True
            return found in _FAILURE or AssertionError in classes.bases(found)
    return True


def _meaning(kind: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return what a dotted name means, or ``None`` if nothing can be found out."""
    import ast
    import types

    match kind:
        case ast.Name(name):
            return names.get(name)
        case ast.Attribute(inner, name):
            module = _meaning(inner, names)
            return vars(module).get(name) if type(module) is types.ModuleType else None
    return None
