"""What reference programs, starter code and prompt show about a name that the tests use."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from rltf.common import syntax
from rltf.sandbox.guest.shared import python_names
from rltf.sandbox.judging.name_uses import FILENAME, Use

if TYPE_CHECKING:
    from rltf.sandbox.guest.shared.python_names import Origin

_WRITE = r"\b(?i:write|implement|define|create|code|complete|provide)\s+"
_KIND = r"(?i:function|class|method|procedure|helper)s?"
_DEFINED = r"\b(?:def|class)\s+{name}\s*[(:]"
_FORMAL = (
    _DEFINED,
    r"\b(?i:called|named)\s+[`'\"]?{name}\b",
    rf"\b{_KIND}\s+[`'\"]{{name}}\b",
    rf"[`'\"]{{name}}(?:\([^)`'\"]*\))?[`'\"]\s+{_KIND}",
    rf"{_WRITE}(?:(?:an?|the|your own)\s+)?[`'\"]{{name}}\b",
    r"(?:^\W*|[:.]\s+){name}\([^)]*\)\s*(?:->|:|returns?\b|must\b|should\b|$)",
)
_PLAIN = (
    rf"\b{_KIND}\s+{{name}}\b(?!\.\w)",
    rf"{_WRITE}{{name}}\b(?=\s*(?:[.,;:(]|$|(?:and|that|which|for|so|with)\b))",
    rf"(?:{_WRITE}|\b{_KIND}[,:]?\s+)(?:[`'\"]?\w+(?:\([^)]*\))?[`'\"]?(?:,\s*and|,|\s+and)\s+)+[`'\"]?{{name}}\b",
)
"""Patterns for names that are not builtins: ordinary sentences contain "a function set that"."""
_EXAMPLE = re.compile(r"^[ \t]*(?:>>>|\.\.\.).*$|<class '[\w.]+'>", re.MULTILINE)
"""A line of a doctest, and how one shows a class."""
_TOLD_TO_USE = (
    r"\b(?i:us(?:e|es|ing)|with|import|from|by|via|like)\s+"
    rf"(?:(?:\S+\s+){{{{0,2}}}}|(?:(?:the|{_KIND}|\w+,|\w+,?\s+and)\s+){{{{0,6}}}})[`'\"]?(?:\w+\.)*{{name}}\b"
)


class TopLevelNames:
    """The names that a piece of code defines and imports at its top level."""

    def __init__(self, code: str) -> None:
        self.defined: set[str] = set()
        self.functions: set[str] = set()
        self.imported: dict[str, Origin] = {}
        try:
            tree = syntax.parse(code, FILENAME)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.is_code = False
            return
        self.is_code = True
        for node in _top_level(tree):
            match node:
                case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                    self.defined.add(name)
                    self.functions.add(name)
                case ast.ClassDef(name) | ast.Name(name, ast.Store()):
                    self.defined.add(name)
                case ast.Import():
                    for each in node.names:
                        top = each.name.partition(".")[0]
                        module = each.name if each.asname else top
                        self.imported[each.asname or top] = module, ""
                case ast.ImportFrom(module=str(module), level=0):
                    for each in node.names:
                        self.imported[each.asname or each.name] = module, each.name


def _top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes except those inside functions and classes."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


top_level_names = lru_cache(maxsize=64)(TopLevelNames)


def asks_for(name: str, prompt: str) -> bool:
    """Return whether a prompt says that the program is to define this name."""
    if name not in prompt:
        return False
    if hasattr(builtins, name):
        prompt = _EXAMPLE.sub("", prompt)  # which uses a builtin and does not ask for one

    def says(pattern: str) -> bool:
        return bool(re.search(pattern.format(name=re.escape(name)), prompt, re.MULTILINE))

    if says(_DEFINED):
        return True
    patterns = _FORMAL if hasattr(builtins, name) else (*_FORMAL, *_PLAIN)
    return any(map(says, patterns)) and not says(_TOLD_TO_USE)


def mentions(name: str, prompt: str) -> bool:
    """Return whether the name is a word of the prompt."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", prompt) is not None


def common_definition(name: str, programs: Iterable[str]) -> bool:
    """Return whether every one of the programs that can be read defines the name itself."""
    read = [each for each in map(top_level_names, programs) if each.is_code]
    return bool(read) and all(name in each.defined for each in read)


def is_function(name: str, programs: Iterable[str]) -> bool:
    """Return whether one of the programs defines a function of this name."""
    return any(name in top_level_names(code).functions for code in programs)


def common_import(name: str, programs: Iterable[str]) -> Origin | None:
    """Return what most programs import under this name; ``None`` if none imports it."""
    origins = [
        each.imported[name] for each in map(top_level_names, programs) if name in each.imported
    ]
    return max(origins, key=origins.count) if origins else None


def comes_by_star(name: str, use: Use) -> bool:
    """Return whether ``from solution import *`` brings a function of this name to a test.

    It does if the test only calls it for what it changes. Whose result the test uses stays
    Python's: the program could make wrong results look right with it.
    """
    origin = python_names.home(name)
    is_function = origin is None or not isinstance(python_names.load(origin), type)
    return use.is_dropped and is_function and not (use.asserted or use.is_verdict or use.is_context)
