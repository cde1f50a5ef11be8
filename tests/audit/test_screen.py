"""The screen of mutants: what it finds, and what it does when a program ends its process."""

from __future__ import annotations

import ast
import dis
import types

from rltf import Problem, TestCase
from rltf.audit import screen_program, screen_steps
from rltf.audit.screen import TOGETHER, Subject, screen
from rltf.augment.mutants import edited, mutable_form, some_edits
from rltf.augment.signatures import signature_of
from rltf.common.seeds import StableRandom


def job(**more):
    tests = [{"input": "(1,)", "expected": "2", "from_json": False}]
    return {"function": "f", "setup": "", "tests": tests, "inputs": ["(2,)", "(3,)"]} | more


def counted(program):
    return compile(screen_steps.counted(ast.parse(program)), "solution.py", "exec")


def test_a_screen_tells_mutants_apart():
    screen = screen_program.Screen(job())
    line = screen.reference("def f(n):\n    return n + 1 if n < 3 else 0")
    assert line == {"passes": True, "values": ["3", "0"]}
    assert screen.coverage("def f(n):\n    if n < 2:\n        return 2\n    return 9") == {
        "statements": [3, 4],
        "branches": [1, 2],
    }
    assert screen.mutant(counted("def f(n): return n + 1")) == {"passes": True, "differs": [1]}
    assert screen.mutant(counted("def f(n): return n - 1")) == {"passes": False, "differs": []}
    assert screen.mutant(counted("def f(n):\n    while n: pass")) == {
        "passes": False,
        "differs": [],
    }
    assert screen.mutant(counted("def f(n): return [0 for _ in iter(int, 1)]"))["passes"] is False
    assert screen.mutant(None)["passes"] is False


def test_a_screen_of_a_program_that_reads_standard_input():
    tests = [{"input": "1\n", "expected": "2", "from_json": False}]
    screen = screen_program.Screen(job(function="", tests=tests, inputs=["5\n"]))
    assert screen.reference("import sys\nprint(int(input()) + 1)\nsys.exit()")["values"] == [
        "'6\\n'"
    ]
    assert screen.mutant(counted("print(2)")) == {"passes": True, "differs": [0]}


def test_a_reference_that_fails_ends_a_screen():
    assert screen_program.Screen(job()).reference("def f(n): return 7") == {"passes": False}


PROGRAM = '''
def f(items, low=0):
    """Text."""
    while not items and low < 3:
        low += 1
    total = [n for n in items if n > low or n == -1]
    for n in total[1:]:
        if n in range(2, 5):
            break
    return sorted(total, key=abs)
'''


def test_a_screen_runs_the_mutants_that_are_judged_afterwards():
    numbers = range(len(some_edits(PROGRAM, 1000, StableRandom(0))))
    assert len(numbers) > 40
    for number, code in zip(numbers, screen_program.mutants(PROGRAM, numbers), strict=True):
        text = edited(PROGRAM, number)
        assert text != mutable_form(PROGRAM)
        try:
            same = counted(text)
        except SyntaxError:
            same = None
        assert _instructions(code) == _instructions(same), text


def _instructions(code):
    """What a program does, whatever the lines are on which it stands."""
    if code is None:
        return None
    jumps = {*dis.hasjrel, *dis.hasjabs}
    return [
        (each.opname, None if each.opcode in jumps else _instructions_or(each.argval))
        for each in dis.get_instructions(code)
        if each.opname != "NOP"
    ]


def _instructions_or(value):
    return _instructions(value) if isinstance(value, types.CodeType) else value


def subject(name, program, inputs=((2,), (3,))):
    problem = Problem(name, "", [TestCase.call([1], 2)], entry_point="f")
    numbers = some_edits(program, 24, StableRandom(0))
    return Subject(problem, signature_of(problem), program, numbers, inputs)


def test_problems_share_a_process_and_one_that_ends_it_hides_no_other(sandbox):
    plain = "def f(n):\n    return n + 1"
    dies = "import os\ndef f(n):\n    if n < 2:\n        return 2\n    os._exit(0)"
    fails = "def f(n):\n    return 7"
    writes = 'import os\nos.write(1, b"{\\"job\\": 77}\\n[]\\n")\n' + plain
    programs = [plain, dies, fails, writes] + [plain] * TOGETHER
    alone = screen([subject("p", plain)], sandbox)[0]
    assert alone.passes
    assert alone.values == ["3", "4"]
    assert alone.ran == len(some_edits(plain, 24, StableRandom(0)))
    screened = screen([subject(str(n), each) for n, each in enumerate(programs)], sandbox)
    assert [each.passes for each in screened] == [True, False, False, False] + [True] * TOGETHER
    assert [screened[0], *screened[4:]] == [alone] * (1 + TOGETHER)


def test_a_mutant_that_ends_the_process_is_skipped(sandbox):
    program = "def f(n):\n    if n == 0:\n        while 10 ** 10 ** 10: pass\n    return n + 1"
    (screened,) = screen([subject("p", program)], sandbox)
    assert screened.passes
    assert screened.ran > 1
