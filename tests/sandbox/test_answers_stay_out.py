"""The answer never meets the program: what a candidate can reach holds no expected output."""

from __future__ import annotations

import secrets

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

# Looks through every object, every mapped page and every descriptor of its own process.
SEARCH = """
import ctypes, gc, os, sys

def found(needle):
    places = []
    for thing in gc.get_objects():
        try:
            if needle in repr(thing):
                places.append(type(thing).__name__)
        except Exception:
            pass
    frame = sys._getframe(1)
    while frame:
        if needle in repr(frame.f_locals):
            places.append("frame")
        frame = frame.f_back
    for fd in range(64):
        try:
            size = os.lseek(fd, 0, 2)
            if needle.encode() in os.pread(fd, size, 0):
                places.append(f"fd {fd}")
        except OSError:
            pass
    for path in ("/proc/self/maps", "/proc/self/mem", "/proc/self/environ", "/proc/self/cmdline"):
        try:
            open(path, "rb")
            places.append(path)
        except OSError:
            pass
    return places

def f(first, second):
    # joined here, so that the whole never stands in the program's own objects
    return found(first + second)
"""


@pytest.fixture
def secret() -> tuple[str, str]:
    return secrets.token_hex(8), secrets.token_hex(8)


def test_a_call_finds_no_trace_of_its_expected_value(
    any_sandbox: Sandbox, secret: tuple[str, str]
) -> None:
    tests = [TestCase.call(secret, "".join(secret)), TestCase.call(secret, [])]
    limits = Limits(cpu_s=20)
    verdict = any_sandbox.judge(Problem("t", "", tests, entry_point="f", limits=limits), SEARCH)
    assert [test.status for test in verdict.tests] == ["wrong_answer", "passed"], verdict


def test_an_assert_stays_in_the_judge(any_sandbox: Sandbox, secret: tuple[str, str]) -> None:
    a, b = secret
    tests = [TestCase.assertion(f"expected = {a + b!r}\nassert f({a!r}, {b!r}) == []")]
    limits = Limits(cpu_s=20)
    verdict = any_sandbox.judge(Problem("t", "", tests, limits=limits), SEARCH)
    assert verdict.passed, verdict


def test_a_stdin_program_finds_no_expected_output(
    any_sandbox: Sandbox, secret: tuple[str, str]
) -> None:
    program = SEARCH + "\nprint(len(f(input(), input())))"
    tests = [TestCase.stdin("\n".join(secret), "0\n"), TestCase.stdin("a\nb", "".join(secret))]
    limits = Limits(cpu_s=20)
    verdict = any_sandbox.judge(Problem("t", "", tests, limits=limits), program)
    assert [test.status for test in verdict.tests] == ["passed", "wrong_answer"], verdict


def test_only_the_declared_descriptors_are_open(sandbox: Sandbox) -> None:
    program = """
import os
for fd in range(64):
    try:
        os.fstat(fd)
        print(fd, end=" ")
    except OSError:
        pass
"""
    assert sandbox.run(program).stdout.split() == ["0", "1", "2", "3"]
