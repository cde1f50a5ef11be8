"""Under the rule ``apps`` a program may use what the official harness gives it; nowhere else."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox


def judged(
    sandbox: Sandbox,
    program: str,
    output: str,
    rule: str = "apps",
    given: str = "5\n",
    cpu_s: float = 3.0,
):
    test = TestCase.stdin(given, output)
    limits = Limits(cpu_s=cpu_s, wall_s=2 * cpu_s)
    return sandbox.judge(Problem("t", "", [test], rule=rule, limits=limits), program)


RETURNS = {
    "at the end": ("print(1)\nreturn\nprint(2)", "1"),
    "with a value": ("print(1)\nreturn print(2)\nprint(3)", "1\n2"),
    "in a branch": ("n = int(input())\nif n == 5:\n    print(1)\n    return\nprint(2)", "1"),
    "in a branch not taken": ("n = int(input())\nif n == 4:\n    return\nprint(2)", "2"),
    "in loops": ("for i in range(3):\n    while True:\n        print(i)\n        return", "0"),
    "past a loop's else": ("for i in [1]:\n    return\nelse:\n    print(2)", ""),
    "in a match": ("match 1:\n    case 1:\n        return\nprint(2)", ""),
    "finally runs": ("try:\n    print(1)\n    return\nfinally:\n    print(2)\nprint(3)", "1\n2"),
    "a bare except": ("try:\n    return\nexcept:\n    print(1)\nprint(2)", ""),
    "except BaseException": ("try:\n    return\nexcept BaseException:\n    print(1)\nprint(2)", ""),
    "in a handler": ("try:\n    1 / 0\nexcept ArithmeticError:\n    return\nprint(2)", ""),
    "in an outer try": (
        "try:\n    try:\n        return\n    except ValueError:\n        print(1)\n"
        "except:\n    print(2)\nfinally:\n    print(3)\nprint(4)", "3"),
    "finally that returns": ("try:\n    1 / 0\nfinally:\n    return\nprint(1)", ""),
    "finally that breaks": (
        "while True:\n    try:\n        return\n    finally:\n        break\nprint(1)", "1"),
    "in a with": (
        "from contextlib import suppress, ExitStack\nwith ExitStack() as stack:\n"
        "    stack.callback(print, 1)\n    with suppress(Exception):\n        return\nprint(2)", "1"),
    "beside names": (
        "from math import *\nx: int = floor(2.5)\ndef f():\n    global x\n    x += 1\n    return x\n"
        "f()\nprint([x for _ in range(2)])\nreturn", "[3, 3]"),
}  # fmt: skip


@pytest.mark.parametrize("name", RETURNS)
def test_a_return_at_the_top_level_ends_the_program(any_sandbox: Sandbox, name: str) -> None:
    program, output = RETURNS[name]
    verdict = judged(any_sandbox, program, output)
    assert verdict.passed, verdict
    # an output that is not the program's own would be refused
    assert not judged(any_sandbox, program, output + "\nmore").passed


@pytest.mark.parametrize("name", RETURNS)
def test_elsewhere_such_a_return_is_a_syntax_error(sandbox: Sandbox, name: str) -> None:
    program, output = RETURNS[name]
    verdict = judged(sandbox, program, output, rule="strict")
    assert verdict.status == "syntax_error"
    assert verdict.error is not None
    assert verdict.error.line


@pytest.mark.parametrize(
    "program",
    [
        "class A:\n    return",
        "return\nclass A:\n    return 1",
        "return\nyield 1",
        "return\nbreak",
        "return\nx = (",
    ],
)
def test_what_a_function_would_not_allow_either_is_a_syntax_error(
    sandbox: Sandbox, program: str
) -> None:
    assert judged(sandbox, program, "").status == "syntax_error"


def test_lines_are_kept_around_a_return(sandbox: Sandbox) -> None:
    program = "if False:\n    return\n\ntry:\n    x = 1\nexcept:\n    pass\nprint(1 / (x - 1))"
    verdict = judged(sandbox, program, "")
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line, verdict.error.column) == (
        "ZeroDivisionError", 8, 7,
    )  # fmt: skip


def test_a_module_of_functions_has_no_top_level_to_return_from(sandbox: Sandbox) -> None:
    test = TestCase.call([], 1)
    problem = Problem("t", "", [test], rule="apps", entry_point="f")
    assert sandbox.judge(problem, "def f(): return 1\nreturn").status == "syntax_error"


def test_each_test_of_a_program_runs_to_its_return(any_sandbox: Sandbox) -> None:
    tests = [TestCase.stdin(f"{i}\n", f"{i}\n") for i in range(3)]
    problem = Problem("t", "", tests, rule="apps")
    assert any_sandbox.judge(problem, "print(input())\nreturn").passed


# -------------------------------------------------------------------------------------- the prefix

FORGIVEN = """
class Solution:
    def total(self, numbers: List[int]) -> int:
        counts = defaultdict(int, Counter(numbers))
        heappush(numbers, 0)
        return int(np.sum(numbers)) + len(counts) + gcd(4, 6) + math.floor(sqrt(4))
"""


@pytest.mark.parametrize(("rule", "status"), [("apps", "passed"), ("strict", "runtime_error")])
def test_imports_of_the_official_prefix_may_be_left_out(
    any_sandbox: Sandbox, rule: str, status: str
) -> None:
    test = TestCase.call([[1, 2, 2]], 11)
    problem = Problem("t", "", [test], rule=rule, entry_point="Solution().total")
    assert any_sandbox.judge(problem, FORGIVEN).status == status


METHOD = "class Solution:\n    def f(self, x):\n        return 2 * x\n"
FUNCTION = "def f(x):\n    return 2 * x\n"


@pytest.mark.parametrize("rule", ["apps", "livecodebench"])
@pytest.mark.parametrize("asked", ["f", "Solution().f"])
@pytest.mark.parametrize(
    ("program", "status"),
    [
        (METHOD, "passed"),
        (FUNCTION, "passed"),
        (METHOD + "def f(x): return 0\n", "passed"),
        (FUNCTION + "Solution = dict\n", "runtime_error"),
        ("def g(x):\n    return 2 * x\n", "runtime_error"),
        (METHOD.replace("Solution", "Answer"), "runtime_error"),
        ("class Solution:\n    pass\n" + FUNCTION, "runtime_error"),
        ("x = 1", "runtime_error"),
    ],
)
def test_the_program_says_whether_it_is_a_function_or_a_method(
    any_sandbox: Sandbox, rule: str, asked: str, program: str, status: str
) -> None:
    problem = Problem("t", "", [TestCase.call([2], 4)] * 2, rule=rule, entry_point=asked)
    assert any_sandbox.judge(problem, program).status == status


@pytest.mark.parametrize(("asked", "program"), [("f", METHOD), ("Solution().f", FUNCTION)])
def test_under_other_rules_the_problem_says_so(
    any_sandbox: Sandbox, asked: str, program: str
) -> None:
    problem = Problem("t", "", [TestCase.call([2], 4)], rule="strict", entry_point=asked)
    assert any_sandbox.judge(problem, program).status == "runtime_error"


def test_a_program_that_reads_stdin_has_the_streams_by_name(any_sandbox: Sandbox) -> None:
    assert judged(any_sandbox, "stdout.write(stdin.readline())", "5").passed
    assert judged(any_sandbox, "print(input())", "5", rule="strict").passed
    assert not judged(any_sandbox, "stdout.write('5')", "5", rule="strict").passed


def test_the_programs_own_names_come_after_the_prefix(sandbox: Sandbox) -> None:
    assert judged(sandbox, "def gcd(a, b): return 7\nprint(gcd(4, 6))", "7").passed


# ------------------------------------------------- where the process differs, and is right (docs/judging.md)

DIFFERENCES = {
    "a __main__ guard": 'if __name__ == "__main__":\n    print(input())',
    "exit() and quit()": "print(input())\nexit()",
    "sys.stdin.buffer": "import sys\nprint(sys.stdin.buffer.readline().decode())",
    "iteration over stdin": "from sys import stdin\nfor line in stdin:\n    print(line)",
    "lines with their ends": "import sys\nprint(sys.stdin.readline()[:-1])",
    "stdout by name": "from sys import stdout\nstdout.write(input())",
    "global in a nested function":
        "n = 0\ndef f():\n    global n\n    n = int(input())\nf()\nprint(n)",
    "text over several lines": 'print("""5\n6""".split("\\n")[0].replace("\\t", "x"))\ninput()',
    "sys.exit(0)": "import sys\nprint(input())\nsys.exit(0)",
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_program_is_run_as_a_person_would_run_it(any_sandbox: Sandbox, name: str) -> None:
    assert judged(any_sandbox, DIFFERENCES[name], "5\n").passed


def test_a_test_does_not_see_what_an_earlier_one_left(sandbox: Sandbox) -> None:
    program = "class Solution:\n    seen = []\n    def f(self):\n        self.seen.append(1)\n        return len(self.seen)"
    ones = Problem("t", "", [TestCase.call([], 1)] * 2, rule="apps", entry_point="Solution().f")
    assert sandbox.judge(ones, program).passed


def test_an_object_of_the_programs_own_is_no_value(sandbox: Sandbox) -> None:
    program = "class Five(int):\n    {}\ndef f():\n    return Five(5)"
    five = Problem("t", "", [TestCase.call([], 5)], rule="apps", entry_point="f")
    assert sandbox.judge(five, program.format("pass")).passed
    lying = program.format("def __eq__(self, other): return True")
    assert sandbox.judge(five, lying).status == "wrong_answer"


def test_an_exit_code_other_than_0_is_an_error(sandbox: Sandbox) -> None:
    verdict = judged(sandbox, "import sys\nprint(input())\nsys.exit(1)", "5\n")
    assert verdict.status == "runtime_error"


def test_a_bare_except_does_not_outlive_the_limit(sandbox: Sandbox) -> None:
    program = (
        "while True:\n    try:\n        while True: pass\n    except:\n        break\nprint(5)"
    )
    assert judged(sandbox, program, "5\n", cpu_s=0.2).status == "timeout"
