"""Makes programs count their steps, and note what they run: for ``screen_program.py``.

A step is an entry into a function, or an iteration of a loop or of a comprehension.
"""

from __future__ import annotations

import ast
import os

TICK, SEEN = "__rltf_tick__", "__rltf_seen__"
_MOST_IGNORED = 1000
"""How often a program may catch the exception that ends it; then the process ends."""


class OutOfSteps(BaseException):
    """A program took more steps than it may."""


class Steps:
    """Counts the steps of the program that runs."""

    def __init__(self) -> None:
        self.left = 0
        self.in_all = 0
        self._budget = 0

    def begin(self, budget: int) -> None:
        """Allow this many steps from now on."""
        self.in_all += self.taken
        self.left = self._budget = budget

    @property
    def taken(self) -> int:
        """Steps since the beginning."""
        return self._budget - self.left

    def tick(self) -> bool:
        self.left -= 1
        if self.left < 0:
            if self.left < -_MOST_IGNORED:
                os._exit(1)
            raise OutOfSteps
        return True


_COUNTED = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef)
_PLACE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
_TICK = ast.Call(ast.Name(TICK, ast.Load(), **_PLACE), [], [], **_PLACE)
_TICK_STATEMENT = ast.Expr(_TICK, **_PLACE)
TICKS = (_TICK, _TICK_STATEMENT)
"""What :func:`counted` adds to a program."""


def counted(tree: ast.Module) -> ast.Module:
    """Make a program count its steps.

    Half of a screen's time would go to ``ast.walk`` and ``ast.fix_missing_locations``: the new nodes
    are made once, with their place, and leaves are not visited.
    """
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                nodes += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                nodes.append(value)
        if isinstance(node, _COUNTED):
            node.body.insert(0, _TICK_STATEMENT)
        elif isinstance(node, ast.comprehension):
            node.ifs.insert(0, _TICK)
    return tree


def probed(tree: ast.Module) -> tuple[ast.Module, int, int]:
    """Make a program note which statements and branches it runs.

    Returns the program, and the numbers of its statements and of its branches. The statements have
    the probes from 0, the branches those after them: two for each condition, true first.
    """
    blocks = [
        block
        for node in ast.walk(tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(node, name, None), list)
    ]
    conditions = [
        node for node in ast.walk(tree) if isinstance(node, ast.If | ast.While | ast.IfExp)
    ]
    statements = 0
    for block in blocks:
        lines: list[ast.stmt] = []
        for place, statement in enumerate(block):
            if not (place == 0 and _is_docstring(statement)) and not _is_future(statement):
                lines.append(_statement(SEEN, ast.Constant(statements)))
                statements += 1
            lines.append(statement)
        block[:] = lines
    for number, node in enumerate(conditions):
        first = ast.Constant(statements + 2 * number)
        node.test = ast.Call(ast.Name(SEEN, ast.Load()), [first, node.test], [])
    return ast.fix_missing_locations(tree), statements, 2 * len(conditions)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _statement(name: str, *arguments: ast.expr) -> ast.stmt:
    return ast.Expr(_call(name, *arguments))
