"""The globals of test code that shares a process with the program: the program's, as they are now."""

from __future__ import annotations

import builtins

from . import separate_builtins

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast
    import types
    from collections.abc import Collection, Iterator
    from typing import Any

_REBINDING = ("global", "modules", "setattr", "exec", "vars", "__dict__")
"""Words in a program that may bind its globals anew while it is called."""
_REACHING = ("solution", "patch", "setattr")
"""Words in a test that may bind the program's globals anew."""
_OF_FRAMEWORKS = frozenset(
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function")
) | {"pytestmark", "setUpModule", "tearDownModule"}
"""What frameworks look for among the names of a test: a program must not skip it so."""
_DIRECTED = ("input", "open", "print")
"""Builtins that a test may replace for the program and then use itself."""


_ABSENT = object()


class _Current(dict[str, "Any"]):
    """Globals of a test in which a name of the program is what it is in the program's module.

    What the test binds to one of the names in ``shared`` is bound in that module too, before the
    test looks up anything else. Any other name that it binds, by an import too, is its own.
    """

    def __init__(
        self,
        names: dict[str, Any],
        module: types.ModuleType,
        of_python: Collection[str],
        shared: Collection[str],
    ) -> None:
        super().__init__(names)
        self._of_python = of_python
        self._module = vars(module)
        self._copied = names
        self._shared = [name for name in shared if name not in of_python]

    def _share(self) -> None:
        for name in self._shared:
            value = self.get(name, _ABSENT)
            if value is self._copied.get(name, _ABSENT):
                continue
            if value is _ABSENT:
                del self._copied[name]
                self._module.pop(name, None)
            else:
                self._module[name] = self._copied[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name not in self._shared:
            self._copied.pop(name, None)

    def __getitem__(self, name: str) -> Any:
        self._share()
        value = super().__getitem__(name)
        if name in self._copied and self._copied[name] is value:
            if name not in self._module:
                raise KeyError(name)
            current = self._module[name]
            if current is not value:
                self._copied[name] = current
                super().__setitem__(name, current)
            return current
        return value

    def __missing__(self, name: str) -> Any:
        self._share()
        if name[:2] == "__" or name in self._of_python or hasattr(builtins, name):
            raise KeyError(name)
        return self._module[name]


class Stars:
    """Keeps what a test means by its names when it imports all names of the program.

    A program must not have an ``isclose`` of its own be the one that the test uses. What the test
    has imported or defined before is kept, and the names that are Python's.
    """

    def __init__(self, names: dict[str, Any], tree: ast.Module, of_python: Collection[str]) -> None:
        self._names = names
        self._kept = {*of_python, *_bound(tree)}
        self._before: dict[str, Any] = {}

    def note(self, is_over: bool) -> None:
        """Note what the names mean before the import, and put that back when it is over."""
        names = self._names
        if not is_over:
            self._before = {name: names[name] for name in self._kept if name in names}
            return
        for name, value in self._before.items():
            if names.get(name) is not value:
                names[name] = value


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a test binds at its top level, but not those of the program."""
    import ast

    for node in tree.body:
        match node:
            case ast.Import(names):
                yield from (each.asname or each.name.partition(".")[0] for each in names)
            case ast.ImportFrom(module, names) if module != "solution":
                yield from (each.asname or each.name for each in names)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                yield name


def names_of(
    module: types.ModuleType,
    source: str,
    code: str,
    of_program: tuple[str, ...],
    of_python: Collection[str],
    rebound: tuple[str, ...],
) -> dict[str, Any]:
    """Return the globals of test code: the program's, except for names that are Python's.

    ``rebound`` are the names that the test binds anew for the program too; ``*``: any.
    """
    names = {
        name: thing
        for name, thing in list(vars(module).items())
        if (name in of_program or not (hasattr(builtins, name) or name in _OF_FRAMEWORKS))
        and name not in of_python
        and name[:2] != "__"
    }
    may_change = any(word in source for word in _REBINDING) or any(
        word in code for word in _REACHING
    )
    shared = tuple(names) if "*" in rebound else rebound
    return _Current(names, module, of_python, shared) if may_change or shared else names


def direct_builtins(patched: frozenset[str], of_program: dict[str, Any]) -> None:
    """Let the test use the program's builtins of these names if the test replaces them there."""
    if "builtins" in patched:
        for name in patched.intersection(_DIRECTED):
            separate_builtins.TRUSTED[name] = _directed(name, of_program)


def _directed(name: str, of_program: dict[str, Any]) -> Any:
    return lambda *args, **kwargs: of_program[name](*args, **kwargs)
