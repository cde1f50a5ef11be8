"""Names that a test uses and seems to expect from the program."""

from __future__ import annotations

import builtins

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import ast

INDIRECT = frozenset({"exec", "eval", "globals", "vars", "locals", "__import__", "importlib"})
"""Names through which a test may use others that are not in its syntax tree."""


def _loads(tree: ast.AST) -> set[str]:
    import ast

    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)}


def loads_at_once(expression: ast.AST) -> set[str]:
    """Return names that an expression always looks up, unlike those inside a comprehension."""
    import ast

    later: set[int] = set()
    parts: list[ast.AST]
    for node in ast.walk(expression):
        match node:
            case ast.Lambda(body=body):
                parts = [body]
            case ast.DictComp(key, value, [first, *others]):
                parts = [key, value, *first.ifs, *others]
            case ast.ListComp(part, [first, *others]) | ast.SetComp(part, [first, *others]):
                parts = [part, *first.ifs, *others]
            case ast.GeneratorExp(part, [first, *others]):
                parts = [part, *first.ifs, *others]
            case _:
                continue
        later |= {id(each) for part in parts for each in ast.walk(part)}
    nodes = (node for node in ast.walk(expression) if isinstance(node, ast.Name))
    return {node.id for node in nodes if id(node) not in later}


def expected_names(tree: ast.AST, program: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return names that a test uses but does not define, and those that it imports."""
    import ast

    bound: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                for each in names:
                    module = node.module if isinstance(node, ast.ImportFrom) else each.name
                    alias = (each.asname or each.name).partition(".")[0]
                    (imported if module == "solution" else bound).add(alias)
            case ast.Name(name, ast.Store() | ast.Del()) | ast.arg(name):
                bound.add(name)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
    loads = _loads(tree)
    others = loads - bound - vars(builtins).keys()
    return frozenset(others | (loads & imported) | (loads & program)), frozenset(imported)
