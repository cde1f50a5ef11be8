"""Tests that share a process with the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rltf import Problem, TestCase
from rltf.sandbox import Sandbox

from .time_limits import ROOMY, limits_for


def guarded(*codes: str, setup_code: str = "") -> Problem:
    tests = [TestCase.assertion(code, guarded=True) for code in codes]
    return Problem("t", "", tests, setup_code=setup_code, limits=ROOMY)


WORDS = """
class Words:
    def __init__(self, text): self.text = text
    def __iter__(self): return iter(self.text.split())
def now(): return clock()
def clock(): return 5
"""


def test_test_code_may_use_the_programs_own_objects(any_sandbox: Sandbox) -> None:
    problem = guarded(
        "class Loud(Words):\n    def __iter__(self): return (w.upper() for w in super().__iter__())\n"
        "assert list(Loud('a b')) == ['A', 'B']",
        "assert type(iter(Words('a'))) is type(iter([]))",
        "assert helper(Words('x y')) == 2",
        setup_code="def helper(words): return len(list(words))",
    )
    verdict = any_sandbox.judge(problem, WORDS)
    assert verdict.passed, verdict
    assert verdict.judging == "guarded"


def test_a_verdict_of_split_tests_says_so(any_sandbox: Sandbox) -> None:
    problem = Problem("t", "", [TestCase.assertion("assert now() == 5")])
    assert any_sandbox.judge(problem, WORDS).judging == "split"


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("def f(): return 4", "wrong_answer"),
        ("def f(): return None", "wrong_answer"),  # None + 0
        ("def f(): return 1 // 0", "runtime_error"),
        ("def f(): assert False", "runtime_error"),
        ("x = 1", "runtime_error"),
        ("def f(:", "syntax_error"),
        ("1 // 0", "runtime_error"),
        ("def f():\n    while True: pass", "timeout"),
        ("import os\ndef f(): os._exit(0)", "runtime_error"),
        ("import os\nos._exit(0)", "runtime_error"),
        ("import sys\ndef f(): sys.exit(0)", "runtime_error"),
        ("import os\ndef f(): os.abort()", "crashed"),
    ],
)
def test_what_does_not_pass_is_told_apart(any_sandbox: Sandbox, program: str, status: str) -> None:
    problem = guarded("assert f() + 0 == 5", "assert f() + 1 == 6")
    problem = replace(problem, limits=limits_for(status))
    verdict = any_sandbox.judge(problem, program)
    assert [test.status for test in verdict.tests] == [status] * 2


FORGED = """
import os, struct
def f():
    secret = b"b" + struct.pack("<I", 16) + {}
    os.write(3, b"V" + struct.pack("<I", len(secret)) + secret)
    os._exit(0)
"""


@pytest.mark.parametrize("secret", ["b'0' * 16", "os.urandom(16)"])
def test_ending_early_with_a_forged_report_does_not_pass(any_sandbox: Sandbox, secret: str) -> None:
    verdict = any_sandbox.judge(guarded("assert f() == 5"), FORGED.format(secret))
    assert verdict.status == "runtime_error"
    assert verdict.attempts == {"channel_misuse": 1}


THIEF = """
import ctypes, gc, sys
found = []
frame = sys._getframe()
while frame:
    found += [repr(value) for value in frame.f_locals.values()]
    frame = frame.f_back
try:
    found += [repr(thing) for thing in gc.get_objects() if isinstance(thing, (bytes, str, tuple))]
except RuntimeError:
    pass
words = " ".join(["the", "words", "of", "the", "test"])
stolen = any(words in text for text in found)
def f(): return 5 if stolen else 0
"""


def test_a_program_that_is_being_loaded_finds_nothing_of_its_tests(any_sandbox: Sandbox) -> None:
    problem = guarded("assert f() == 5, 'the words of the test'")
    assert any_sandbox.judge(problem, THIEF).status == "wrong_answer"


MEMORY = """
import {module}
def f(): return 4
"""


@pytest.mark.parametrize("module", ["ctypes", "uuid", "platform", "multiprocessing", "asyncio"])
def test_modules_that_use_ctypes_can_be_imported(any_sandbox: Sandbox, module: str) -> None:
    verdict = any_sandbox.judge(guarded("assert f() == 4"), MEMORY.format(module=module))
    assert verdict.passed, verdict


def test_a_name_that_the_program_binds_anew_is_the_new_one(any_sandbox: Sandbox) -> None:
    program = "state = 'old'\ndef f():\n    global state, made\n    state, made = 'new', 1"
    code = """
assert state == 'old'
f()
assert (state, made) == ('new', 1)
class Holder:
    seen = state
    def see(self): return state
assert Holder().see() == 'new'
state = 'mine'
f()
assert state == 'mine'
"""
    assert any_sandbox.judge(guarded(code), program).passed


def test_a_program_may_be_refused_something_and_still_be_right(any_sandbox: Sandbox) -> None:
    program = """
import gc, sys
def f():
    for refused in (gc.get_objects, lambda: sys.settrace(print), lambda: __import__("_cffi_backend")):
        try: refused()
        except (RuntimeError, ImportError): pass
        else: return "not refused"
    return 5
"""
    assert any_sandbox.judge(guarded("assert f() == 5"), program).passed


@pytest.mark.parametrize(
    ("patched", "passes"),
    [
        ("import math\nmath.tau2 = 2 * math.tau\ndef f(): return 5", True),
        ("import time\ntime.sleep = lambda s: None\ndef f(): return 5", True),
        ("import math\nmath.isclose = lambda *a: True\ndef f(): return 5", False),
    ],
)
def test_a_program_may_change_what_the_test_does_not_use(
    any_sandbox: Sandbox, patched: str, passes: bool
) -> None:
    code = "import math\nassert f() == 5\nassert math.isclose(f(), 5)"
    verdict = any_sandbox.judge(guarded(code), patched)
    assert verdict.passed == passes
    if not passes:
        assert verdict.error is not None
        assert verdict.error.message == "the program has replaced math.isclose"


@pytest.mark.parametrize(
    "spoiled",
    [
        "import random\ndel random._inst, random.seed",
        "import math\ndel math.isclose",
        "import sys\nsys.modules['numpy.random'] = sys",
        "import sys\nsys.modules['math'] = None",
        "import builtins\ndel builtins.hasattr",
    ],
)
def test_a_program_that_spoils_what_the_test_needs_does_not_pass_by_it(
    any_sandbox: Sandbox, spoiled: str
) -> None:
    program = f"{spoiled}\ndef f(): return 4\ndef isclose(a, b): return True"
    verdict = any_sandbox.judge(guarded("assert isclose(f(), 5)"), program)
    assert verdict.status in ("wrong_answer", "runtime_error"), verdict


NO_FIXTURE = """
import sys
def unfit():
    frame = sys._getframe()
    while frame:
        for thing in list(frame.f_globals.values()):
            if hasattr(thing, "Unfit"): return thing.Unfit("the test needs a fixture")
        frame = frame.f_back
"""


@pytest.mark.parametrize(
    "program",
    [
        "import sys\nsys.modules['pytest'] = None\ndef f(): return 4",
        "import sys\ndef f():\n    sys.modules['pytest'] = None\n    return 4",
        "raised = ModuleNotFoundError('', name='pytest')\ndef f(): raise raised",
        "raised = 'raise ModuleNotFoundError(name=\"pytest\")'\n"
        "def f(): exec(compile(raised, '<test>', 'exec'))",
        f"{NO_FIXTURE}def f(): raise unfit()",
        f"{NO_FIXTURE}def f(): exec(compile('raise unfit()', '<test>', 'exec'), globals())",
    ],
)
def test_a_program_cannot_make_the_test_look_broken(any_sandbox: Sandbox, program: str) -> None:
    code = "def test_it():\n    assert f() == 5\n    import pytest\n    assert pytest"
    for problem in (guarded(code), guarded(f"import pytest\n{code}", "assert f() == 6")):
        verdict = any_sandbox.judge(problem, program)
        assert verdict.status in ("wrong_answer", "runtime_error", "forbidden"), verdict


def test_a_test_without_its_fixture_is_broken_beside_every_program(any_sandbox: Sandbox) -> None:
    verdict = any_sandbox.judge(guarded("def test_it(no_such): assert f() == 5"), WORDS)
    assert verdict.status == "unscored"
    assert "no_such" in verdict.reason


@pytest.mark.parametrize("name", ["__defaults__", "__kwdefaults__"])
def test_installed_code_sets_defaults_only_of_what_it_makes(
    any_sandbox: Sandbox, name: str
) -> None:
    program = f"""
import functools
def other(x=5, *, key=3): ...
def f():
    functools.update_wrapper(functools.singledispatch, other, assigned=({name!r},), updated=())
    return 5
"""
    verdict = any_sandbox.judge(guarded("def test_it(): assert f() == 5"), program)
    assert verdict.status in ("wrong_answer", "runtime_error", "forbidden"), verdict


def test_a_test_may_compare_long_lists(sandbox: Sandbox) -> None:
    problem = guarded("assert f(1_000_000) == list(range(1_000_000))")
    limits = replace(ROOMY, cpu_s=6.0)  # it takes 2 s, and 14 if each item is looked into
    problem = replace(problem, limits=limits)
    assert sandbox.judge(problem, "def f(n): return list(range(n))").passed
