"""Clean problems and datasets, and what a dataset with a planted fault is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rltf import Problem, TestCase
from rltf.audit.findings import Kind


def calls(name: str, prompt: str, program: str, *pairs: tuple[Any, ...], **more: Any) -> Problem:
    """A problem whose tests call a function; a pair is the arguments, then the expected value."""
    tests = [TestCase.call(pair[:-1], pair[-1]) for pair in pairs]
    return Problem(name, prompt, tests, entry_point=name, solutions=(program,), **more)


def asserts(name: str, prompt: str, program: str, *codes: str, **more: Any) -> Problem:
    """A problem whose tests are code."""
    tests = list(map(TestCase.assertion, codes))
    return Problem(name, prompt, tests, entry_point=name, solutions=(program,), **more)


def stdin(name: str, prompt: str, program: str, *pairs: tuple[str, str], **more: Any) -> Problem:
    """A problem whose tests are texts."""
    tests = [TestCase.stdin(*pair) for pair in pairs]
    return Problem(name, prompt, tests, solutions=(program,), **more)


DOUBLE = calls(
    "double",
    "Multiply the whole number that you are given by two, whatever its sign.",
    "def double(n): return n * 2",
    *[(n, 2 * n) for n in (0, 1, 2, 3, 7, -4, 100)],
)
JOIN = calls(
    "join",
    "Put a hyphen between the words of the list, none before the first or after the last.",
    "def join(words): return '-'.join(words)",
    *[(words, "-".join(words)) for words in (["a", "b"], ["x"], [], ["q", "r", "s"])],
)
ADD = stdin(
    "add",
    "Read two whole numbers from one line and print their sum.",
    "a, b = map(int, input().split())\nprint(a + b)",
    *[(f"{a} {b}\n", f"{a + b}\n") for a, b in ((1, 2), (3, 0), (-5, 4), (20, 22), (7, -9))],
)
LARGER = asserts(
    "larger",
    "Of two numbers, return that which lies further to the right on the number line.",
    "def larger(a, b): return max(a, b)",
    *[f"assert larger({a}, {b}) == {max(a, b)}" for a, b in ((1, 2), (5, 3), (-1, -7), (4, 4))],
)
BACKWARDS = asserts(
    "backwards",
    "Turn a text around, so that its last character comes first.",
    "def backwards(text): return ''.join(reversed(text))",
    *[f"assert backwards({t!r}) == {t[::-1]!r}" for t in ("ab", "", "x", "hello", "no on!")],
)
CUBE = calls(
    "cube",
    "What is the volume of a die with an edge of n centimetres, in cubic centimetres?",
    "def cube(n): return n * n * n",
    *[(n, n**3) for n in (0, 1, 2, 3, 5, 10)],
)
SHOUT = stdin(
    "shout",
    "Print the line that is read in capital letters.",
    "print(input().upper())",
    ("abc\n", "ABC\n"),
    ("Hi You\n", "HI YOU\n"),
    ("x1\n", "X1\n"),
    ("Z\n", "Z\n"),
)
GOOD = (DOUBLE, JOIN, ADD, LARGER, BACKWARDS, CUBE, SHOUT)
CLEAN = [[GOOD[place], GOOD[(place + 2) % 7], GOOD[(place + 3) % 7]] for place in range(7)]
CLEAN += [list(GOOD[:5]), list(GOOD[2:]), list(GOOD)]


@dataclass(frozen=True)
class Planted:
    """A dataset with one fault, in its first problem."""

    name: str
    kind: Kind
    problem: Problem
    says: str = ""
    """What the finding must say."""
    others: tuple[Problem, ...] = (DOUBLE, ADD)
    against: tuple[Problem, ...] = ()
    reward: str = "coarse,fine,adaptive"

    @property
    def problems(self) -> list[Problem]:
        return [self.problem, *self.others]
