"""Tests of every form are judged apart from the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.worker import Isolation

from .time_limits import limits_for

LIAR = "class Liar(int):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n    __hash__ = int.__hash__\n"


def statuses(sandbox: Sandbox, problem: Problem, program: str) -> list[str]:
    return [test.status for test in sandbox.judge(problem, program).tests]


def in_time_for(expected: list[str], problem: Problem) -> Problem:
    return replace(problem, limits=limits_for(*expected))


# ------------------------------------------------------------------------------------ call tests


@pytest.fixture
def double(problem) -> Problem:
    return problem(*({"args": [i], "expected": 2 * i} for i in range(4)), entry_point="f")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("def f(x): return 2 * x", ["passed"] * 4),
        ("f = lambda x: 2 * x", ["passed"] * 4),
        ("def f(x): return 2 * x if x < 3 else 0", ["passed"] * 3 + ["wrong_answer"]),
        ("def f(x): return float(2 * x)", ["wrong_answer"] * 4),
        ("def f(x): return str(2 * x)", ["wrong_answer"] * 4),
        ("def f(x): print(2 * x)", ["wrong_answer"] * 4),
        ("async def f(x): return 2 * x", ["wrong_answer"] * 4),
        (LIAR + "def f(x): return Liar(2 * x)", ["wrong_answer"] * 4),
        ("def g(x): return 2 * x", ["runtime_error"] * 4),
        ("f = 3", ["runtime_error"] * 4),
        ("def f(x): raise ValueError", ["runtime_error"] * 4),
        ("import sys\ndef f(x): sys.exit(0)", ["runtime_error"] * 4),
        ("import os\ndef f(x): os._exit(0)", ["runtime_error"] * 4),
        (
            "def f(x):\n    while x == 2: pass\n    return 2 * x",
            ["passed", "passed", "timeout", "passed"],
        ),
        (
            "import os\ndef f(x):\n    if x == 1: os._exit(0)\n    return 2 * x",
            ["passed", "runtime_error", "passed", "passed"],
        ),
        (
            "import os\ndef f(x):\n    os.write(3, b'V' + b'\\0' * 99)\n    return 2 * x",
            ["runtime_error"] * 4,
        ),
        ("def f(x): return 2 *", ["syntax_error"] * 4),
    ],
)
def test_a_call_is_judged_by_its_value(
    any_sandbox: Sandbox, double: Problem, program: str, expected: list[str]
) -> None:
    assert statuses(any_sandbox, in_time_for(expected, double), program) == expected


def test_a_fresh_fork_for_every_test_forgets(sandbox: Sandbox, problem) -> None:
    counting = "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)"
    ones = problem(*({"args": [i], "expected": 1} for i in range(3)), entry_point="f")
    assert statuses(sandbox, ones, counting) == ["passed"] * 3


def test_an_entry_point_may_be_a_method(any_sandbox: Sandbox, problem) -> None:
    program = "class Solution:\n    def twice(self, x):\n        return 2 * x"
    tests = {"args": [4], "expected": 8}
    assert any_sandbox.judge(problem(tests, entry_point="Solution().twice"), program).passed


def test_a_tuple_is_a_list_only_where_json_could_not_say(sandbox: Sandbox) -> None:
    program = "def f(): return (1, [2])"
    from_json = TestCase.from_dict({"args": [], "expected": [1, [2]]})
    from_python = TestCase.call([], [1, [2]])
    assert sandbox.judge(Problem("t", "", [from_json], entry_point="f"), program).passed
    assert not sandbox.judge(Problem("t", "", [from_python], entry_point="f"), program).passed


def test_call_tests_without_an_entry_point_are_unscored(sandbox: Sandbox, problem) -> None:
    verdict = sandbox.judge(problem({"args": [], "expected": 1}), "def f(): return 1")
    assert (verdict.status, verdict.pass_ratio) == ("unscored", None)
    assert "entry point" in verdict.reason


# ----------------------------------------------------------------------------------- stdin tests


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("print(2 * int(input()))", ["passed"] * 3),
        ("import sys\nfor line in sys.stdin: print(2 * int(line), '')", ["passed"] * 3),
        ("print(input())", ["passed", "wrong_answer", "wrong_answer"]),
        ("print(2 * int(input()))\n1 / 0", ["runtime_error"] * 3),
        ("n = int(input())\nwhile n == 1: pass\nprint(2 * n)", ["passed", "timeout", "passed"]),
    ],
)
def test_stdin_tests_are_judged_by_output_and_exit_code(
    any_sandbox: Sandbox, problem, program: str, expected: list[str]
) -> None:
    doubled = problem(*({"input": f"{i}\n", "output": f"{2 * i}\n"} for i in range(3)))
    assert statuses(any_sandbox, in_time_for(expected, doubled), program) == expected


def test_a_large_input_arrives_whole(any_sandbox: Sandbox, problem) -> None:
    text = "x" * 3_000_000
    tests = [{"input": text, "output": str(len(text))}] * 3
    assert any_sandbox.judge(problem(*tests), "print(len(input()))").passed


# ---------------------------------------------------------------------------------- assert tests


ASSERTS = (
    {"assert": "assert f(1) == 2"},
    {"assert": "assert f(2) == 4\nassert f(3) == 6"},
    {"assert": "import math\nassert math.isclose(f(1.5), 3.0)"},
)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("def f(x): return 2 * x", ["passed"] * 3),
        ("def f(x): return 2", ["passed", "wrong_answer", "wrong_answer"]),
        ("def g(x): return 2 * x", ["runtime_error"] * 3),
        ("def f(x): raise KeyError(x)", ["runtime_error"] * 3),
        ("1 / 0", ["runtime_error"] * 3),
        ("import sys\nsys.exit(0)", ["runtime_error"] * 3),
        ("import os\ndef f(x): os._exit(0)", ["runtime_error"] * 3),
        (LIAR + "def f(x): return Liar(0)", ["wrong_answer"] * 3),
        ("def f(x: return 2", ["syntax_error"] * 3),
        ("def f(x):\n    while True: pass", ["timeout"] * 3),
        ("def f(x): return bytearray(10 << 30)", ["memory_limit"] * 3),
        ("def f(x): return open('/etc/passwd')", ["forbidden"] * 3),
        (
            "import builtins\nbuiltins.AssertionError = ValueError\ndef f(x): return 0",
            ["wrong_answer"] * 3,
        ),
        ("def f(x):\n    raise AssertionError", ["runtime_error"] * 3),
    ],
)
def test_asserts_are_judged_in_a_process_of_their_own(
    any_sandbox: Sandbox, problem, program: str, expected: list[str]
) -> None:
    asserts = in_time_for(expected, problem(*ASSERTS))
    assert statuses(any_sandbox, asserts, program) == expected


STACK = """
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next
    def __eq__(self, other):
        return isinstance(other, Node) and self.value == other.value
    def __len__(self):
        return 1 + (len(self.next) if self.next else 0)
    def __iter__(self):
        node = self
        while node:
            yield node.value
            node = node.next
class Full(ValueError):
    pass
def push(stack, value):
    if len(stack) > 2:
        raise Full("full")
    stack.append(value)
def apply(function, items):
    return [function(item) for item in items]
def count(n):
    yield from range(n)
LIMIT = 3
"""


@pytest.mark.parametrize(
    "test",
    [
        "assert Node(1, Node(2)).next.value == 2",
        "assert Node(1) == Node(1) and Node(1) != Node(2)",
        "assert Node(1) != 1 and not Node(1) == 1",
        "assert len(Node(1, Node(2))) == 2 and list(Node(1, Node(2))) == [1, 2]",
        "assert isinstance(Node(1), Node) and not isinstance(1, Node)",
        "n = Node(1)\nn.value = 5\nassert n.value == 5",
        "s = []\npush(s, 1)\npush(s, 2)\nassert s == [1, 2]",
        "try:\n    push([1, 2, 3], 4)\nexcept Full as error:\n    assert str(error) == 'full'\n"
        "else:\n    assert False",
        "try:\n    push([1, 2, 3], 4)\nexcept ValueError:\n    pass\nelse:\n    assert False",
        "assert apply(len, ['a', 'bc']) == [1, 2]",
        "assert apply(lambda x: x * LIMIT, [1, 2]) == [3, 6]",
        "assert list(count(3)) == [0, 1, 2]",
        "assert sorted(Node(2, Node(1))) == [1, 2]",
    ],
)
def test_test_code_can_use_what_the_program_defines(
    any_sandbox: Sandbox, problem, test: str
) -> None:
    verdict = any_sandbox.judge(problem({"assert": test}), STACK)
    assert verdict.passed, verdict


def test_helpers_of_the_problem_run_in_the_judge(any_sandbox: Sandbox, problem) -> None:
    helped = problem(
        {"assert": "assert f(3) == helper(3)"}, setup_code="def helper(x):\n    return 2 * x"
    )
    assert any_sandbox.judge(helped, "def f(x): return 2 * x").passed
    cheat = "def helper(x): return 0\ndef f(x): return 0"
    assert any_sandbox.judge(helped, cheat).status == "wrong_answer"


@pytest.mark.parametrize("test", ["assert f(1 == 2", "import nothing_at_all", "1 / 0"])
def test_a_broken_test_is_its_own_fault(any_sandbox: Sandbox, problem, test: str) -> None:
    broken = problem({"assert": test}, entry_point="f")
    verdict = any_sandbox.judge(broken, "def f(x): return 1")
    assert verdict.status == "unscored"
    assert verdict.reason.startswith(
        ("the test itself is broken: ", "the test imports nothing_at_all")
    )


def test_a_problem_without_tests_is_never_passed(sandbox: Sandbox) -> None:
    verdict = sandbox.judge(Problem("t", ""), "pass")
    assert (verdict.status, verdict.passed, verdict.pass_ratio) == ("unscored", False, None)
    assert "no tests" in verdict.reason


def test_tests_of_all_forms_keep_their_order(any_sandbox: Sandbox, problem) -> None:
    mixed = problem(
        {"assert": "assert f(1) == 1"},
        {"input": "5", "output": "never"},
        {"args": [2], "expected": 3},
        entry_point="f",
    )
    assert statuses(any_sandbox, mixed, "def f(x): return x") == [
        "passed",
        "wrong_answer",
        "wrong_answer",
    ]


def test_a_verdict_names_its_layers(sandbox: Sandbox, double: Problem) -> None:
    verdict = sandbox.judge(double, "def f(x): return 2 * x")
    assert {"no_new_privs", "seccomp", "rlimits"} <= set(verdict.layers)
    assert verdict.judging == "split"


@pytest.mark.parametrize("test", ["import os\nos._exit(3)", "while True: pass"])
def test_a_judge_that_ends_without_the_program_judges_nothing(
    sandbox: Sandbox, problem, test: str
) -> None:
    limits = Limits(cpu_s=0.3, wall_s=0.5)
    assert sandbox.judge(problem({"assert": test}, limits=limits), "x = 1").status == "unscored"


def test_a_value_that_keeps_the_judge_busy_is_the_programs_fault(sandbox: Sandbox, problem) -> None:
    endless = "def f():\n    while True:\n        yield 1"
    test = problem({"assert": "assert sum(f()) == 3"}, limits=Limits(cpu_s=0.3, wall_s=0.5))
    assert sandbox.judge(test, endless).status == "timeout"


def test_a_child_that_does_not_take_its_next_test_is_ended(shared_sandbox: Sandbox) -> None:
    # it reports the end of its first test itself, and never reads the large second one
    program = "import os, time\nos.write(4, b'\\0' * 4)\ntime.sleep(60)\ndef f(x): return 0"
    tests = [TestCase.call(["a" * size], 1) for size in (1, 3_000_000)]
    limits = Limits(cpu_s=0.5, wall_s=1.0)
    verdict = shared_sandbox.judge(Problem("t", "", tests, entry_point="f", limits=limits), program)
    assert not verdict.passed
    assert [test.status for test in verdict.tests] == ["runtime_error", "timeout"]


def test_a_signaling_nan_equals_nothing(sandbox: Sandbox) -> None:
    import decimal

    tests = [TestCase.call([], decimal.Decimal(1)), TestCase.assertion("assert f() == 1")]
    program = "from decimal import Decimal\ndef f(): return Decimal('sNaN')"
    verdict = sandbox.judge(Problem("t", "", tests, entry_point="f"), program)
    assert [test.status for test in verdict.tests] == ["wrong_answer"] * 2


def test_a_rule_that_fails_scores_nothing(sandbox: Sandbox) -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    problem = Problem("t", "", [TestCase.call([], deep)], entry_point="f")
    verdict = sandbox.judge(problem, "def f(): return 1")
    assert verdict.status == "unscored"
    assert "judging rule failed" in verdict.reason


@pytest.mark.parametrize("isolation", ["test", "program"])
def test_stopping_on_failure_leaves_out_what_comes_after_it(isolation: Isolation) -> None:
    calls = Problem("c", "", [TestCase.call([i], i) for i in range(100)], entry_point="f")
    code = Problem("a", "", [TestCase.assertion(f"x = f({i}); assert x == {i}") for i in range(9)])
    texts = Problem("s", "", [TestCase.stdin(f"{i}", f"{i}") for i in range(9)])
    mixed = Problem("m", "", (*texts.tests[:2], *code.tests))
    with Sandbox(workers=1, isolation=isolation, stop_on_failure=True) as sandbox:
        verdict = sandbox.judge(calls, "def f(x): return x if x < 3 else 1 // (x - 4)")
        assert [test.status for test in verdict.tests] == ["passed"] * 3 + ["wrong_answer"]
        assert (verdict.status, verdict.not_run, verdict.pass_ratio) == ("wrong_answer", 96, 0.03)
        verdict = sandbox.judge(code, "def f(x): return x % 4")
        assert [test.status for test in verdict.tests] == ["passed"] * 4 + ["wrong_answer"]
        assert verdict.not_run == 4
        verdict = sandbox.judge(texts, "print(input()); 1 // 0")
        assert [test.status for test in verdict.tests] == ["runtime_error"]
        verdict = sandbox.judge(mixed, "def f(x): return x\nprint(0)")
        assert [test.status for test in verdict.tests] == ["passed", "wrong_answer"]
        assert verdict.not_run == 9
        assert sandbox.judge(calls, "def f(x): return x").passed
        assert sandbox.judge(mixed, "def f(x): return x\nprint(input())").status == "runtime_error"


def test_hashes_are_the_same_in_every_zygote() -> None:
    found = set()
    for _ in range(2):
        with Sandbox(workers=1) as sandbox:
            found.add(
                sandbox.run("print(hash('text'), {'some', 'words', 'in', 'a', 'set'})").stdout
            )
    assert len(found) == 1
