"""A test that checks nothing says nothing of a program, and no program loses its penalty by it."""

from __future__ import annotations

import pytest
from parity_checks import BROKEN, EVASIONS, PASSING, RIGHT, WRONG

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox


def judged(sandbox: Sandbox, code: str, program: str, *, guarded: bool = False, **fields: object):
    test = TestCase.assertion(code, guarded=guarded)
    problem = Problem("t", "", [test], limits=Limits(cpu_s=5, wall_s=10), **fields)
    return sandbox.judge(problem, program)


BOTH = [False, pytest.param(True, marks=pytest.mark.slow)]


@pytest.mark.parametrize(
    "program", [WRONG, *(pytest.param(each, marks=pytest.mark.slow) for each in ("pass", RIGHT))]
)
@pytest.mark.parametrize("guarded", BOTH)
def test_a_test_that_checks_nothing_is_unscored(
    sandbox: Sandbox, program: str, guarded: bool
) -> None:
    found = {name: judged(sandbox, code, program, guarded=guarded) for name, code in BROKEN.items()}
    if program == "pass":  # a test that calls what is not there says so
        assert {name for name, verdict in found.items() if verdict.passed} == set()
        return
    assert {name: v.status for name, v in found.items() if v.status != "unscored"} == {}
    assert {name: v.reason for name, v in found.items() if not v.reason} == {}


LENIENT = {"a call alone", "a call in a test", "a function as an object", "a name"}
"""These say little of a program, but that they have checked."""


@pytest.mark.parametrize("guarded", BOTH)
def test_all_usual_forms_of_checks_count(sandbox: Sandbox, guarded: bool) -> None:
    found = {name: judged(sandbox, code, RIGHT, guarded=guarded) for name, code in PASSING.items()}
    assert {name: (v.status, v.error, v.reason) for name, v in found.items() if not v.passed} == {}
    empty = "def f(x): return ''"
    wrong = {
        name: judged(sandbox, code, empty, guarded=guarded).status for name, code in PASSING.items()
    }
    assert {name for name, status in wrong.items() if status == "passed"} == LENIENT
    assert "unscored" not in wrong.values()


@pytest.mark.parametrize("guarded", BOTH)
def test_no_program_gets_round_what_a_test_would_have_checked(
    sandbox: Sandbox, guarded: bool
) -> None:
    for code, program in EVASIONS:
        verdict = judged(sandbox, code, program, guarded=guarded)
        assert verdict.status in ("wrong_answer", "runtime_error"), (code, program, verdict)


STREAMS = """
import pytest
def test_output(capsys):
    print(f(3))
    assert capsys.readouterr().out == '9\\n'
    with capsys.disabled():
        print('not seen')
    assert capsys.readouterr().out == ''
"""
PATCHED = """
import pytest
def test_patch(monkeypatch):
    import math
    monkeypatch.setattr(math, 'pi', 9)
    assert f(3) == math.pi
def test_after():
    import math
    assert f(2) == 4 and math.pi != 9
"""
WARNED = """
import pytest, warnings
def test_warning(recwarn):
    assert f(3) == 9
    assert len(recwarn) == 1 and recwarn.pop(UserWarning)
def test_warns():
    with pytest.warns(UserWarning):
        f(3)
"""
WARNING = "import warnings\ndef f(x):\n    warnings.warn('w')\n    return x * x"


@pytest.mark.parametrize(
    ("code", "program"), [(STREAMS, RIGHT), (PATCHED, RIGHT), (WARNED, WARNING)]
)
def test_fixtures_for_the_programs_process_work_in_both_modes(
    sandbox: Sandbox, code: str, program: str
) -> None:
    assert judged(sandbox, code, program, guarded=True).passed
    wrong = program.replace("x * x", "x")
    assert judged(sandbox, code, wrong, guarded=True).status == "wrong_answer"
    chosen = judged(sandbox, code, program)
    assert (chosen.status, chosen.judging) == ("passed", "split")
    assert judged(sandbox, code, wrong).status == "wrong_answer"


def test_what_is_unscored_says_why(sandbox: Sandbox) -> None:
    uncalled = judged(sandbox, BROKEN["uncalled check"], RIGHT)
    assert uncalled.reason == (
        "the test ran no assertion, so it checks nothing: nothing calls check()"
    )
    fixture = judged(sandbox, BROKEN["unknown fixture"], RIGHT)
    assert fixture.reason == "the test needs the fixture 'database', which it does not define"


@pytest.mark.parametrize(
    ("caught", "status"),
    [
        ("try:\n    {check}\nexcept TypeError:\n    pass", "passed"),
        ("from contextlib import suppress\nwith suppress(TypeError):\n    {check}", "passed"),
        ("try:\n    {check}\nexcept Exception:\n    pass", "wrong_answer"),
        ("try:\n    {check}\nexcept:\n    pass", "wrong_answer"),
        ("try:\n    {check}\nexcept KeyError:\n    pass", "runtime_error"),
        (
            "try:\n    int('x')\nexcept ValueError:\n    pass\n"
            "try:\n    {check}\nexcept Exception:\n    pass",
            "passed",
        ),
    ],
)
def test_a_check_cut_short_counts_if_the_test_names_an_exception(
    sandbox: Sandbox, caught: str, status: str
) -> None:
    code = caught.format(check="assert f(3) == 9")
    assert judged(sandbox, code, "def f(x): raise TypeError").status == status
