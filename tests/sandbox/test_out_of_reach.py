"""Modules that are not installed: whose fault that is."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging import out_of_reach

TEST = "assert f(3) + 1 == 10"
PROGRAM = "def f(x): return x * x"
IMPORTS = "import no_such_module\n"
LIMITS = Limits(cpu_s=2, wall_s=10)


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"setup_code": IMPORTS}, "the set-up code imports"),
        ({"starter_code": f"{IMPORTS}def f(x):\n    pass\n"}, "the starter code imports"),
        ({"prompt": f'{IMPORTS}def f(x):\n    """Square it."""\n'}, "the prompt imports"),
        ({"solutions": [IMPORTS + PROGRAM]}, "the reference programs import"),
    ],
)
def test_a_module_that_the_problem_needs_makes_every_program_unscored(
    sandbox: Sandbox, fields: dict[str, object], owner: str
) -> None:
    made = {"prompt": ""} | fields
    problem = Problem("t", tests=[TestCase.assertion(TEST)], limits=LIMITS, **made)
    for program in (PROGRAM, IMPORTS + PROGRAM, "def f(x): return x"):
        verdict = sandbox.judge(problem, program)
        reason = f"{owner} no_such_module, which is not installed"
        assert (verdict.status, verdict.reason) == ("unscored", reason)


@pytest.mark.parametrize(
    "fields",
    [
        {"solutions": [IMPORTS + PROGRAM, PROGRAM]},
        {"solutions": [f"try:\n    {IMPORTS}except ImportError:\n    pass\n{PROGRAM}"]},
        {"prompt": "Take the numbers from the list, and import no_such_module if you like."},
        {"setup_code": "import json, os.path\nfrom collections import abc"},
    ],
)
def test_a_module_that_only_a_program_imports_is_its_own_fault(
    sandbox: Sandbox, fields: dict[str, object]
) -> None:
    made = {"prompt": ""} | fields
    problem = Problem("t", tests=[TestCase.assertion(TEST)], limits=LIMITS, **made)
    assert sandbox.judge(problem, PROGRAM).passed
    verdict = sandbox.judge(problem, IMPORTS + PROGRAM)
    assert verdict.status == "runtime_error"
    assert verdict.error is not None
    assert verdict.error.type == "ModuleNotFoundError"


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import math, no_such.part", ("math", "no_such")),
        ("from no_such import a, b", ("no_such",)),
        ("x = 1; import no_such as n", ("no_such",)),
        ("def f():\n    import no_such", ("no_such",)),
        ("if x:\n    import no_such", ()),
        ("try:\n    import no_such\nexcept ImportError:\n    no_such = None", ()),
        ("from . import no_such", ()),
        ("import solution\nfrom solution import no_such", ()),
        ("from typing import List, Dict", ()),
        ("Take it from the import of goods.", ()),
    ],
)
def test_the_modules_that_code_imports_in_any_case_are_found(
    code: str, modules: tuple[str, ...]
) -> None:
    assert out_of_reach.needed_modules(code) == modules
