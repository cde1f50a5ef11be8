"""Find the names that the code in a dataset defines and calls, without running it."""

from __future__ import annotations

import ast
import warnings

from rltf.common import syntax

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(code: str) -> list[Definition]:
    """Return the functions and classes at the top level, in order; none if the code is invalid."""
    tree = _parse(code)
    return [node for node in tree.body if isinstance(node, Definition)] if tree else []


def called_names(code: str) -> set[str]:
    """Return the names that are called at any depth; none if the code is invalid."""
    tree = _parse(code)
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call)) if tree else ()
    return {function.id for function in calls if isinstance(function, ast.Name)}


def _parse(code: str) -> ast.Module | None:
    with warnings.catch_warnings():  # not thread-safe, but datasets are read before threads start
        warnings.simplefilter("ignore")
        try:
            return syntax.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
