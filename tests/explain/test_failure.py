"""The first failing test as pytest would show it, and no more than a screen of it."""

import pytest

from rltf import Limits, Problem, Sandbox, TestCase
from rltf.explain.failure import explain

CODE = TestCase.assertion


@pytest.fixture(scope="module")
def sandboxes():
    with Sandbox(workers=1) as test, Sandbox(workers=1, isolation="program") as program:
        yield {"test": test, "program": program}


@pytest.fixture
def shown(sandboxes):
    def shown(tests, program, isolation="test", **fields):
        tests = tests if isinstance(tests, list) else [tests]
        problem = Problem("t", "", tests=tests, **{"entry_point": "f"} | fields)
        sandbox = sandboxes[isolation]
        lines = explain(sandbox, problem, program, sandbox.judge(problem, program))
        assert len(lines) < 45
        assert max(map(len, lines)) < 1000
        assert all(line.isprintable() for line in lines)
        return lines

    return shown


def test_a_call_shows_arguments_expected_and_got(shown):
    tests = [TestCase.call((0,), [0]), TestCase.call(([1], "x"), [1, 2, 3])]
    assert shown(tests, "def f(a, b=0):\n    return [a] if a == 0 else [1, 2, 4]\n") == [
        "t, test 2 of 2: wrong_answer",
        "  f([1], 'x')",
        "expected: [1, 2, 3]",
        "got:      [1, 2, 4]",
        "  at index 2: 4, not 3",
    ]


@pytest.mark.parametrize(
    ("expected", "program", "last"),
    [
        (3, "def f(x): return '3'", "  a str, not a int"),
        ({"a": 1}, "def f(x): return {'a': 2}", "  at key 'a': 2, not 1"),
        ({1, 2}, "def f(x): return {2, 3}", "  without {1}, with {3} too many"),
        ("abc", "def f(x): return 'abd'", "  at index 2: 'd', not 'c'"),
        ([1], "def f(x): return [1, 1]", "  of length 2, not 1"),
        (3, "def f(x): return [1] * 10**6", "got:      a value of 6000005 bytes"),
        (3, "def f(x): return object()", "E   UnsupportedValue: it returned a object"),
        (3, "def f(x):\n    return 1 / 0", "  line 2 of the program: return 1 / 0"),
        (3, "def f(x): return '\\x1b[31m'", "  a str, not a int"),
    ],
)
def test_what_is_wrong_with_a_value_is_said(shown, expected, program, last):
    assert shown(TestCase.call((1,), expected), program)[-1].startswith(last)


def test_text_shows_input_and_the_place_that_differs(shown):
    expected = "".join(f"{n} abc\n" for n in range(100))
    program = "for n in range(100): print(n, 'abc' if n != 50 else 'abd\\x1b[2J')"
    lines = shown(TestCase.stdin("3 4\n" * 100, expected), program)
    assert lines[1:3] == ["input:", "  3 4"]
    assert "> 50 abc" in lines
    at = lines.index("> 50 abd\\x1b[2J")
    assert lines[at + 1] == "       ^"
    assert lines[-1] == "they differ in line 51, column 6"


@pytest.mark.parametrize(
    ("output", "program", "part"),
    [
        ("7\n", "pass", ["expected:", "> 7", "got:", "  (nothing)"]),
        ("7\n", "print(8 * '9' * 10**4)", ["> 7"]),
        ("7\n", "print(5)\nint('x')", ["output:", "  5"]),
        ("7\n", "import sys\nsys.stdout.buffer.write(b'\\xff\\x00')", ["> 7"]),
    ],
)
def test_outputs_of_all_kinds_are_shown(shown, output, program, part):
    lines = shown(TestCase.stdin("", output), program)
    at = lines.index(part[0])
    assert lines[at : at + len(part)] == part


@pytest.mark.parametrize(
    ("code", "program", "lines"),
    [
        ("assert f(3) == 9", "def f(x): return 8", ["assert 8 == 9", "  where 8 = f(3)"]),
        (
            "assert sorted(f(3)) == [1, 2, 9] and f(2), 'oh'",
            "def f(x): return [2, 1]",
            [
                "assert [1, 2] == [1, 2, 9] and f(2)",
                "  where [1, 2] = sorted([2, 1])",
                "  where [2, 1] = f(3)",
            ],
        ),
        (
            "def check(candidate):\n    x = 1\n    assert abs(candidate(x) - 9.5) < 1e-6\ncheck(f)",
            "def f(x): return x",
            [
                "assert 8.5 < 1e-06",
                "  where 8.5 = abs(-8.5)",
                "  where -8.5 = candidate(x) - 9.5",
            ],
        ),
        ("assert not f(x=2)", "def f(x): return x", ["assert not 2", "  where 2 = f(x=2)"]),
        (
            "assert f([1]) == [1, 2]",
            "def f(x): return x",
            ["assert [1] == [1, 2]", "  of length 1, not 2", "  where [1] = f([1])"],
        ),
        (
            "b = Box()\nassert b.get() == 4 != b.n",
            "class Box:\n    n = 5\n    def get(self): return 3\n    def __repr__(self): 1 / 0\n",
            ["assert 3 == 4 != b.n", "  where 3 = b.get()"],
        ),
        (
            "assert Box() is None",
            "class Box:\n    def __repr__(self): return 'Box!'\n",
            ["assert Box! is None", "  where Box! = Box()"],
        ),
    ],
)
@pytest.mark.parametrize("guarded", [False, True])
def test_an_assert_shows_its_parts(shown, code, program, lines, guarded):
    entry_point = "f" if "def f" in program else None
    explanation = shown(CODE(code, guarded=guarded), program, entry_point=entry_point)
    assert [line[4:] for line in explanation if line.startswith("E   ")][-len(lines) :] == lines
    assert any(line.startswith("> assert") for line in explanation)


def test_asserts_of_set_up_code_and_of_the_future_explain_themselves(shown):
    setup = '"""Doc."""\nfrom __future__ import annotations\ndef same(x, y): assert x == y\n'
    lines = shown(CODE("same(f(1), 2)"), "def f(x): return x", setup_code=setup)
    assert lines[1:] == ["> assert x == y", "E   assert 1 == 2"]


def test_a_test_that_depends_on_those_before_it_is_run_with_them(shown):
    program = "n = 0\ndef f(x):\n    global n\n    n += x\n    return n\n"
    tests = [CODE("assert f(1) == 1"), CODE("assert sorted([f(1)]) == [3]")]
    for isolation, value in ("test", 1), ("program", 2):
        lines = shown(tests, program, isolation)
        assert lines[0] == "t, test 2 of 2: wrong_answer"
        assert f"E   assert [{value}] == [3]" in lines


@pytest.mark.parametrize(
    ("code", "program", "status", "part"),
    [
        ("assert f(1)", "def f(x) return x", "syntax_error", "E   SyntaxError: expected ':'"),
        (
            "assert f(1)",
            "def f(x):\n while 1: pass",
            "timeout",
            "E   TimeoutError: more than 0.2 s",
        ),
        ("assert (", "def f(x): return x", "unscored", "the test itself is broken: SyntaxError"),
        ("assert f(1)", "def f(x): raise ValueError('a\\x1b')", "runtime_error", "a\\x1b"),
    ],
)
def test_other_failures_show_the_test_and_the_error(shown, code, program, status, part):
    lines = shown(CODE(code), program, limits=Limits(cpu_s=0.2))
    assert lines[0] == f"t, test 1 of 1: {status}"
    assert lines[1] == f"  {code}"
    assert any(part in line for line in lines[2:])


def test_a_program_that_answers_by_chance_is_said_to_have_passed(shown, monkeypatch, sandboxes):
    problem = Problem("t", "", tests=[CODE("assert f(1) == 1")], entry_point="f")
    wrong = sandboxes["test"].judge(problem, "def f(x): return 2")
    lines = explain(sandboxes["test"], problem, "def f(x): return 1", wrong)
    assert lines == [
        "t, test 1 of 1: wrong_answer",
        "  when it was run again: passed",
        "  assert f(1) == 1",
    ]


def test_a_problem_without_tests_has_its_reason(sandboxes):
    problem = Problem("t", "")
    verdict = sandboxes["test"].judge(problem, "")
    assert explain(sandboxes["test"], problem, "", verdict) == [
        "t: unscored: the problem has no tests"
    ]
