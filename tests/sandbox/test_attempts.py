"""What a program seems to have tried is told beside the status, which it does not change."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

TESTS = {
    "call": TestCase.call([1], 5),
    "literal": TestCase.assertion("assert f(1) == 5"),
    "code": TestCase.assertion("x = f(1)\nassert x == 5"),
    "guarded": TestCase.assertion("assert f(1) == 5", guarded=True),
}
LIAR = "class Liar:\n    def __eq__(self, other): return True\n"


def attempts(sandbox: Sandbox, kind: str, program: str) -> tuple[str, dict[str, int]]:
    limits = Limits(cpu_s=2)
    problem = Problem("t", "", [TESTS[kind]], entry_point="f", limits=limits)
    verdict = sandbox.judge(problem, program)
    return verdict.status, dict(verdict.attempts)


@pytest.mark.parametrize("kind", TESTS)
@pytest.mark.parametrize(
    "program",
    [
        "import os\ndef f(x): os._exit(0)",
        "import sys\ndef f(x): sys.exit(0)",
        "import os\nos._exit(0)",
        "raise SystemExit",
    ],
)
def test_ending_early(any_sandbox: Sandbox, kind: str, program: str) -> None:
    assert attempts(any_sandbox, kind, program) == ("runtime_error", {"early_exit": 1})


@pytest.mark.parametrize("kind", ["call", "literal"])
@pytest.mark.parametrize("value", ["Liar()", "[1, Liar()]", "type('I', (Liar, int), {})(4)"])
def test_lying_about_equality(any_sandbox: Sandbox, kind: str, value: str) -> None:
    program = f"{LIAR}def f(x): return {value}"
    assert attempts(any_sandbox, kind, program) == ("wrong_answer", {"liar_object": 1})


@pytest.mark.parametrize("after", ["", "raise KeyError(1)", "import os; os._exit(0)"])
def test_lying_about_equality_as_a_handle(any_sandbox: Sandbox, after: str) -> None:
    program = f"{LIAR}def f(x): return Liar()\ndef g():\n    {after or 'pass'}"
    test = TestCase.assertion("x = f(1)\ng()\nassert x == 5")
    verdict = any_sandbox.judge(Problem("t", "", [test]), program)
    early = "os._exit" in after
    assert verdict.status == ("runtime_error" if after else "wrong_answer")
    assert dict(verdict.attempts) == {"early_exit" if early else "liar_object": 1}
    if "KeyError" in after:
        assert verdict.error is not None
        assert verdict.error.type == "KeyError"


@pytest.mark.parametrize("kind", TESTS)
def test_a_call_that_is_refused(any_sandbox: Sandbox, kind: str) -> None:
    program = "import socket\ndef f(x): return socket.socket()"
    assert attempts(any_sandbox, kind, program) == ("forbidden", {"refused_call": 1})


@pytest.mark.parametrize(
    ("program", "attempt"),
    [
        (
            "class Liar:\n    def __eq__(self, other): return True\ndef f(x): return Liar()",
            "liar_object",
        ),
        ("import ast\nast.parse = lambda *_: None\ndef f(x): return 4", "tampering"),
        ("import gc\ndef f(x): return len(gc.get_objects())", "refused_call"),
        ("import ctypes\ndef f(x): return ctypes.c_int(x)", "refused_call"),
    ],
)
def test_cheating_beside_a_guarded_test(any_sandbox: Sandbox, program: str, attempt: str) -> None:
    status, found = attempts(any_sandbox, "guarded", program)
    assert status == ("forbidden" if attempt == "refused_call" else "wrong_answer")
    assert found == {attempt: 1}


@pytest.mark.parametrize("kind", ["call", "literal"])
def test_writing_where_only_we_write(any_sandbox: Sandbox, kind: str) -> None:
    program = (
        "import os\ndef f(x):\n    os.write(3, b'V\\x07\\0\\0\\0i\\2\\0\\0\\0\\5\\0')\n    return 4"
    )
    assert attempts(any_sandbox, kind, program) == ("runtime_error", {"channel_misuse": 1})


@pytest.mark.parametrize("kind", TESTS)
@pytest.mark.parametrize(
    "program",
    [
        "def f(x): return 4",
        "def f(x): return object()",
        "def f(x): return 1 // 0",
        "class P:\n    def __eq__(self, other): return self.x == other.x\ndef f(x): return P()",
    ],
)
def test_honest_mistakes_are_no_attempts(any_sandbox: Sandbox, kind: str, program: str) -> None:
    status, found = attempts(any_sandbox, kind, program)
    assert status in ("wrong_answer", "runtime_error")
    assert found == {}
