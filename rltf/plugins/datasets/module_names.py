"""Adapts test files that import the program under the name of its file, and helpers of their own.

rltf's tests import the program as ``solution``. So a test that has ``from two_fer import two_fer``
or ``patch("two_fer.print")`` is rewritten, and a helper module that only the test needs becomes
part of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PROGRAM = "solution"
_TAKES_MODULE_NAMES = frozenset(
    {"patch", "multiple", "setattr", "delattr", "import_module", "__import__", "resolve_name"}
)
"""Functions whose first argument may be the dotted name of an object or a module."""
_FRAMES = re.compile(r"\bco_filename\b|\bcurrentframe\b|\bgetouterframes\b|\binspect\.stack\b")
"""A test that looks at frames may look for the file of the program."""


@dataclass(frozen=True)
class _Edit:
    start: int
    """Offset in the UTF-8 bytes of the source."""
    end: int
    text: str


def as_solution(test: str, module: str) -> str:
    """Return test code that imports ``solution`` wherever it imported ``module``.

    Raises ``SyntaxError`` if the test is not Python.
    """
    if module == PROGRAM:
        return test
    return _edited(test, _renames(test, module))


def with_helpers(test: str, helpers: Mapping[str, str]) -> str:
    """Return test code that contains the modules that it imports from ``helpers``.

    Args:
        test: The test code.
        helpers: Module names to their source code.

    Raises ``SyntaxError`` if the test or a helper is not Python.
    """
    done: set[str] = set()
    while (found := _helper_import(test, helpers)) is not None:
        edit, module = found
        source = "" if module in done else helpers[module]
        done.add(module)
        test = _edited(test, [_Edit(edit.start, edit.end, source.strip() + "\n" + edit.text)])
    return test


def imported_modules(source: str) -> frozenset[str]:
    """Return the top-level names of the modules that code imports anywhere; none if it is broken."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names.update(alias.name.split(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.split(".")[0])
    return frozenset(names)


def _renames(test: str, module: str) -> Iterator[_Edit]:
    source = _Source(test)
    looks_at_frames = _FRAMES.search(test) is not None
    for node in ast.walk(ast.parse(test)):
        match node:
            case ast.ImportFrom(module=name, level=0) if name == module:
                yield source.replace(node, rf"from\s+{re.escape(module)}\b", f"from {PROGRAM}")
            case ast.Import(names=aliases) if any(alias.name == module for alias in aliases):
                names = ", ".join(_import_of(alias, module) for alias in aliases)
                yield _Edit(*source.span(node), f"import {names}")
            case ast.Compare(left=ast.Constant(str(text)) as name) if looks_at_frames and text in (
                module,
                f"{module}.py",
            ):
                yield _Edit(*source.span(name), repr(text.replace(module, PROGRAM)))
            case ast.Call(func=function, args=[ast.Constant(str(text)) as argument, *_]) if (
                _last_name(function) in _TAKES_MODULE_NAMES
                and (text == module or text.startswith(f"{module}."))
            ):
                yield _Edit(*source.span(argument), repr(PROGRAM + text.removeprefix(module)))


def _import_of(alias: ast.alias, module: str) -> str:
    if alias.name == module:
        return f"{PROGRAM} as {alias.asname or module}"
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _helper_import(test: str, helpers: Mapping[str, str]) -> tuple[_Edit, str] | None:
    """Return the first import of a helper: its place with what replaces it, and the helper."""
    source = _Source(test)
    for node in ast.parse(test).body:
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=aliases) if module in helpers:
                renames = [
                    f"{alias.asname} = {alias.name}"
                    for alias in aliases
                    if alias.asname not in (None, alias.name)
                ]
                return _Edit(*source.span(node), "".join(f"{line}\n" for line in renames)), module
    return None


class _Source:
    """Offsets of syntax nodes in the bytes of a source."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self._starts = [0]
        for line in self._data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Return where a node starts and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def replace(self, node: ast.stmt, pattern: str, text: str) -> _Edit:
        """Return an edit of the beginning of a node, which matches ``pattern``."""
        start, end = self.span(node)
        found = re.match(pattern.encode(), self._data[start:end])
        if found is None:
            raise SyntaxError(f"line {node.lineno} has an import that cannot be rewritten")
        return _Edit(start, start + found.end(), text)


def _edited(source: str, edits: Iterator[_Edit] | list[_Edit]) -> str:
    data = source.encode()
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return data.decode()
