"""Exceptions that a test raises on purpose in a ``with`` block, for the program to handle.

    with Suppressor(ValueError):
        raise ValueError("for the program")

Only these may be swallowed or replaced by a context manager of the program. An exception of any
other statement may be a failed check.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import types
from collections.abc import Iterator
from functools import lru_cache

Position = tuple[int, int]
"""Line and column of a statement."""


def is_deliberate(error: BaseException, trace: types.TracebackType | None) -> bool:
    """Return whether an exception comes from a ``raise`` that stands directly in a ``with``."""
    if trace is None or isinstance(error, AssertionError):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    source = "".join(linecache.getlines(trace.tb_frame.f_code.co_filename))
    return _position(trace) in _raises(source)


def _position(trace: types.TracebackType) -> tuple[int | None, int | None]:
    """Return where the instruction is that raised the exception."""
    positions = trace.tb_frame.f_code.co_positions()
    line, _, column, _ = next(itertools.islice(positions, trace.tb_lasti // 2, None))
    return line, column


@lru_cache(maxsize=16)
def _raises(source: str) -> frozenset[Position]:
    return frozenset(_raises_in_with(ast.parse(source)))


def _raises_in_with(tree: ast.AST) -> Iterator[Position]:
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.AsyncWith):
            for statement in node.body:
                if isinstance(statement, ast.Raise):
                    yield statement.lineno, statement.col_offset
