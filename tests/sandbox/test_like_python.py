"""Whatever a program returns, a test sees of it what it would see beside the program.

The expectation is computed: program and test in one namespace, by CPython alone.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import pytest
from parity_values import DIFFERENCES, IMPORTS, LOOKS, OTHERS, PROGRAM, STANDARD

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=20.0)
TEST = """
f, ident, size, first, kind  # of the program
for look, expected in {table!r}:
    try:
        found = bool(eval(look, dict(globals(), V={plain})))
    except Exception as error:
        found = None
    assert found is expected, (look, found, expected)
"""


@cache
def names_of_program() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": __name__}
    exec(IMPORTS + PROGRAM, names)
    return names


def outcome(look: str, names: dict[str, Any]) -> bool | None:
    """What a look finds; ``None`` for an exception."""
    try:
        return bool(eval(look, names))
    except Exception:
        return None


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("returned", "plain"), [*((each, each) for each in STANDARD), *OTHERS], ids=lambda text: text
)
def test_a_test_sees_what_it_would_see_beside_the_program(
    shared_sandbox: Sandbox, returned: str, plain: str
) -> None:
    program = IMPORTS + PROGRAM + f"def f(): return {returned}\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        beside = {**names_of_program(), "f": eval(f"lambda: {returned}", names_of_program())}
        table = [
            (look, outcome(look, beside | {"V": eval(plain, beside)}))
            for look in LOOKS
            if look not in DIFFERENCES.get(returned, ())
        ]
    test = IMPORTS + TEST.format(table=table, plain=plain)
    problem = Problem("t", "", [TestCase.assertion(test)], limits=LIMITS)
    verdict = shared_sandbox.judge(problem, program)
    assert verdict.passed, verdict.tests
