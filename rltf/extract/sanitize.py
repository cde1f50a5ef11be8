"""Sanitize an answer as EvalPlus does: keep the code that the entry point needs.

EvalPlus judges, and publishes figures of, what its ``sanitize`` leaves of an answer (EvalPlus 0.3.1,
``evalplus/sanitize.py``):

1. of all runs of two or more lines that are valid Python, the one with the most lines that are not
   blank;
2. of its top level, the imports, and then the first definition of each name that the entry point
   reaches: classes, functions that return, and assignments. Nothing else is kept: no decorated
   definition, no ``if``, ``try`` or call, no ``from __future__ import``.

EvalPlus tries every run of lines, which takes minutes for a long answer; here a run is dropped as
soon as no line could make it valid. EvalPlus splits the run with tree-sitter, and ``ast`` does it
here: what is valid Python has the same parts for both. docs/prompts.md compares the two.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rltf.extract.code_fragment import lines as lines_of
from rltf.extract.python import parse

_ALLOW_INCOMPLETE_INPUT = 0x4000
"""The compiler's flag, as ``codeop`` has it, with which code that only breaks off says so."""
_MOST_PARSED = 2_000_000
"""Characters. Beyond that, the longest run so far is taken."""
_VALID, _OPEN, _DEAD = range(3)
"""Whether a run of lines is valid, may become so with more lines, or never will."""


def sanitize(text: str, *entry_points: str) -> str:
    """Return what EvalPlus' ``sanitize`` returns.

    Args:
        text: The answer of a chat model, or a code prompt with its completion.
        entry_points: The functions and classes that tests use. Without any, all definitions are
            kept.
    """
    code = _longest_run(text)
    return _needed(code, entry_points).strip() or code


# --------------------------------------------------------------------------------- the longest run


def _longest_run(text: str) -> str:
    """Return the valid run with the most lines that are not blank; without one, the first line."""
    text_lines = text.split("\n")
    search = _RunSearch(text_lines)
    first, last = 0, 0
    for start in range(len(text_lines) - 1):
        if search.filled(start, len(text_lines) - 1) <= search.most:
            break
        if (end := search.longest_from(start)) is not None:
            first, last = start, end
    return "\n".join(text_lines[first : last + 1])


class _RunSearch:
    """Finds, for each first line, the run that beats all before it."""

    def __init__(self, text_lines: Sequence[str]) -> None:
        self._lines = text_lines
        self._filled = [0]
        for line in text_lines:
            self._filled.append(self._filled[-1] + bool(line.strip()))
        self._characters_left = _MOST_PARSED
        self.most = 0
        """Lines of the best run so far that are not blank."""

    def filled(self, start: int, end: int) -> int:
        """Return how many lines from ``start`` to ``end``, both included, are not blank."""
        return self._filled[end + 1] - self._filled[start]

    def longest_from(self, start: int) -> int | None:
        """Return the last line of the best run from a line, if it beats the best run so far.

        Of runs that differ by blank lines at the end, that is the shortest.
        """
        best = None
        for end in range(self._last_alive(start), start, -1):
            count = self.filled(start, end)
            if best is None and count <= self.most:
                return None
            if best is not None and count < self.filled(start, best):
                break
            if self._state(start, end) == _VALID:
                best = end
        if best is not None:
            self.most = self.filled(start, best)
        return best

    def _last_alive(self, start: int) -> int:
        """Return the last line of the longest run from a line that may still become valid."""
        if self._state(start, start) == _DEAD:
            return start
        alive, dead = start, len(self._lines)
        while dead - alive > 1:  # more lines never revive a run
            middle = (alive + dead) // 2 if dead < len(self._lines) else dead - 1
            if self._state(start, middle) == _DEAD:
                dead = middle
            else:
                alive = middle
        return alive

    def _state(self, start: int, end: int) -> int:
        code = "\n".join(self._lines[start : end + 1])
        if len(code) > self._characters_left:
            return _DEAD
        self._characters_left -= len(code) + 1
        try:
            parse(code, _ALLOW_INCOMPLETE_INPUT)
        except SyntaxError as error:
            is_open = error.msg == "incomplete input" or code.endswith("\\")
            return _OPEN if is_open else _DEAD
        except (ValueError, MemoryError, RecursionError):
            return _DEAD
        return _VALID


# ------------------------------------------------------------------------- what the entry point needs


@dataclass(frozen=True)
class _Definition:
    name: str | None
    """``None`` for an assignment to something other than a name."""
    node: ast.stmt

    def identifiers(self) -> set[str]:
        """Return every identifier in the definition."""
        return {name for node in ast.walk(self.node) for name in _identifiers(node)}


def _needed(code: str, entry_points: Sequence[str]) -> str:
    """Return the imports and the definitions that the entry points reach."""
    try:
        tree = parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    source = _Source(code)
    imports = [node for node in tree.body if _is_import(node)]
    definitions = list(_definitions(tree))
    if entry_points:
        reached = _reached(entry_points, {each.name: each for each in definitions})
        definitions = [each for each in definitions if each.name in reached]
    return "\n".join(source.text(node) for node in [*imports, *(d.node for d in definitions)])


def _is_import(node: ast.stmt) -> bool:
    is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return isinstance(node, ast.Import | ast.ImportFrom) and not is_future


def _definitions(tree: ast.Module) -> Iterator[_Definition]:
    """Yield the first definition of each name."""
    seen: set[str | None] = set()
    for node in tree.body:
        name: str | None
        match node:
            case ast.ClassDef(decorator_list=[]):
                name = node.name
            case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]) if (
                any(isinstance(part, ast.Return) for part in ast.walk(node))
            ):
                name = node.name
            case ast.Assign(targets=targets, value=value):
                name = _assigned(targets[0], value if len(targets) == 1 else None)
            case ast.AnnAssign(target=target, value=value):
                name = _assigned(target, value)
            case _:
                continue
        if name not in seen:
            seen.add(name)
            yield _Definition(name, node)


def _assigned(target: ast.expr, value: ast.expr | None) -> str | None:
    """Return the name of an assignment: its first part that is only a name, as tree-sitter has it."""
    names = [part.id for part in (target, value) if isinstance(part, ast.Name)]
    return names[0] if names else None


def _reached(
    entry_points: Sequence[str], definitions: Mapping[str | None, _Definition]
) -> set[str | None]:
    """Return the names that the entry points need, and those that they need."""
    reached: set[str | None] = {*entry_points}
    waiting = [*entry_points]
    while waiting:
        definition = definitions.get(waiting.pop())
        new = definition.identifiers() - reached if definition else set()
        reached |= new
        waiting += new
    return reached


def _identifiers(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.keyword(arg=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.alias(name=name, asname=asname):
            yield from name.split(".")
            yield from [asname] if asname else []
        case ast.ImportFrom(module=str(module)):
            yield from module.split(".")
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.MatchClass(kwd_attrs=names):
            yield from names


class _Source:
    """The text of statements; ``ast`` counts columns in bytes."""

    def __init__(self, code: str) -> None:
        self._lines = [line.encode() for line in lines_of(code)]

    def text(self, node: ast.stmt) -> str:
        """Return the text of a statement, without a comment or semicolon after it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        found = self._lines[node.lineno - 1 : node.end_lineno]
        found[-1] = found[-1][: node.end_col_offset]
        found[0] = found[0][node.col_offset :]
        return b"".join(found).decode()
