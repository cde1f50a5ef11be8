"""The names that a test itself changes in modules and classes, told from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W\d]\w*")
_PATCHERS = ("patch", "setattr", "delattr", "object", "multiple", "dict", "setitem", "register")
"""Names of functions that change what their arguments name."""
_OPAQUE = re.compile(r"\b(exec|eval|vars|globals|__dict__|__import__|getattr)\b")
"""Text of a test that may change what its syntax tree does not name."""


def of(code: str) -> tuple[str, ...]:
    """Return what a test patches: each word of the target. All words, if a target has no name."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
        named = None if _OPAQUE.search(code) else {name for node in nodes for name in _of(node)}
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
        named = None
    return tuple(sorted(set(_WORD.findall(code)) if named is None else named))


def _of(node: ast.AST) -> Iterator[str]:
    """Yield the names that one node changes. Raise ``LookupError`` where they are not known."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            yield from _words(node)
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield from _words(node.value)
        case ast.Call() if _called(node) in _PATCHERS:
            yield from _arguments(node)


def _arguments(call: ast.Call) -> Iterator[str]:
    name = _called(call)
    if name == "register":
        yield from _words(call.func)
        return
    if name in ("dict", "object", "multiple") and not isinstance(call.func, ast.Attribute):
        return  # a builtin
    is_pair = name in ("object", "delattr") or (name == "setattr" and len(call.args) > 2)
    for place, argument in enumerate(call.args[:2]):
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield from _WORD.findall(argument.value)
        elif place == int(is_pair) and name not in ("dict", "setitem", "multiple"):
            raise LookupError
        else:
            yield from _words(argument)
    for keyword in call.keywords:
        yield from _WORD.findall(keyword.arg or "")
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            yield from _WORD.findall(keyword.value.value)


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", None) or getattr(call.func, "id", ""))


def _words(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
