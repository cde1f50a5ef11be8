"""The table of benchmarks/parity_kinds.py: tests and programs, right and wrong, of each kind.

What is not said here, and does not have to be, is which program is right: that is what Python says.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parity_checks import BROKEN, EVASIONS, PASSING, RIGHT, WRONG
from parity_modules import DIFFERENT, MODULES, PROGRAMS
from parity_names import (
    HONEST,
    HONEST_TESTS,
    LIES,
    LYING_TESTS,
    NUMBER_PROGRAM,
    NUMBERS,
    OWN_NAMES,
)
from parity_values import DIFFERENCES, IMPORTS, OTHERS, PROGRAM, STANDARD

from rltf.problem import TestCase

_PYTEST = re.compile(r"\bdef test|\bclass Test|TestCase\b|mark\.|skip\(")
_LOOKS = (
    "f() == V",
    "V == f()",
    "not (f() != V)",
    "[f()] == [V]",
    "{'k': f()} == {'k': V}",
    "isinstance(f(), type(V))",
    "repr(f()) == repr(V)",
)
"""A wrong value gets the first alone. All ways of looking at a value: tests/sandbox/test_like_python.py."""
UNCHECKED = {"nothing": "a test that checks nothing is unscored"}
EVADED = {"failed": "a program that keeps a test from checking loses it"}
ALIKE = {"passed": "`strict` compares what arrays and values() views hold"}
NO_DATA = dict.fromkeys(("failed", "nothing"), "a function or an iterator is not data")
TYPES = {"failed": "`strict` compares types: what is numpy's is not Python's"}
ALLOWED: dict[str, str] = {
    "a deep tree": "pytest cannot compile an expression of 800 levels",
    "a test that was to fail": "an expected failure counts as a check",
    "a strict xfail": "an expected failure counts as a check",
    "own suite": "a suite that the code runs itself counts",
    "main of pytest": "pytest.main() does nothing more",
    "a called test": "a test that the code has called is not run again",
    "a called test with an argument": "a test that the code has called is not run again",
    "asyncio": "async tests are run without a plugin",
}
"""Why right programs pass where pytest fails the test or finds none, by the check's name."""
STANDARD_NAMES = {"failed": "a standard name that a test uses is Python's, not the program's"}
STAND_INS = {"failed": "an iterator comes as a stand-in; what has no equality comes as a copy"}
DIGITS = {"passed": "integers may have more than 4300 digits"}
NEVER_PASSES = {"nothing": "a test that pytest fails whatever the program does is unscored"}


@dataclass(frozen=True)
class Case:
    """A program, and a test of it."""

    kind: str
    name: str
    program: str
    test: str
    """As code, also of a test in another form."""
    by: str = "CPython"
    """Who judges it beside rltf."""
    documented: Mapping[str, str] = field(default_factory=dict)
    """Why rltf differs, in docs/judging.md, by what it says then: ``passed``, ``failed`` or ``nothing``."""
    expected: Any = None
    """What the program's ``f()`` must return; the test is one of this and not the code."""
    is_call: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else the problem has."""

    def as_test(self, guarded: bool) -> TestCase:
        """The test in rltf's form."""
        if self.is_call:
            return TestCase.call([], self.expected)
        return TestCase.assertion(self.test, guarded=guarded)


def cases() -> Iterator[Case]:
    """All of them, kind after kind."""
    yield from _values()
    yield from _calls()
    yield from _numbers()
    yield from _names()
    yield from _modules()
    yield from _checks()


def _imports(code: str) -> str:
    """The imports that code needs: with numpy among them, a case takes ten times as long."""
    words = {*re.findall(r"[\w.]+|\*", code), "*"}
    words |= {word.partition(".")[0] for word in words}
    lines = (line for line in IMPORTS.strip().splitlines() if line.split()[-1] in words)
    return "\n".join(lines) + "\n"


def _returning(returned: str) -> str:
    own = set(re.findall(r"^(?:class )?([A-Z]\w+)", PROGRAM, re.M))
    code = f"def f(): return {returned}\n"
    if own.intersection(re.findall(r"\w+", returned)):
        code = PROGRAM + code
    return _imports(code) + code


def _values() -> Iterator[Case]:
    """A value, and the next one in the table, which is wrong."""
    pairs = [*((each, each) for each in STANDARD), *OTHERS]
    for place, (returned, plain) in enumerate(pairs):
        wrong = pairs[(place + 1) % len(pairs)][0]
        for look, value in [*((look, returned) for look in _LOOKS), (_LOOKS[0], wrong)]:
            code = f"V = {plain}\nassert {look}"
            yield Case(
                "values in asserts",
                f"f() is {value}, V is {plain}: {look}",
                _returning(value),
                _imports(code) + code,
                documented=STAND_INS if look in DIFFERENCES.get(returned, ()) else {},
            )


def _calls() -> Iterator[Case]:
    names: dict[str, Any] = {}
    exec(IMPORTS, names)
    pairs = [*((each, each) for each in STANDARD), *OTHERS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of its matrices
        values = [eval(plain, names) for _, plain in pairs]
    for place, (returned, plain) in enumerate(pairs):
        wrong = pairs[(place + 1) % len(pairs)][0]
        for value in (returned, wrong):
            yield Case(
                "values in calls",
                f"f() is {value}, expected {plain}",
                _returning(value),
                _imports(plain) + f"assert f() == {plain}",
                expected=values[place],
                is_call=True,
                documented=_strictly(value, plain),
                fields={"entry_point": "f"},
            )


def _strictly(value: str, expected: str) -> Mapping[str, str]:
    """Why a call's verdict may differ from Python's own ``==``."""
    if expected in ("int", "len", "abs", "sum", "filter(None, [1])"):
        return NO_DATA
    if value == expected:
        return ALIKE if "values()" in value or value.startswith("np.") else {}
    return TYPES if value.startswith("np.") else {}


def _numbers() -> Iterator[Case]:
    for right, wrong, check in NUMBERS:
        for value in (right, wrong):
            name = f"f() is {value}: {check:.60}"
            program = NUMBER_PROGRAM.format(value)
            yield Case("numbers", name, program, _number_test(check), documented=DIGITS)


def _number_test(check: str) -> str:
    return f"from decimal import Decimal\nfrom fractions import Fraction\nassert {check}"


def _names() -> Iterator[Case]:
    for test in HONEST_TESTS:
        for nine, day in (("9.0", "2"), ("8.0", "3")):
            program = HONEST.format(nine=nine, day=day)
            yield Case("names", f"{test} ({nine})", program, test)
    for test in LYING_TESTS:
        yield Case("names", f"{test} (lies)", LIES, test, documented=STANDARD_NAMES)
    for name, (program, values, check) in OWN_NAMES.items():
        right = program.format(values.split("|")[0])
        for value in values.split("|"):
            yield Case(
                "names",
                f"{name} ({value})",
                program.format(value),
                f"assert {check}",
                fields={"solutions": (right,)},
            )


def _modules() -> Iterator[Case]:
    for name, code in MODULES.items():
        kind = "unittest" if "TestCase" in code else "pytest"
        for which, program in PROGRAMS.items():
            yield Case(
                kind,
                f"{name} ({which})",
                program,
                f"from solution import f\n{code}",
                by="pytest",
                documented=NEVER_PASSES if name in DIFFERENT else {},
            )


def _checks() -> Iterator[Case]:
    for name, code in PASSING.items():
        allowed = {"passed": ALLOWED[name]} if name in ALLOWED else {}
        for program, documented in ((RIGHT, allowed), ("def f(x): return ''", EVADED)):
            which = f"{name} ({program})"
            yield Case("checks", which, program, code, _judge(code), documented)
    for name, code in BROKEN.items():
        for program in (RIGHT, WRONG):
            which = f"{name} ({program})"
            yield Case("nothing checked", which, program, code, _judge(code), UNCHECKED)
    for code, program in EVASIONS:
        yield Case("evasions", f"{code} ({program})", program, code, _judge(code), EVADED)


def _judge(code: str) -> str:
    return "pytest" if _PYTEST.search(code) else "CPython"
