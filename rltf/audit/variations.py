"""Conditions under which a right program must stay right: another clock, locale or stack.

A prelude changes what a program sees, so that no other machine is needed. It stands at the top of
the program, and of the setup code of its tests where those look at the same thing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rltf.common import syntax
from rltf.problem import Problem

DATE = """
import datetime, time
AHEAD = 11 * 365.2425 * 86400 + 40 * 86400
now, local, utc, text = time.time, time.localtime, time.gmtime, time.strftime
time.time = lambda: now() + AHEAD
time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: utc(time.time() if seconds is None else seconds)
time.strftime = lambda form, when=None: text(form, time.localtime() if when is None else when)
time.ctime = lambda seconds=None: time.asctime(time.localtime(seconds))
ahead = datetime.timedelta(seconds=AHEAD)
def shifted(real, **later):
    class Meta(type):
        def __instancecheck__(cls, value): return isinstance(value, real)
        def __subclasscheck__(cls, other): return issubclass(other, real)
        def __getattr__(cls, name): return getattr(real, name)
    return Meta(real.__name__, (), {"__new__": lambda cls, *a, **k: real(*a, **k)} | later)
class_of_date, class_of_datetime = datetime.date, datetime.datetime
datetime.date = shifted(class_of_date, today=staticmethod(lambda: class_of_date.today() + ahead))
datetime.datetime = shifted(
    class_of_datetime,
    now=staticmethod(lambda tz=None: class_of_datetime.now(tz) + ahead),
    today=staticmethod(lambda: class_of_datetime.today() + ahead),
    utcnow=staticmethod(lambda: class_of_datetime.utcnow() + ahead),
)
"""
LOCALE = """
import locale, os, sys, time
os.environ.update(LANG="tr_TR.ISO-8859-9", LC_ALL="tr_TR.ISO-8859-9", TZ="Pacific/Auckland")
time.tzset()
locale.getlocale = locale.getdefaultlocale = lambda *_: ("tr_TR", "ISO8859-9")
locale.getpreferredencoding = locale.getencoding = lambda *_: "ISO-8859-9"
convention = dict(locale.localeconv(), decimal_point=",", thousands_sep=".")
locale.localeconv = lambda: dict(convention)
if hasattr(sys.stdout, "reconfigure"): sys.stdout.reconfigure(encoding="iso-8859-9", errors="replace")
"""
_DEPTH = 500
STACK = f"""
import sys
sys.setrecursionlimit({_DEPTH})
"""
_CLOCK = re.compile(r"\b(time|datetime|date|calendar)\b")
_PLACE = re.compile(
    r"\b(locale|environ|getenv|strftime|tzset|localtime|fromtimestamp|open)\b|[^\x00-\x7f]"
)


@dataclass(frozen=True)
class Variation:
    """One changed condition."""

    name: str
    applies: Callable[[Problem, str], bool]
    """Whether it can make a difference; a cheap look at the texts."""
    prelude: str
    is_serious: bool
    """Whether a program that fails under it should not decide a reward."""

    def changed(self, problem: Problem, program: str) -> tuple[Problem, str]:
        """Return problem and program under this condition."""
        return self._changed_problem(problem), with_prelude(program, self.prelude)

    def _changed_problem(self, problem: Problem) -> Problem:
        if self.prelude == STACK or not any(test.kind == "assert" for test in problem.tests):
            return problem
        if not self.applies(replace(problem, solutions=()), ""):
            return problem
        return replace(problem, setup_code=with_prelude(problem.setup_code, self.prelude))


def _reads_clock(problem: Problem, program: str) -> bool:
    return bool(_CLOCK.search(program) or any(_CLOCK.search(test.code) for test in problem.tests))


def _depends_on_place(problem: Problem, program: str) -> bool:
    return bool(_PLACE.search(program) or any(_PLACE.search(test.code) for test in problem.tests))


def _recurses(problem: Problem, program: str) -> bool:
    try:
        tree = syntax.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        node.name in {name for inner in ast.walk(node) if (name := _called(inner))}
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )


def _called(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return None


VARIATIONS = (
    Variation("another date", _reads_clock, DATE, is_serious=True),
    Variation("another locale", _depends_on_place, LOCALE, is_serious=True),
    Variation(f"a recursion limit of {_DEPTH}", _recurses, STACK, is_serious=False),
)


def depends_on_hash_seed(problem: Problem, program: str) -> bool:
    """Return whether sets or hashes occur, whose order depends on the hash seed."""
    texts = [program, *(test.code for test in problem.tests)]
    return any(re.search(r"\b(set|frozenset|hash|id)\b|\{[^{}:]*\}", text) for text in texts)


def keeps_state(program: str) -> bool:
    """Return whether a call of a function may leave something behind for the next call."""
    try:
        tree = syntax.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(node, ast.Global | ast.Nonlocal | ast.ClassDef)
        or (isinstance(node, ast.FunctionDef) and (node.decorator_list or _has_default(node)))
        for node in ast.walk(tree)
    ) or any(
        isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        and not isinstance(node.value, ast.Constant)
        for node in tree.body
    )


def _has_default(node: ast.FunctionDef) -> bool:
    defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    return any(not isinstance(each, ast.Constant | ast.Name) for each in defaults)


def with_prelude(program: str, prelude: str) -> str:
    """Return a program that runs a prelude first, after what must be at its top."""
    line = f"exec({prelude!r}, {{}})\n"
    try:
        body = syntax.parse(program).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program
    top = 0
    for place, statement in enumerate(body):
        is_docstring = place == 0 and isinstance(statement, ast.Expr)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (is_docstring or is_future):
            break
        top = statement.end_lineno or top
    lines = program.splitlines(keepends=True)
    head = "".join(lines[:top])
    return (
        f"{head}{'' if not head or head.endswith(chr(10)) else chr(10)}{line}{''.join(lines[top:])}"
    )
