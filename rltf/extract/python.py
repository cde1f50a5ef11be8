"""Parse text as Python, to distinguish programs from prose. Nothing is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable

from rltf.common import syntax

_LONGEST = 200_000
"""Characters. Longer text is not parsed."""
_FILE_NAME = "<answer>"
_FILTER = ("ignore", None, Warning, re.compile(_FILE_NAME), 0)


def parse(code: str, flags: int = 0) -> ast.Module:
    """Parse a program from an answer, without warnings; errors are those of ``syntax.parse``."""
    if _FILTER not in warnings.filters:
        # catch_warnings is not thread-safe, and programs are scored in threads.
        warnings.filterwarnings("ignore", module=_FILE_NAME)
    return syntax.parse(code, _FILE_NAME, flags=flags)


def defines(program: str, name: str) -> bool:
    """Return whether a program defines a function, class or variable of this name at its top level.

    The class ``Solution`` or a function ``f`` defines ``Solution().f``, and a method ``f`` of
    ``Solution`` defines ``f``.
    """
    owner, _, method = name.partition("().")
    names = [owner.partition(".")[0], *([method] if owner == "Solution" else [])]
    either = "|".join(map(re.escape, names))
    definition = (
        rf"^(?:(?:async[ \t]+)?def[ \t]+(?:{either})\b|class[ \t]+(?:{either})\b"
        rf"|(?:{either})[ \t]*[:=](?!=))"
    )
    if re.search(definition, program, re.MULTILINE):
        return True
    is_method = rf"^class[ \t]+Solution\b[^\n]*\n(?:[ \t]+[^\n]*\n|[ \t]*\n)*?[ \t]+(?:async[ \t]+)?def[ \t]+{either}\b"
    return "." not in name and re.search(is_method, program, re.MULTILINE) is not None


def is_program(tree: ast.Module | None) -> bool:
    """Return whether a tree does more than import: ``Sure`` and ``Note: done`` are Python too."""
    return tree is not None and not all(
        isinstance(node, ast.Import | ast.ImportFrom) or is_inert(node) for node in tree.body
    )


def is_stub(tree: ast.Module) -> bool:
    """Return whether no function of a tree has a body yet, as in a signature or a template."""
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return bool(functions) and all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for function in functions
        for node in function.body
    )


def is_inert(statement: ast.stmt) -> bool:
    """Return whether a statement has no effect, apart from the error for an undefined name."""
    match statement:
        case ast.AnnAssign(value=None):
            return True
        case ast.Expr():
            active = ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr
            return not any(isinstance(node, active) for node in ast.walk(statement))
    return False


def returns(tree: ast.Module | None) -> bool:
    """Return whether a tree returns outside a function, which makes it the body of a function."""
    pending: list[ast.AST] = [tree] if tree else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            pending += ast.iter_child_nodes(node)
    return False


def is_part_of(tree: ast.Module, others: Iterable[ast.Module]) -> bool:
    """Return whether a tree reads names that only the top level of another tree sets."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    assigned = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    undefined = read - assigned - _defined_names(ast.walk(tree))
    return any(undefined & _top_level_names(other) for other in others)


def _top_level_names(tree: ast.Module) -> set[str]:
    assigned = {
        node.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return assigned | _defined_names(
        node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)
    )


def _defined_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that definitions, parameters and imports set."""
    names = set()
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.arg():
                names.add(node.arg)
            case ast.alias():
                names.add((node.asname or node.name).partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
    return names


class Parser:
    """Parses pieces of one text. The total length is limited to a multiple of the text."""

    def __init__(self, text: str) -> None:
        self._characters_left = 16 * len(text) + _LONGEST
        self._results: dict[str, ast.Module | SyntaxError | None] = {}

    def tree(self, code: str) -> ast.Module | None:
        """Return the syntax tree of a program or of its indented last lines, or ``None``."""
        result = self._read(code)
        if result.__class__ is IndentationError and code.lstrip("\r\n")[:1] in (" ", "\t"):
            result = self._read("if True:\n" + code)
        return result if isinstance(result, ast.Module) else None

    def can_read(self, length: int) -> bool:
        """Return whether code of this length would be parsed."""
        return length <= min(_LONGEST, self._characters_left)

    def error_line(self, code: str) -> int | None:
        """Return the first invalid line, from 1; ``None`` if there is none or it is unknown."""
        result = self._read(code)
        return result.lineno if isinstance(result, SyntaxError) else None

    def _read(self, code: str) -> ast.Module | SyntaxError | None:
        if code not in self._results:
            self._results[code] = self._parse(code)
        return self._results[code]

    def _parse(self, code: str) -> ast.Module | SyntaxError | None:
        if not self.can_read(len(code)):
            return None
        self._characters_left -= len(code)
        try:
            return parse(code)
        except SyntaxError as error:
            return error
        except (ValueError, MemoryError, RecursionError):  # NUL, surrogates, too deeply nested
            return None
