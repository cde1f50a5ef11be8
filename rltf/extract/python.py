"""Reading text as Python, to tell programs from prose. Nothing is run."""

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


def defines(program: str, name: str) -> bool:
    """Whether a program defines a function, a class or a variable of this name at its top level.

    ``Solution().f`` is defined by the class or by a function ``f``, and ``f`` by a method of ``Solution`` too.
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
    """Whether it does anything but import: ``Sure`` and ``Note: done`` are Python too."""
    return tree is not None and not all(
        isinstance(node, ast.Import | ast.ImportFrom) or is_inert(node) for node in tree.body
    )


def is_stub(tree: ast.Module) -> bool:
    """Whether none of its functions has a body yet: a signature that is repeated, or a template."""
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
    """Whether a statement cannot have an effect, but for a name that is not defined."""
    match statement:
        case ast.AnnAssign(value=None):
            return True
        case ast.Expr():
            active = ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr
            return not any(isinstance(node, active) for node in ast.walk(statement))
    return False


def returns(tree: ast.Module | None) -> bool:
    """Whether it returns from no function: it is the body of one."""
    waiting: list[ast.AST] = [tree] if tree else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            waiting += ast.iter_child_nodes(node)
    return False


def is_part_of(tree: ast.Module, others: Iterable[ast.Module]) -> bool:
    """Whether it reads names that it never sets, and that the top level of another program sets."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _named(ast.walk(tree))
    return any((read - own) & _set_at_top(other) for other in others)


def _set_at_top(tree: ast.Module) -> set[str]:
    assigned = {
        node.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return assigned | _named(
        node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)
    )


def _named(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that definitions, parameters and imports set."""
    found = set()
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.arg():
                found.add(node.arg)
            case ast.alias():
                found.add((node.asname or node.name).partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
    return found


class Parser:
    """Parses pieces of one text. In all it reads a multiple of the text, whatever that holds."""

    def __init__(self, text: str) -> None:
        self._left = 16 * len(text) + _LONGEST
        self._known: dict[str, ast.Module | SyntaxError | None] = {}

    def tree(self, code: str) -> ast.Module | None:
        """The syntax tree of a program, or of the lines that end one, which may all be indented."""
        found = self._read(code)
        if found.__class__ is IndentationError and code.lstrip("\r\n")[:1] in (" ", "\t"):
            found = self._read("if True:\n" + code)
        return found if isinstance(found, ast.Module) else None

    def can_read(self, length: int) -> bool:
        """Whether so many characters would be parsed."""
        return length <= min(_LONGEST, self._left)

    def error_line(self, code: str) -> int | None:
        """The line, from 1, at which this stops being Python; ``None``: it is, or nobody knows."""
        found = self._read(code)
        return found.lineno if isinstance(found, SyntaxError) else None

    def _read(self, code: str) -> ast.Module | SyntaxError | None:
        if code not in self._known:
            self._known[code] = self._parse(code)
        return self._known[code]

    def _parse(self, code: str) -> ast.Module | SyntaxError | None:
        if not self.can_read(len(code)):
            return None
        self._left -= len(code)
        if _FILTER not in warnings.filters:
            # and not catch_warnings, which is not safe where threads score
            warnings.filterwarnings("ignore", module=_FILE_NAME)
        try:
            return syntax.parse(code, _FILE_NAME)
        except SyntaxError as error:
            return error
        except (ValueError, MemoryError, RecursionError):  # NUL, surrogates, too deeply nested
            return None
