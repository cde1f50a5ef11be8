"""Whose the names are that a test uses and does not define: the problem decides, not the program."""

from __future__ import annotations

import gc

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.name_origins import Names, names_of

LIMITS = Limits(cpu_s=5.0, wall_s=10.0)


def make(*codes: str, guarded: bool = False, prompt: str = "", **fields: object) -> Problem:
    tests = [TestCase.assertion(code, guarded=guarded) for code in codes]
    return Problem("t", prompt, tests, limits=LIMITS, **fields)  # type: ignore[arg-type]


def decided(*codes: str, **fields: object) -> Names:
    return names_of(make(*codes, **fields))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ what is decided

GCD = "def gcd(a, b): ..."
MEDIAN = "def median(items): ..."
ALONE = ("assert gcd(4, 6) == 2", "assert reduced(4, 6) == (2, 3)")
OF_PROGRAM = {
    "the only name, and standard": (("assert gcd(4, 6) == 2",), {}),
    "the only name, though the reference imports it": (
        ("assert gcd(4, 6) == 2",),
        {"solutions": ["from math import gcd"]},
    ),
    "the only name, in tools": (("assert abs(gcd(4, 6) - len(str(2))) <= 1",), {}),
    "the only name, in unittest": (
        ("class T(unittest.TestCase):\n    def test(self): self.assertEqual(gcd(4, 6), 2)",),
        {},
    ),
    "the only name, through cases": (
        ("for a, b, c in [(4, 6, 2)]:\n    assert gcd(a, b) == c",),
        {},
    ),
    "the entry point": (("assert f(gcd(4, 6)) == 2",), {"entry_point": "gcd"}),
    "starter code": (("assert f(3) == gcd(4, 6)",), {"starter_code": GCD}),
    "a prompt that is code": (("assert f(3) == gcd(4, 6)",), {"prompt": GCD}),
    "a prompt that asks": (("assert f(3) == gcd(4, 6)",), {"prompt": "Write a function `gcd`."}),
    "a prompt that names": (ALONE, {"prompt": "Have gcd and reduced work."}),
    "references that define": (ALONE, {"solutions": [GCD, "gcd = lambda a, b: 1"]}),
    "a star import, for what it changes": (
        ("from solution import *\ngcd(4, 6)\nassert f(3) == 2",),
        {},
    ),
    "a call that Python's does not take": (("assert total(gcd(4, by=6)) == 2",), {}),
}


@pytest.mark.parametrize("name", OF_PROGRAM)
def test_a_standard_name_that_the_problem_asks_for_is_the_programs(name: str) -> None:
    codes, fields = OF_PROGRAM[name]
    found = decided(*codes, **fields)
    assert "gcd" in found.program
    assert not found.undecided


def test_a_class_that_the_test_asks_for_more_than_pythons_has_is_the_programs() -> None:
    code = "c = Counter()\nc.increment()\nassert total(c) == 1"
    assert decided(code).classes == {"Counter"}
    assert "Counter" in decided(code.replace("increment", "most_common")).standard


OF_PYTHON = {
    "gcd": "assert f(3) == gcd(4, 6)",
    "isclose": "assert isclose(f(3), 9)",
    "Counter": "assert Counter(f('ab')) == Counter('ba')",
    "deepcopy": "items = [1]\nf(deepcopy(items))\nassert items == [1]",
    "Decimal": "assert f(Decimal('1')) == Decimal('2')",
    "product": "for pair in product([1], [2]):\n    assert f(pair) == 3",
    "sqrt": "def check(candidate):\n    assert candidate(2) == sqrt(2)\ncheck(f)",
    "List": "def check(xs: List[int]):\n    assert f(xs) == 1\ncheck([1])",
    "reduce": "assert reduce(lambda a, b: a + b, f([1, 2])) == 3",
    "median": "class T:\n    middle = staticmethod(median)\nassert T.middle(f(1)) == 1",
    "approx": "assert f(1) == approx(2)",
    "raises": "with raises(ValueError):\n    f(-1)",
    "allclose": "assert allclose(f(1), [2.0])",
    "assert_allclose": "assert_allclose(f(1), [2.0])",
    "literal_eval": "assert literal_eval(f(1)) == [1]",
    "math": "assert math.isclose(f(1), 2)",
    "calendar": "assert calendar.isleap(f(1))",
    "datetime": "assert datetime.now() > f(1)",
    "np": "assert np.allclose(f(1), 2)",
    "pd": "assert pd.isna(f(1))",
    "dt": "assert f(1) == dt.date(2020, 1, 1)",
}


@pytest.mark.parametrize("name", OF_PYTHON)
@pytest.mark.parametrize("entry_point", [None, "f"])
def test_a_standard_name_beside_what_is_tested_is_pythons(
    name: str, entry_point: str | None
) -> None:
    found = decided(OF_PYTHON[name], entry_point=entry_point)
    assert found.program == {"f"}
    assert found.standard.keys() == {name}
    assert not found.undecided


def test_a_builtin_in_an_example_of_the_prompt_stays_pythons() -> None:
    prompt = 'def f(x):\n    """\n    >>> print(f(3))\n    <class \'list\'>\n    >>> len(f(3))\n'
    code = "print(f(3))\nassert isinstance(f(3), list) and len(f(3)) == 2"
    assert decided(code, prompt=prompt).program == {"f"}


def test_a_star_import_does_not_bring_what_the_expected_value_comes_from() -> None:
    for use in ("want = gcd(4, 6)\nassert f(3) == want", "assert isclose(f(3), 2)"):
        assert decided(f"from solution import *\n{use}").program == {"f"}


NEITHER = {
    "winreg": "assert winreg == 3 and f(1)",
    "nt": "assert nt.open(f(1)) == 2",
    "calendar": "assert calendar[3] == f(1)",
    "string": "assert string == f(1)",
    "time": "assert f(time) == 1 and time[0]",
    "this": "assert this.that(f(1))",
    "antigravity": "assert antigravity(f(1))",
    "test": "assert test.result == f(1)",
    "math": "assert math.halve(f(1)) == 1",
    "Node": "assert f(Node(1)) == 1",
    "xs": "assert f(xs) == 1",
    "count": "count()\nassert f(1) == 1",
    "fail": "try:\n    fail()\nexcept ValueError:\n    assert f(1)",
    "append": "xs = []\nappend(xs, 1)\nassert f(xs) == 1",
}


@pytest.mark.parametrize("name", NEITHER)
def test_a_name_that_is_not_used_as_pythons_is_the_programs(name: str) -> None:
    found = decided(NEITHER[name])
    assert found.program == {name, "f"}
    assert not found.undecided


def test_reference_programs_say_what_an_import_stands_for() -> None:
    solutions = ["import statistics as st\nfrom cmath import sqrt\nfrom sys import maxsize as most"]
    found = decided("assert st.mean(f(1)) == sqrt(most)", solutions=solutions)
    assert found.standard == {
        "st": ("statistics", ""),
        "sqrt": ("cmath", "sqrt"),
        "most": ("sys", "maxsize"),
    }


def test_the_entry_point_is_what_a_helper_of_the_references_is_a_tool_around() -> None:
    solutions = ["def isclose(a, b): ...\ndef f(x): ..."]
    test = "assert isclose(f(3), 9)"
    assert "isclose" in decided(test, solutions=solutions).program
    assert "isclose" in decided(test, solutions=solutions, entry_point="f").standard


@pytest.mark.parametrize(
    "codes",
    [
        ALONE,
        ("assert gcd(4, 6) == 2", "assert lcm(4, 6) == 12"),
        ("for a, b, c in [(4, 6, 2)]:\n    assert gcd(a, b) == c\nassert f(1) == 2",),
    ],
)
def test_what_nothing_decides_is_not_scored(sandbox: Sandbox, codes: tuple[str, ...]) -> None:
    program = "def gcd(a, b): return 2\ndef lcm(a, b): return 12\ndef reduced(a, b): return 2, 3"
    verdict = sandbox.judge(make(*codes), program)
    assert verdict.status == "unscored"
    assert "gcd" in verdict.reason
    assert "from math import gcd" in verdict.reason
    assert "entry point" in verdict.reason


def test_a_package_that_is_not_installed_is_named(sandbox: Sandbox) -> None:
    problem = make("assert odd.mean(f(1)) == 2", solutions=["import no_such_package as odd"])
    verdict = sandbox.judge(problem, "def f(x): return 2")
    assert verdict.status == "unscored"
    assert "no_such_package, which is not installed" in verdict.reason


SCOPES = {
    "a local variable": "def g():\n    isclose = f(1)\n    return isclose\nassert g() == 1",
    "a parameter": "def g(isclose):\n    return isclose\nassert g(f(1)) == 1",
    "a loop": "for isclose in f(1):\n    assert isclose == 1",
    "a comprehension": "assert [isclose for isclose in f(1)] == [1]",
    "a lambda": "assert (lambda isclose: isclose)(f(1)) == 1",
    "nonlocal": "def g():\n    isclose = 1\n    def h():\n        nonlocal isclose\n        isclose = f(1)\n    h()\n    return isclose\nassert g()",
    "global": "def g():\n    global isclose\n    isclose = f(1)\ng()\nassert isclose == 1",
    "an import": "from numpy import isclose\nassert isclose(f(1), 1)",
    "from the program": "from solution import f, isclose\nassert isclose(f(1), 1)",
    "a star": "from math import *\nassert isclose(f(1), 1)",
    "its own": "def isclose(a, b): return a == b\nassert isclose(f(1), 1)",
    "a handler": "try:\n    f(1)\nexcept ValueError as isclose:\n    assert isclose",
}


@pytest.mark.parametrize("name", SCOPES)
def test_a_name_that_the_test_defines_is_nobody_elses(name: str) -> None:
    found = decided(SCOPES[name])
    assert "isclose" not in found.program | found.standard.keys() | found.undecided.keys()


@pytest.mark.parametrize(
    "code",
    [
        "assert f'{isclose(f(1), 1)}'",
        "@isclose\ndef g(): return f(1)\nassert g()",
        "class A:\n    isclose = isclose\nassert A.isclose(f(1), 1)",
        "assert [isclose(x, 1) for x in f(1)]",
        "assert (lambda: (lambda: isclose(f(1), 1))())()",
        "def g(x=isclose):\n    return x\nassert g()(f(1), 1)",
    ],
)
def test_a_name_is_found_wherever_it_stands(code: str) -> None:
    assert "isclose" in decided(code).standard


def test_set_up_code_has_names_of_python_too() -> None:
    found = decided("assert total(f(1)) == 1", setup_code="def total(x):\n    return Counter(x)[1]")
    assert found.program == {"f"}
    assert found.standard == {"Counter": ("collections", "Counter")}


def test_what_is_written_like_a_class_is_none_where_the_references_define_a_function() -> None:
    code = "assert Diff([1]) in f(1) and Node(1)"
    assert decided(code).classes == {"Diff", "Node"}
    solutions = ["def Diff(x): ...\ndef f(x): ...\nclass Node: ..."]
    assert decided(code, solutions=solutions).classes == {"Node"}


@pytest.mark.parametrize(
    ("prompt", "asks"),
    [
        ("Write gcd", True),
        ("Implement `gcd(a, b)`.", True),
        ("Create a function called gcd.", True),
        ("Add a `gcd` function", True),
        ("gcd(a, b) -> int: the greatest common divisor", True),
        ("```python\ndef gcd(a, b):\n```", True),
        ("Write f and gcd.", True),
        ("Write two functions, `f(x)`, other and `gcd(a, b)`.", True),
        ("You may use the functions abs and gcd.", False),
        ("You may use the function gcd.", False),
        ("Reduce a fraction by its gcd.", False),
        ("Compare with `gcd`.", False),
        ("Use math.gcd to reduce", False),
    ],
)
def test_a_prompt_asks_for_a_name_or_mentions_it(prompt: str, asks: bool) -> None:
    assert ("gcd" in decided("assert f(4) == gcd(4, 6)", prompt=prompt).program) is asks


@pytest.mark.parametrize(
    "prompt", ["Write a set of functions.", "Create sum of all.", "a function set that holds"]
)
def test_plain_sentences_ask_for_no_builtin(prompt: str) -> None:
    assert decided("assert set(f(1)) == {sum([1])}", prompt=prompt).program == {"f"}


@pytest.mark.parametrize(
    "code",
    [
        "assert f(1",
        "\0",
        "(" * 3000,
        "assert " + "-" * 50_000 + "f(1)",
        "x = '\ud800'",
        "return f(1)",
    ],
)
def test_code_that_cannot_be_read_decides_nothing(code: str) -> None:
    found = decided(code, setup_code=code, solutions=[code], starter_code=code, prompt=code)
    assert not found.undecided


def test_a_decision_is_made_once_and_forgotten_with_its_problem() -> None:
    problem = make("assert f(1) == 2 + 0")
    first = names_of(problem)
    assert names_of(problem) is first
    number = id(problem)
    from rltf.sandbox.judging import name_origins

    assert number in name_origins._known
    del problem
    gc.collect()
    assert number not in name_origins._known


# ------------------------------------------------------------------------------ what comes of it
