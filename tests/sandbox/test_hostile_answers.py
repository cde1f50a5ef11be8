"""What a program's data makes test code or a checker do is the program's outcome, and never ``unscored``."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase, Verdict
from rltf.problem import TestCase as Test
from rltf.samples.verdict_line import verdict_to_dict
from rltf.sandbox import Sandbox
from rltf.sandbox.judging import checker_client
from rltf.sandbox.judging.assert_session import AssertSession
from rltf.sandbox.judging.outcomes import MAX_MESSAGE, MAX_NAME
from rltf.sandbox.local_backend import LocalBackend

from .time_limits import ROOMY, SHORT, limits_for

LONG = "'x' * 3_000_000"
ONE_HASH = "[i * (2**61 - 1) for i in range(60_000)]"

# An expression that the program returns, test code that has it as ``r``, and the status.
ANSWERS = {
    "printed by the test": (LONG, "print(r)", "output_limit"),
    "printed on stderr": (LONG, "import sys\nprint(r, file=sys.stderr)", "output_limit"),
    "logged": (LONG, "import logging\nlogging.warning('%s', r)", "output_limit"),
    "warned of": (LONG, "import warnings\nwarnings.warn(r)", "output_limit"),
    "the message of an assert": (LONG, "assert r == 2, r", "wrong_answer"),
    "numbers of one hash in a set": (ONE_HASH, "assert len(set(r)) == 3", "timeout"),
    "numbers of one hash in a dict": (ONE_HASH, "assert dict.fromkeys(r) == {}", "timeout"),
    "numbers of one hash in a Counter": (
        ONE_HASH,
        "import collections\nassert collections.Counter(r) == {}",
        "timeout",
    ),
    "a large prime": (
        "10**18 + 9",
        "assert all(r % i for i in range(2, int(r**0.5) + 1)) is False",
        "timeout",
    ),
    "a long range, iterated": ("range(10**18)", "assert all(i >= 0 for i in r)", "timeout"),
    "a long range, listed": ("range(10**18)", "assert list(r) == [1]", "memory_limit"),
    "a factor": ("10**10", "assert 'ab' * r == 'abab'", "memory_limit"),
    "a factor that is no size": ("10**30", "assert 'ab' * r == 'abab'", "wrong_answer"),
    "an exponent": ("10**12", "assert 3 ** r == 9", "timeout"),
    "a shift": ("10**11", "assert 1 << r == 4", "memory_limit"),
    "a Decimal's exponent": (
        "__import__('decimal').Decimal('1e999999999')",
        "assert int(r) == 1",
        ("timeout", "memory_limit"),
    ),
    "a Decimal as a Fraction": (
        "__import__('decimal').Decimal('1e99999999')",
        "import fractions\nassert fractions.Fraction(r) == 1",
        ("timeout", "memory_limit"),
    ),
    "a shape": ("(10**6, 10**6)", "import numpy\nassert numpy.zeros(r).sum() == 0", "memory_limit"),
    "a width": ("10**10", "assert f'{1:{r}}' == '1'", "memory_limit"),
    "a text that makes a pattern go back": (
        "'a' * 40",
        "import re\nassert re.fullmatch('(a+)+b', r)",
        "timeout",
    ),
    "how long to sleep": ("10**6", "import time\ntime.sleep(r)", "timeout"),
    "brackets": ("'[' * 100_000", "import json\nassert json.loads(r) == []", "wrong_answer"),
    "a depth": (
        "10**6",
        "def down(n): return n and down(n - 1)\nassert down(r) == 0",
        "wrong_answer",
    ),
    "a depth on the machine's stack": (
        "10**7",
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class Down:\n    def __init__(self, n): self.n = n\n"
        "    def __repr__(self): return repr(Down(self.n - 1)) if self.n else ''\n"
        "assert repr(Down(r)) == ''",
        ("memory_limit", "timeout", "crashed"),
    ),
    "a surrogate, printed": ("'\\ud800'", "print(r)", "wrong_answer"),
    "a NUL": ("'\\0'", "open(r)", "wrong_answer"),
    "what ends the test's process": ("3", "import os\nif r != 2: os._exit(1)", "wrong_answer"),
    "many long texts": (LONG, "kept = [r, *map(f, range(200))]", ("memory_limit", "timeout")),
}


def judged(sandbox: Sandbox, program: str, *tests: str, limits: Limits = ROOMY) -> Verdict:
    cases = [TestCase.assertion(code) for code in tests]
    return sandbox.judge(Problem("t", "", cases, entry_point="f", limits=limits), program)


def one_of(status: str | tuple[str, ...]) -> tuple[str, ...]:
    return (status,) if isinstance(status, str) else status


@pytest.mark.parametrize(("answer", "code", "status"), ANSWERS.values(), ids=ANSWERS)
def test_what_an_answer_does_to_a_test_is_the_programs_outcome(
    any_sandbox: Sandbox, answer: str, code: str, status: str | tuple[str, ...]
) -> None:
    program = f"def f(x): return {answer}"
    limits = limits_for(*one_of(status))
    (test,) = judged(any_sandbox, program, f"r = f(1)\n{code}", limits=limits).tests
    assert test.status in one_of(status), test
    if test.error is not None:
        assert len(test.error.message) <= MAX_MESSAGE


@pytest.mark.parametrize("length", [3, 9_999, 10_000, 300_000])
def test_what_a_test_makes_of_an_answer_crosses_back(any_sandbox: Sandbox, length: int) -> None:
    program = "def f(x): return ['x' * x]\ndef g(array): return array[0]"
    code = f"import numpy\nassert g(numpy.array(f({length}))) == {{}}"
    right, wrong = code.format(f"'x' * {length}"), code.format("'y'")
    statuses = [test.status for test in judged(any_sandbox, program, right, wrong).tests]
    assert statuses == ["passed", "wrong_answer"]


OBJECTS = {
    "an endless iterator": (
        "def f(x):\n    while True: yield 'x' * 999_999",
        ("memory_limit", "timeout"),
    ),
    "an endless iterator of nothing": ("def f(x):\n    while True: yield", "timeout"),
    "a length that is none": (
        "class A:\n    def __len__(self): return 2**62\n    def __iter__(self): return iter(())\n"
        "def f(x): return A()",
        "memory_limit",
    ),
}


@pytest.mark.parametrize(("program", "status"), OBJECTS.values(), ids=OBJECTS)
def test_what_an_object_does_to_a_test_is_the_programs_outcome(
    any_sandbox: Sandbox, program: str, status: str | tuple[str, ...]
) -> None:
    code = "assert list(f(1)) == [1]"
    (test,) = judged(any_sandbox, program, code, limits=limits_for(*one_of(status))).tests
    assert test.status in one_of(status), test


# The body of a function that raises, and the type that the verdict names.
RAISED = {
    "a long message": ("raise ValueError('x' * 15_000_000)", "ValueError"),
    "a long name": ("raise type('E' * 10_000_000, (Exception,), {})()", "E" * MAX_NAME),
    "a chain of causes": (
        "e = None\n    for i in range(20_000):\n        e, e.__cause__ = ValueError(i), e\n    raise e",
        "ValueError",
    ),
    "itself": ("e = ValueError()\n    e.args = (e,)\n    raise e", "ValueError"),
    "a nest of groups": (
        "e = ValueError()\n    for i in range(900): e = ExceptionGroup('g', [e])\n    raise e",
        "ExceptionGroup",
    ),
    "an object": ("raise ValueError(object())", "ValueError"),
    "no text": (
        "class E(Exception):\n        def __str__(self): raise self\n    raise E",
        "E",
    ),
    "a text of its own": (
        "class T(str):\n        def __getitem__(self, part): return object()\n"
        "    class E(Exception):\n        def __str__(self): return T('t')\n    raise E",
        "E",
    ),
    "a place that is none": (
        "e = SyntaxError('m')\n    e.lineno, e.msg = 10**5000, object()\n    raise e",
        "SyntaxError",
    ),
    "a source": ("exec('(' + 'x' * 5_000_000)", "SyntaxError"),
}


@pytest.mark.parametrize(("body", "kind"), RAISED.values(), ids=RAISED)
def test_whatever_a_program_raises_is_a_runtime_error(
    any_sandbox: Sandbox, body: str, kind: str
) -> None:
    (test,) = judged(any_sandbox, f"def f(x):\n    {body}", "f(1)\nassert True").tests
    assert test.status == "runtime_error"
    assert test.error is not None
    assert test.error.type == kind
    assert len(test.error.message) <= MAX_MESSAGE


# What a checker does with the answer ``v``, the answer, the expected one, and the status.
CHECKED = {
    "printed": ("print(v, v)", "'x' * 900_000", "1", "output_limit"),
    "numbers of one hash": ("set(v)", ONE_HASH, "[1]", "timeout"),
    "a large prime": ("all(v % i for i in range(2, v))", "10**18 + 9", "7", "timeout"),
    "a long range": ("list(v)", "range(10**12)", "[1]", "memory_limit"),
    "how long to sleep": ("__import__('time').sleep(v)", "10**6", "0", "timeout"),
    "what it cannot read": ("int(v)", "'x'", "'1'", "wrong_answer"),
    "a long message": ("int(v)", LONG.replace("3_", ""), "'1'", "wrong_answer"),
    "what makes it no bool": ("v == e or exit()", "3", "1", "wrong_answer"),
    "what ends its process": ("v == e or __import__('os')._exit(0)", "3", "1", "wrong_answer"),
    "what kills its process": ("v == e or __import__('os').abort()", "3", "1", "memory_limit"),
}


def checked(
    sandbox: Sandbox, body: str, answer: str, expected: object, limits: Limits = ROOMY
) -> Verdict:
    checker = f"def check(a, v, e):\n    {body}\n    return v == e"
    test = TestCase.call([1], expected)
    problem = Problem("t", "", [test], entry_point="f", checker=checker, limits=limits)
    return sandbox.judge(problem, f"def f(x): return {answer}")


@pytest.mark.parametrize(("body", "answer", "expected", "status"), CHECKED.values(), ids=CHECKED)
def test_what_an_answer_does_to_a_checker_is_the_programs_outcome(
    sandbox: Sandbox, body: str, answer: str, expected: str, status: str
) -> None:
    verdict = checked(sandbox, body, answer, eval(expected), limits_for(status))
    assert verdict.status == status


ENDLESS = "while True: pass"
BROKEN = {
    "raises": ("raise ValueError(1)", "ValueError: 1"),
    "does not end": (ENDLESS, "it does not end"),
    "takes all memory": ("'x' * 10**12", "MemoryError"),
    "prints": ("print('x' * 10**7)", "it writes too much"),
    "ends its process": ("import os; os._exit(0)", "its process ended before it had decided"),
    "is long-winded": ("raise ValueError('x' * 10**7)", "ValueError: xxx"),
}


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_checker_that_breaks_on_the_expected_answer_is_broken(
    sandbox: Sandbox, body: str, reason: str
) -> None:
    verdict = checked(sandbox, body, "1", 1, SHORT if body == ENDLESS else ROOMY)
    assert verdict.status == "unscored"
    assert f"the checker is broken: {reason}" in verdict.reason
    assert len(verdict.reason) <= MAX_MESSAGE


def test_a_broken_checker_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    ask = checker_client.CheckerClient._ask
    monkeypatch.setattr(
        checker_client.CheckerClient, "_ask", lambda *given: asked.append(1) or ask(*given)
    )
    with Sandbox(workers=1) as sandbox:
        verdicts = [checked(sandbox, ENDLESS, f"{n}", 1, SHORT) for n in range(5)]
    assert {verdict.status for verdict in verdicts} == {"unscored"}
    assert len(asked) == 2  # about the first answer, and about the expected one


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("before", [[], ["r = f(1)\nassert r == 1"]])
def test_a_test_that_breaks_before_it_asks_the_program_is_broken(
    any_sandbox: Sandbox, before: list[str], body: str, reason: str
) -> None:
    code = f"{body}\nassert f(1) == 1"
    limits = SHORT if body == ENDLESS else ROOMY
    verdict = judged(any_sandbox, "def f(x): return 1", *before, code, limits=limits)
    assert verdict.tests[-1].status == "unscored"
    assert f"the test itself is broken: {reason}" in verdict.reason
    assert len(verdict.reason) <= MAX_MESSAGE


def test_a_broken_test_is_run_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    judge = AssertSession.judge
    monkeypatch.setattr(AssertSession, "judge", lambda *given: runs.append(1) or judge(*given))
    for code in ("raise ValueError", ENDLESS, "import os; os._exit(0)"):
        verdict = judged(sandbox, "def f(x): return 1", f"{code}\nassert f(1)", limits=SHORT)
        assert verdict.status == "unscored"
    assert len(runs) == 3


def test_a_test_is_not_broken_for_what_those_before_it_have_kept(shared_sandbox: Sandbox) -> None:
    """In isolation ``program`` a judge that holds much of a program's data begins anew."""
    keeps = "import math\nmath.kept = [f(1) for _ in range(4)]\nassert len(math.kept) == 4"
    needs = "much = 'x' * 180_000_000\ndel much\nassert len(f(1)) == 30_000_000"
    right = "def f(x): return 'x' * 30_000_000"
    verdict = judged(shared_sandbox, right, keeps, needs)
    assert [test.status for test in verdict.tests] == ["passed", "passed"], verdict


class Picky:
    """A judging rule that has never seen an answer of another form."""

    is_lenient = False

    def stdin(self, test: Test, output: bytes) -> bool:
        return int(output) == int(test.output)

    def call(self, test: Test, value: bytes) -> bool:
        return {b"i": True}[value[:1]]


@pytest.mark.parametrize(
    ("test", "program", "status"),
    [
        (TestCase.stdin("", "1"), "print(1)", "passed"),
        (TestCase.stdin("", "1"), "print('one')", "wrong_answer"),
        (TestCase.stdin("", "one"), "print('one')", "unscored"),
        (TestCase.call([1], 1), "def f(x): return 1", "passed"),
        (TestCase.call([1], 1), "def f(x): return 'one'", "wrong_answer"),
        (TestCase.call([1], "one"), "def f(x): return 'one'", "unscored"),
    ],
)
def test_a_rule_that_fails_on_an_answer_alone_makes_it_wrong(
    sandbox: Sandbox, test: Test, program: str, status: str
) -> None:
    assert isinstance(sandbox.backend, LocalBackend)
    sandbox.backend.rules["picky"] = Picky()
    problem = Problem("t", "", [test], entry_point="f", rule="picky", limits=ROOMY)
    assert sandbox.judge(problem, program).status == status


def test_the_error_is_that_of_the_first_test_with_the_overall_status(sandbox: Sandbox) -> None:
    program = "def f(x): return {1: 0}[x]"
    verdict = judged(sandbox, program, "assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 3")
    assert [test.status for test in verdict.tests] == [
        "wrong_answer",
        "runtime_error",
        "runtime_error",
    ]
    assert verdict.status == "runtime_error"
    assert verdict.error is not None
    assert verdict.error == verdict.tests[1].error
    assert (verdict.error.type, verdict.error.message) == ("KeyError", "2")
    assert verdict_to_dict(verdict)["error"] == verdict.error.to_dict()


def test_an_unscored_verdict_has_no_error(sandbox: Sandbox) -> None:
    verdict = judged(sandbox, "def f(x): return 1 / 0", "assert f(1) == 1", "1 / 0")
    assert verdict.status == "unscored"
    assert verdict.error is None
