"""What an official harness does to a program before it runs it, without touching its lines.

The harnesses of APPS and LiveCodeBench put imports before the program, so that a program may leave
them out. They also wrap a program that reads stdin in a function, so that a ``return`` at its top
level ends it. Here the module gets those of the imported names that the program mentions, and such
a ``return`` raises ``Returned``. LiveCodeBench's harness also raises the recursion limit and
ignores the exit code. In both, the program decides whether the entry point is a function or a
method of ``Solution``.
"""

from __future__ import annotations

import importlib
import sys
import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_NAME = "<return>"
"""The name of ``Returned`` in a program's module. No program can write it."""
_MISSING = object()

# ------------------------------------------------------------------------ APPS: names of its prefix
_MODULES = {
    "np": "numpy",
    "collections": "collections",
    "fractions": "fractions",
    "heapq": "heapq",
    "itertools": "itertools",
    "math": "math",
    "random": "random",
    "sys": "sys",
    "time": "time",
}
_MEMBERS = {
    name: module
    for module, names in {
        "itertools": "accumulate product permutations combinations",
        "collections": "Counter OrderedDict deque defaultdict ChainMap",
        "functools": "lru_cache",
        "math": "sqrt sin cos tan ceil fabs floor gcd exp log log2",
        "typing": "List Tuple",
        "heapq": "heappush heappop heapify heapreplace merge nlargest nsmallest heappushpop",
        "sys": "stdin stdout",
    }.items()
    for name in names.split()
}
_STREAMS = ("stdin", "stdout")

# ------------------------------ LiveCodeBench: ``from X import *`` of all, then ``import X``
_STARRED = [
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random"),
    *(
        "statistics",
        "itertools",
        "functools",
        "operator",
        "io",
        "sys",
        "json",
        "builtins",
        "typing",
    ),
]
_IMPORTED = set(_STARRED) - {"builtins", "typing"}
_RECURSION_LIMIT = 50_000


def forgives_exit(harness: str) -> bool:
    """Return whether a program that reads stdin may end with any exit code."""
    return harness == "livecodebench"


def prepare(harness: str) -> None:
    """Set in the process what the harness sets before it runs a program."""
    if harness == "livecodebench":
        sys.setrecursionlimit(_RECURSION_LIMIT)


def entry_point(module: types.ModuleType, asked: str) -> str:
    """Return the entry point as ``f`` or ``Solution().f``, whichever the program has.

    Both harnesses look for ``class Solution`` in the program, not in the starter code.
    """
    owner, _, name = asked.rpartition(".")
    if owner not in ("", "Solution()"):
        return asked
    return f"Solution().{name}" if "Solution" in vars(module) else name


class Returned(BaseException):
    """The program reached a ``return`` at its top level."""


def names(code: types.CodeType, harness: str, *, on_stdin: bool) -> dict[str, Any]:
    """Return the harness's names that the program mentions, and the one its ``return`` needs."""
    mentioned = set(_mentioned(code))
    values: dict[str, Any] = {_NAME: Returned} if _NAME in mentioned else {}
    for name in mentioned:
        if harness == "livecodebench":
            value = _starred(name)
        elif name in _STREAMS and not on_stdin:
            continue
        else:
            value = _listed(name)
        if value is not _MISSING:
            values[name] = value
    return values


def _listed(name: str) -> Any:
    """Return what a name means after the imports of APPS."""
    module = _MODULES.get(name) or _MEMBERS.get(name)
    if module is None:
        return _MISSING
    try:
        source = importlib.import_module(module)
    except ImportError:  # numpy may not be installed
        return _MISSING
    return source if name in _MODULES else getattr(source, name)


def _starred(name: str) -> Any:
    """Return what a name means after LiveCodeBench's imports: the last module with it counts."""
    if name in _IMPORTED:
        return importlib.import_module(name)
    for module in reversed(_STARRED):
        source = importlib.import_module(module)
        public = getattr(source, "__all__", None)
        if name in public if public is not None else name[:1] != "_" and hasattr(source, name):
            return getattr(source, name)
    return _MISSING


def _mentioned(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _mentioned(constant)


def compile_with_return(source: str, filename: str, error: SyntaxError) -> types.CodeType:
    """Compile code that ``compile`` refused for a ``return`` at the top; else raise ``error``."""
    if "'return' outside function" not in str(error.msg):
        raise error
    import ast

    class Top(ast.NodeTransformer):
        """Rewrites the top level, but not the bodies of functions and classes."""

        def generic_visit(self, node: ast.AST) -> ast.AST:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
                return node
            return super().generic_visit(node)

        def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
            value = [_like(node, ast.Expr(node.value))] if node.value else []
            return [*value, _raise(node, _NAME)]

        def visit_Try(self, node: ast.Try) -> ast.Try:
            self.generic_visit(node)
            if node.handlers:  # which would catch what is not an exception to the program
                name = _like(node, ast.Name(_NAME, ast.Load()))
                handler = ast.ExceptHandler(type=name, name=None, body=[_raise(node, None)])
                node.handlers.insert(0, _like(node, handler))
            return node

    tree = Top().visit(ast.parse(source, filename))
    return compile(tree, filename, "exec", dont_inherit=True)


def _like(node: Any, made: Any) -> Any:
    """Give a new node the position of the node that it replaces."""
    import ast

    return ast.copy_location(made, node)


def _raise(node: Any, name: str | None) -> Any:
    import ast

    exception = None if name is None else _like(node, ast.Name(name, ast.Load()))
    return _like(node, ast.Raise(exception, None))
