"""What a problem's reference programs show about how its tests can be judged.

All of this depends on the problem alone: no program that is judged can bring it about.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from rltf.common import syntax
from rltf.problem import Problem, TestCase
from rltf.sandbox.judging import out_of_reach
from rltf.sandbox.judging.name_evidence import top_level_names
from rltf.sandbox.judging.name_uses import FILENAME
from rltf.sandbox.judging.one_process import LIBRARIES
from rltf.sandbox.judging.static_names import PROGRAM, StaticNames

_MOST_PROGRAMS = 16
"""Reference programs that are read, at most."""
_MAY_BE_REFUSED = re.compile(
    r"\b(subprocess|multiprocessing|concurrent|os|pty|asyncio|socket|socketserver|urllib|http|requests"
    r"|httpx|psutil)\b"
)
"""The packages of all functions that the sandbox refuses. Parsing a program takes longer."""
_OF_OBJECTS = """
    all any at axes between columns diff dropna dtype dtypes empty equals figure get_legend
    get_lines get_title get_xlabel get_ylabel iat iloc index isna isnull iterrows itertuples lines
    loc mean notna notnull nunique patches shape sum to_dict tolist unique value_counts
"""
_SHOWS_OBJECT = frozenset(_OF_OBJECTS.split())
"""Attributes by which a test shows that it holds an object of a library, such as a DataFrame."""


def unscored_reason(problem: Problem, test: TestCase) -> str:
    """Return what every reference program does that the sandbox refuses, unless the test patches it.

    Such a program fails however right it is.
    """
    if not all(map(_MAY_BE_REFUSED.search, problem.solutions[:_MOST_PROGRAMS])):
        return ""
    programs = _programs(problem)
    if not programs:
        return ""
    reasons = [frozenset(out_of_reach.refused_calls(names)) for names in programs]
    patched = _patched_modules(test.code)
    for function in sorted(frozenset.intersection(*reasons)):
        if function.partition(".")[0] not in patched:
            return f"the reference programs {out_of_reach.what_is_refused(function)}"
    return ""


def guarded_reason(problem: Problem, test: TestCase, names: StaticNames) -> str:
    """Return why the references show that a test needs the program in its own process."""
    if shared := shared_imports(problem, test, names):
        return f"the test imports `{shared[0]}` for the program too"
    programs = _programs(problem)
    if programs and all(program.inspects for program in programs):
        return "the reference programs look into what the test hands over (`inspect`)"
    attributes = {node.attr for node in names.nodes if isinstance(node, ast.Attribute)}
    if _SHOWS_OBJECT.isdisjoint(attributes):
        return ""
    imported = [{module.partition(".")[0] for module, _ in p.imported.values()} for p in programs]
    for library in sorted(LIBRARIES.intersection(*imported)) if imported else ():
        return f"the test looks into objects of {library}, which the reference programs return"
    return ""


def shared_imports(problem: Problem, test: TestCase, names: StaticNames) -> tuple[str, ...]:
    """Return what a test imports at its top level in the place of what the program has, or lacks.

    A test that imports the program has globals of its own.
    """
    if names.imports_program or not problem.solutions:
        return ()
    imported = top_level_names(test.code).imported
    if not imported:
        return ()
    programs = _programs(problem)
    found = []
    for name, origin in imported.items():
        if programs and all(_takes(program, name, origin) for program in programs):
            found.append(name)
    return tuple(sorted(found))


def _takes(program: _Reference, name: str, origin: tuple[str, str]) -> bool:
    """Return whether a program uses a name that it imports from elsewhere, or never binds."""
    own = program.imported.get(name)
    return name in program.used and name not in program.defined and own != origin


class _Reference(StaticNames):
    """A reference program."""

    def __init__(self, code: str) -> None:
        super().__init__([syntax.parse(code, FILENAME)], (), {})
        known = top_level_names(code)
        self.imported, self.defined = known.imported, set(known.defined)
        self.inspects = any(
            isinstance(node, ast.Call) and (self.dotted(node.func) or "").startswith("inspect.")
            for node in self.nodes
        )
        self.used: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.Name(name, ast.Load()):
                    self.used.add(name)
                case ast.Name(name) | ast.arg(name) | ast.FunctionDef(name) | ast.ClassDef(name):
                    self.defined.add(name)
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    bound = {each.asname or each.name.partition(".")[0] for each in aliases}
                    self.defined |= bound - self.imported.keys()


_read = lru_cache(maxsize=64)(_Reference)


def _programs(problem: Problem) -> list[_Reference]:
    programs = []
    for code in problem.solutions[:_MOST_PROGRAMS]:
        try:
            programs.append(_read(code))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return programs


_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")


def _patched_modules(code: str) -> frozenset[str]:
    """Return the modules in which a test may replace something."""
    return frozenset(_patched(code))


def _patched(code: str) -> Iterator[str]:
    try:
        nodes = list(ast.walk(syntax.parse(code, FILENAME)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        match node:
            case ast.Constant(str(text)) if _DOTTED.fullmatch(text):
                path = text.removeprefix(f"{PROGRAM}.").split(".")
                yield from path
            case ast.Call(
                func=ast.Attribute(attr="object" | "multiple" | "setattr"), args=[first, *_]
            ):
                yield from (each.id for each in ast.walk(first) if isinstance(each, ast.Name))
            case ast.Attribute(ctx=ast.Store(), value=ast.Name(name)):
                yield name
