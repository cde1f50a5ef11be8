"""The rule ``livecodebench`` says what the official checker says, but for the differences in docs/judging.md."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rltf import Limits, Problem, TestCase, Verdict
from rltf.plugins.rules.livecodebench import LiveCodeBench
from rltf.sandbox import Sandbox
from rltf.sandbox.guest.shared.values import encode

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from livecodebench_oracle import accepts_text, accepts_value, passes_call, passes_stdin

EXAMPLES = 200


@pytest.fixture(scope="module", params=["test", "program"])
def any_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(workers=1, isolation=request.param, limits=Limits(cpu_s=3)) as started:
        yield started


def takes_text(output: str, expected: str) -> bool:
    return LiveCodeBench().stdin(TestCase.stdin("", expected), output.encode())


def takes_value(value: Any, expected: Any) -> bool:
    return LiveCodeBench().call(TestCase.call((), expected), encode(value))


# ------------------------------------------------------------------------------------------ text

WORDS = "1 2 -1 0 -0 1.0 1.00 1e0 10 1_0 1e400 inf Infinity nan sNaN a b A yes \u0663 1.0000001 .5 0.5 +1 01"
LINES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS.split()), max_size=3).map(" ".join),
        st.sampled_from(["\n", "\n", "\n", "\n\n", " \n", "\r\n", "\r", "\x0c", "\u2028", ""]),
    ),
    max_size=4,
)
TEXTS = LINES.map(lambda lines: "".join(map("".join, lines))) | st.text(
    "01. \n\t\r\x85e", max_size=8
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(TEXTS, TEXTS)
@example("1.0 2\n3", "1 2.00\n3")
@example("", "\n")
@example("1\n\n2", "1\n2")
@example("1  2", "1 2")
@example("sNaN", "sNaN")
@example("sNaN 1", "sNaN 1.0")
@example("a  1", "a 1")
@example("1_0.0", "10")
@example("1", "1.0000001")
def test_text_is_compared_as_the_official_checker_does(output: str, expected: str) -> None:
    assert takes_text(output, expected) == accepts_text(output, expected)


@settings(max_examples=EXAMPLES, deadline=None)
@given(TEXTS, st.data())
def test_text_that_is_nearly_right_is_too(expected: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(expected)))
    output = (
        expected[:cut]
        + data.draw(st.sampled_from(["", " ", "\n", "0", ".0", "\t"]))
        + expected[cut:]
    )
    assert takes_text(output, expected) == accepts_text(output, expected)


def test_an_output_that_is_no_utf8_is_wrong_and_nothing_else() -> None:
    assert not LiveCodeBench().stdin(TestCase.stdin("", "1\n"), b"\xff\xfe")
    assert not LiveCodeBench().stdin(TestCase.stdin("", "1 2\n"), b"1 \xff")


def test_a_huge_output_costs_nothing() -> None:
    start = time.process_time()
    assert not takes_text("1 " * (8 << 20), "1\n")
    assert time.process_time() - start < 10, "a step for each line takes much longer"


# ---------------------------------------------------------------------------------------- values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 0.5, "", "a", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab1"), inner, max_size=2)
    ),
    max_leaves=6,
)


@st.composite
def returned(draw: st.DrawFn, value: Any) -> Any:
    """A value, or what Python may have in its place."""
    if isinstance(value, list):
        items = [draw(returned(item)) for item in value]
        return draw(st.sampled_from([items, items, tuple(items)]))
    if isinstance(value, dict):
        return {key: draw(returned(item)) for key, item in value.items()}
    if isinstance(value, int | float):
        return draw(st.sampled_from([value, float(value), int(value), bool(value)]))
    return value


@settings(max_examples=EXAMPLES, deadline=None)
@given(JSON, st.data())
@example([[1, 2]], None)
def test_values_are_compared_as_the_official_checker_does(expected: Any, data: Any) -> None:
    value = data.draw(returned(expected) | JSON) if data else [(1, 2)]
    assert takes_value(value, expected) == accepts_value(value, expected)


@pytest.mark.parametrize(
    ("value", "expected", "is_right"),
    [
        (True, 1, True),
        (1.0, 1, True),
        ((1, 2), [1, 2], True),
        ([(1, 2)], [[1, 2]], False),
        ([1, 2], [[1, 2], 3], False),
        ({1: 2}, {"1": 2}, False),
        ({1, 2}, [1, 2], False),
        (0.1 + 0.2, 0.3, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_a_value_must_equal_as_python_has_it(value: Any, expected: Any, is_right: bool) -> None:
    assert takes_value(value, expected) is is_right


def test_integers_of_any_length_are_equal() -> None:
    assert takes_value(10**20_000, 10**20_000)
    assert not takes_value(10**20_000 + 1, 10**20_000)


# ------------------------------------------------------------------------------- programs on stdin

GIVEN, ANSWER = "3\n1 2 3\n", "6\n"
READ = "n = int(input())\nxs = list(map(int, input().split()))\n"
SCRIPTS = {
    "plain": READ + "print(sum(xs))",
    "wrong": READ + "print(max(xs))",
    "a return": READ + "if n == 3:\n    print(sum(xs))\n    return\nprint(0)",
    "a main guard at the end": "def main():\n    print(6)\nif __name__ == '__main__':\n    main()",
    "an else of the guard":
        'if __name__ == "__main__":\n    print(6)\nelse:\n    pass',
    "stdin.buffer": "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())) - 3)",
    "sys.exit(0)": "import sys\nprint(6)\nsys.exit(0)",
    "sys.exit(1)": "import sys\nprint(6)\nsys.exit(1)",
    "sys.exit of a text": "import sys\nprint(6)\nsys.exit('done')",
    "exit()": "print(6)\nexit()",
    "raise SystemExit": "print(6)\nraise SystemExit(3)",
    "sys.exit before the answer": "import sys\nsys.exit()\nprint(6)",
    "an exception after the answer": "print(6)\n1 / 0",
    "an exception in its place": "raise ValueError",
    "a syntax error": "print(6",
    "a name that nothing defines": "print(missing)",
    "floats": READ + "print(float(sum(xs)))",
    "rounded": "print('6.0000001')",
    "two on a line": "print(6, 6)",
    "an empty line before": "print()\nprint(6)",
    "an empty line after": "print(6)\nprint()",
    "no newline": "print(6, end='')",
    "white space": "print('  6\\t')",
    "read at once": "import sys\ndata = sys.stdin.read().split()\nprint(sum(map(int, data[1:])))",
    "all lines": "import sys\nlines = sys.stdin.readlines()\nprint(sum(map(int, lines[1].split())))",
    "sys without an import": "print(sum(map(int, sys.stdin.read().split())) - 3)",
    "names of collections": READ + "print(sum(Counter(xs)))",
    "names of itertools": READ + "print(list(accumulate(xs))[-1])",
    "names of functools": READ + "print(reduce(add, xs))",
    "heapq": READ + "heapify(xs)\nprint(heappop(xs) + 5)",
    "math's names": "print(gcd(12, 18) * int(ceil(0.5)))",
    "pow is the builtin": "print(pow(2, 5, 13))",
    "bisect is a module": "print(bisect.bisect([1, 2], 1) + 5)",
    "bisect is no function": "print(bisect([1, 2], 1) + 5)",
    "bisect_left": "print(bisect_left([1, 2], 2) + 5)",
    "datetime is a module": "print(datetime.date(2020, 1, 6).day)",
    "datetime is no class": "print(datetime(2020, 1, 6).day)",
    "date": "print(date(2020, 1, 6).day)",
    "copy is a module": "print(copy.copy([6])[0])",
    "copy is no function": "print(copy([6])[0])",
    "deepcopy": "print(deepcopy([6])[0])",
    "random is a module": "random.seed(1)\nprint(random.choice([6]))",
    "choice": "print(choice([6]))",
    "median": "print(median([5, 6, 7]))",
    "inf": "print(min(inf, 6))",
    "e and pi": "print(int(e) * int(pi))",
    "digits": "print(digits[6])",
    "search": "print(search('[0-9]', 'a6')[0])",
    "loads": "print(loads('6'))",
    "StringIO": "print(StringIO('6').read())",
    "operator": "print(operator.mul(2, 3), )",
    "itemgetter": "print(itemgetter(0)([6]))",
    "typing": "def f(x: List[int]) -> Optional[int]:\n    return x[0]\nprint(f([6]))",
    "deque, not asked for": "print(deque([6])[0])",
    "numpy is not given": "print(np.array([6])[0])",
    "time is datetime's": "print(time(6).hour)",
    "Fraction is not given": "print(Fraction(6))",
    "threading is not given": "print(threading.active_count() + 5)",
    "deep recursion": "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nprint(f(9000) - 8994)",
    "deeper recursion": "def f(n):\n    return f(n + 1)\nf(0)",
    "own recursion limit": "import sys\nsys.setrecursionlimit(100)\ndef f(n):\n"
    "    return 0 if n == 0 else 1 + f(n - 1)\nprint(f(900) - 894)",
    "own name over the prelude's": "def gcd(a, b):\n    return 6\nprint(gcd(1, 1))",
    "nothing": "",
}  # fmt: skip


def judged(sandbox: Sandbox, program: str, given: str = GIVEN, answer: str = ANSWER) -> Verdict:
    problem = Problem("t", "", [TestCase.stdin(given, answer)], rule="livecodebench")
    return sandbox.judge(problem, program)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_passes_where_it_officially_does(any_sandbox: Sandbox, name: str) -> None:
    verdict = judged(any_sandbox, SCRIPTS[name])
    assert verdict.passed == passes_stdin(SCRIPTS[name], GIVEN, ANSWER), verdict


def test_an_exit_code_that_is_no_sys_exit_is_a_failure(any_sandbox: Sandbox) -> None:
    program = (
        "import os, sys\nprint(6)\nsys.stdout.flush()\nos._exit(1)"  # ends the official checker too
    )
    assert judged(any_sandbox, program).status == "runtime_error"


DIFFERENCES = {
    "a guard that is not last": 'if __name__ == "__main__":\n    print(6)\nx = 1',
    "a guard the other way round": 'if "__main__" == __name__:\n    print(6)',
    "global": "n = 0\ndef f():\n    global n\n    n += 6\nf()\nprint(n)",
    "stdin by name": "from sys import stdin\nprint(sum(map(int, stdin.read().split())) - 3)",
    "iteration over stdin": "import sys\nfor line in sys.stdin:\n    n = line\nprint(6)",
    "lines with their ends": "import sys\nprint(int(sys.stdin.readline()[:-1]) * 2)",
    "sys.stdout.buffer": "import sys\nsys.stdout.buffer.write(b'6')",
    "stdin.buffer, a line": "import sys\nr = sys.stdin.buffer.readline\nr()\nprint(sum(map(int, r().split())))",
    "reading past the end": "import sys\nprint(6)\nfor _ in range(9):\n    sys.stdin.readline()",
    "a name before it is assigned": "input = input\nprint(6)",
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_script_is_run_as_a_person_would_run_it(any_sandbox: Sandbox, name: str) -> None:
    assert judged(any_sandbox, DIFFERENCES[name]).passed
    assert not passes_stdin(DIFFERENCES[name], GIVEN, ANSWER)


def test_an_empty_line_of_input_is_no_end_of_input(any_sandbox: Sandbox) -> None:
    program = "print(input() + input())"
    assert judged(any_sandbox, program, "\n6\n").passed
    assert not passes_stdin(program, "\n6\n", ANSWER)


# --------------------------------------------------------------------------------------- functions

ARGUMENTS, WANTED = "[1, 2, 3]\n4", "[1, 2, 3, 4]"
FUNCTIONS = {
    "a method": "class Solution:\n    def put(self, xs, x):\n        return xs + [x]",
    "a function": "def put(xs, x):\n    return xs + [x]",
    "a lambda": "put = lambda xs, x: xs + [x]",
    "a tuple": "def put(xs, x):\n    return (*xs, x)",
    "a generator": "def put(xs, x):\n    yield from xs\n    yield x",
    "annotations without an import":
        "class Solution:\n    def put(self, xs: List[int], x: Optional[int]) -> List[int]:\n"
        "        return xs + [x]",
    "a cached method": "class Solution:\n    def put(self, xs, x):\n        @cache\n"
        "        def f(n):\n            return n and f(n - 1)\n        f(2000)\n"
        "        return xs + [x]",
    "both, of which the class counts":
        "class Solution:\n    def put(self, xs, x):\n        return xs + [x]\n"
        "def put(xs, x):\n    return 0",
    "both, and the class is wrong":
        "class Solution:\n    def put(self, xs, x):\n        return 0\n"
        "def put(xs, x):\n    return xs + [x]",
    "a class without the method": "class Solution:\n    def get(self):\n        pass\n"
        "def put(xs, x):\n    return xs + [x]",
    "a Solution that needs arguments": "class Solution:\n    def __init__(self, n):\n        pass\n"
        "    def put(self, xs, x):\n        return xs + [x]",
    "a static method": "class Solution:\n    @staticmethod\n    def put(xs, x):\n        return xs + [x]",
    "a base class": "class Base:\n    def put(self, xs, x):\n        return xs + [x]\n"
        "class Solution(Base):\n    pass",
    "another name": "def add(xs, x):\n    return xs + [x]",
    "another class": "class Answer:\n    def put(self, xs, x):\n        return xs + [x]",
    "nothing": "x = 1",
    "an exception": "def put(xs, x):\n    raise KeyError",
    "sys.exit": "def put(xs, x):\n    sys.exit()",
    "prints": "def put(xs, x):\n    print(xs + [x])",
    "in place": "class Solution:\n    def put(self, xs, x):\n        xs.append(x)\n        return xs",
    "floats for integers": "def put(xs, x):\n    return [float(n) for n in xs] + [x]",
    "too many arguments": "def put(xs):\n    return xs",
    "a return at the top level": "def put(xs, x):\n    return xs + [x]\nreturn",
}  # fmt: skip


@pytest.mark.parametrize("asked", ["Solution().put", "put"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_passes_where_it_officially_does(
    any_sandbox: Sandbox, name: str, asked: str
) -> None:
    args = tuple(map(json.loads, ARGUMENTS.split("\n")))
    test = TestCase("call", args=args, expected=json.loads(WANTED), from_json=True)
    problem = Problem("t", "", [test] * 2, rule="livecodebench", entry_point=asked)
    verdict = any_sandbox.judge(problem, FUNCTIONS[name])
    assert verdict.passed == passes_call(FUNCTIONS[name], "put", ARGUMENTS, WANTED), verdict
    assert verdict.status in ("passed", "wrong_answer", "runtime_error", "syntax_error")
