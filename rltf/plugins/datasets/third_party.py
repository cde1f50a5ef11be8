"""Which packages the programs and tests of a problem need, and whether they are installed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from functools import cache

from rltf.plugins.datasets.module_names import imported_modules
from rltf.problem import Problem


def runnable(problems: Iterable[Problem]) -> tuple[list[Problem], dict[str, str]]:
    """Return the problems that can be judged here, and why the others cannot, by task id.

    What a problem's reference programs and tests import must be installed.
    """
    kept: list[Problem] = []
    skipped: dict[str, str] = {}
    for problem in problems:
        sources = (*problem.solutions, problem.setup_code, *(test.code for test in problem.tests))
        if reason := _lacking(sources):
            skipped[problem.task_id] = reason
        else:
            kept.append(problem)
    return kept, skipped


def _lacking(sources: Iterable[str]) -> str:
    modules = frozenset[str]().union(*map(imported_modules, sources)) - {"solution"}
    missing = sorted(name for name in modules if not _is_installed(name))
    if not missing:
        return ""
    return f"it needs {', '.join(missing)}, which {_are(missing)} not installed"


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


@cache
def _is_installed(module: str) -> bool:
    if module in sys.stdlib_module_names:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
