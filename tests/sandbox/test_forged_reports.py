"""Reports that a program forges are cut to what a report may hold, and verdicts stay writable."""

from __future__ import annotations

import json

import pytest

from rltf import Limits, Problem, TestCase, Verdict
from rltf.samples.verdict_line import verdict_to_dict
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.outcomes import MAX_MESSAGE, MAX_NAME

from .time_limits import ROOMY


def judged(sandbox: Sandbox, program: str, *tests: str, limits: Limits = ROOMY) -> Verdict:
    cases = [TestCase.assertion(code) for code in tests]
    return sandbox.judge(Problem("t", "", cases, entry_point="f", limits=limits), program)


FORGED = """
import os, struct, time
def text(word): return b"s" + struct.pack("<I", len(word)) + word
def tup(*items): return b"t" + struct.pack("<I", len(items)) + b"".join(items)
def ext(data): return b"x" + struct.pack("<I", len(data)) + data
def send(data):
    data = struct.pack("<I", 0) + data  # no new containers
    data = memoryview(struct.pack("<I", len(data)) + data)
    while data: data = data[os.write(5, data):]
def raised(*description):
    error = ext(tup(text(b"error"), text(b"ValueError"), tup()))
    send(tup(text(b"raised"), error, tup(*description)))
    time.sleep(9)
"""
NONE = ["b'N'"] * 4
DESCRIPTIONS = {
    "40 MB of message": ["text(b'V')", "text(b'm' * 40_000_000)", *NONE, "text(b'test')", "text(b'')"],
    "long in all its parts": ["text(b'V' * 9**6)"] * 2 + NONE + ["text(b't' * 9**6)"] * 2,
    "a handle": ["text(b'V')", "text(b'')", "ext(tup(text(b'builtin'), text(b'builtins.len')))"],
    "a value in a place": ["text(b'V')", "text(b'')", "b'l\\0\\0\\0\\0'", *NONE],
    "a huge line": ["text(b'V')", "text(b'')", "b'i\\x40\\0\\0\\0' + b'1' * 64", *NONE[1:], "text(b'test')", "text(b'')"],
}  # fmt: skip


@pytest.mark.parametrize("description", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_a_forged_description_is_cut_to_what_one_may_be(
    any_sandbox: Sandbox, description: list[str]
) -> None:
    program = f"{FORGED}def f(x): raised({', '.join(description)})"
    (test,) = judged(any_sandbox, program, "f(1)\nassert True").tests
    assert test.status == "runtime_error"
    assert test.error is not None
    assert set(test.error.type) == {"V"}
    assert len(test.error.type) <= MAX_NAME
    assert len(test.error.message) <= MAX_MESSAGE
    assert test.error.line is None


@pytest.mark.parametrize("kind", ["b'U'", "b'L'", "b'X'", "b'V'"])
def test_a_forged_report_is_cut_as_well(sandbox: Sandbox, kind: str) -> None:
    program = (
        "import os, struct\n"
        f"def f(x):\n    os.write(3, {kind} + struct.pack('<I', 900_000) + b'm' * 900_000)\n"
        "    os._exit(0)"
    )
    (test,) = judged(sandbox, program, "assert f(1) == 2").tests
    assert test.status in ("wrong_answer", "runtime_error")
    assert test.error is None or len(test.error.message) < MAX_MESSAGE


def test_a_verdicts_line_is_bounded(any_sandbox: Sandbox) -> None:
    """docs/score.md says how long it may be."""
    program = """
import os
def f(x):
    for stream in (1, 2): os.write(stream, bytes([255]) * 4000)
    raise type(chr(0x10ffff) * 10**6, (Exception,), {})(chr(0x10ffff) * 4_000_000)
"""
    code = "f(1)\nassert True"
    verdict = judged(any_sandbox, program, code, code)
    assert [test.status for test in verdict.tests] == ["runtime_error"] * 2
    assert len(json.dumps(verdict_to_dict(verdict))) < 3 * 54_000


def test_nothing_of_a_message_keeps_it_from_being_written(any_sandbox: Sandbox) -> None:
    verdict = judged(any_sandbox, "def f(x): raise ValueError('\\ud800')", "f(1)\nassert True")
    assert verdict.error is not None
    verdict.error.message.encode()


def test_a_program_of_very_many_names_is_judged(any_sandbox: Sandbox) -> None:
    program = (
        "globals().update({f'name_of_number_{n}': n for n in range(30_000)})\ndef f(x): return 1"
    )
    assert judged(any_sandbox, program, "r = f(1)\nassert r == 1").passed
