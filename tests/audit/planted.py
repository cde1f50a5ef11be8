"""Small datasets, each with one known fault, and clean ones; data for ``test_planted.py``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rltf import Limits, Problem, TestCase
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


BURN = "import time\ndef burn(n):\n    while time.process_time() < {}: pass\n    return n"
ONE_SECOND = Limits(cpu_s=1.0, wall_s=60.0)
VOWELS = "def vowels(n): return [name for name in {'anna', 'berta', 'carla', 'dora'}][n]"
MEAN = "def mean(xs): return sum(xs) // len(xs)"

PLANTED = [
    Planted(
        "a sort that only sorted lists test",
        "weak_tests",
        calls(
            "second",
            "The second smallest.",
            "def second(xs): return sorted(xs)[1]",
            ([1, 2, 3], 2),
            ([5, 5], 5),
        ),
    ),
    Planted(
        "a division without a remainder",
        "weak_tests",
        asserts(
            "mean",
            "The mean, rounded down.",
            MEAN,
            "assert mean([2, 2]) == 2",
            "assert mean([4]) == 4",
            "assert mean([3, 5]) == 4",
        ),
    ),
    Planted(
        "a digit that no test has",
        "weak_tests",
        calls(
            "digits",
            "The sum of the last two digits.",
            "def digits(n): return n % 10 + n // 10 % 10",
            (7, 7),
            (3, 3),
            (9, 9),
        ),
    ),
    Planted(
        "a branch that no test takes",
        "weak_tests",
        stdin(
            "branch",
            "Print the product if the first is larger, else the sum.",
            "a, b = map(int, input().split())\nprint(a * b if a > b else a + b)",
            ("3 4\n", "7\n"),
            ("5 6\n", "11\n"),
        ),
    ),
    Planted(
        "a power that is a product too",
        "weak_tests",
        asserts(
            "power",
            "a to the power of b.",
            "def power(a, b): return a ** b",
            "assert power(2, 2) == 4",
            "assert power(1, 1) == 1",
        ),
    ),
    Planted(
        "a check function with one value",
        "weak_tests",
        asserts(
            "power",
            "a to the power of b.",
            "def power(a, b): return a ** b",
            "def check(candidate):\n    assert candidate(2, 2) == 4\n"
            "    assert candidate(1, 1) == 1\n\ncheck(power)",
        ),
        "mutants",
    ),
    Planted(
        "a wrong reference",
        "failing_reference",
        calls("half", "Half of it.", "def half(n): return n // 3", (4, 2), (8, 4)),
        "wrong_answer",
    ),
    Planted(
        "a reference that raises",
        "failing_reference",
        stdin("third", "A third of it.", "print(int(input()) / 0)", ("9\n", "3\n")),
        "runtime_error",
    ),
    Planted(
        "a wrong reference among right ones",
        "failing_reference",
        replace(
            DOUBLE,
            task_id="twice",
            prompt="Twice the number.",
            solutions=(*DOUBLE.solutions, "def double(n): return n ** 2"),
        ),
        "1 of 2 references",
    ),
    Planted(
        "the order of a set, in a call",
        "fragile",
        calls("vowels", "The first name.", VOWELS, (0, "PLACEHOLDER"), (1, "PLACEHOLDER")),
        "hash seed",
    ),
    Planted(
        "the order of a set, on standard output",
        "fragile",
        stdin(
            "names",
            "Print the names.",
            "print(*{'anna', 'berta', 'carla', input()})",
            ("dora\n", "PLACEHOLDER"),
        ),
        "hash seed",
    ),
    Planted(
        "tests that need their order",
        "fragile",
        calls(
            "climb",
            "The number.",
            "seen = []\ndef climb(n):\n    seen.append(n)\n    return n if seen == sorted(seen) else 0",
            (1, 1),
            (2, 2),
            (3, 3),
        ),
        "order",
    ),
    Planted(
        "the year of today",
        "fragile",
        calls(
            "age",
            "The age of somebody born in that year.",
            "import datetime\ndef age(year): return datetime.date.today().year - year",
            (2000, "PLACEHOLDER"),
            (1990, "PLACEHOLDER"),
        ),
        "date",
    ),
    Planted(
        "the clock of the machine",
        "fragile",
        stdin(
            "decade",
            "Print the decade.",
            "import time\nprint(time.localtime().tm_year // 10)",
            ("\n", "PLACEHOLDER"),
        ),
        "date",
    ),
    Planted(
        "the name of the locale",
        "fragile",
        calls(
            "encoding",
            "The encoding of files.",
            "import locale\ndef encoding(n): return locale.getpreferredencoding()[:n]",
            (3, "PLACEHOLDER"),
            (2, "PLACEHOLDER"),
        ),
        "locale",
    ),
    Planted(
        "a recursion for each number",
        "fragile",
        calls(
            "total",
            "The sum of the numbers up to n.",
            "def total(n): return 0 if n == 0 else n + total(n - 1)",
            (700, 245350),
            (3, 6),
        ),
        "recursion",
    ),
    Planted(
        "more than half of the time",
        "fragile",
        calls("burn", "Wait.", BURN.format(0.6), (1, 1), limits=ONE_SECOND),
        "half the time limit",
    ),
    Planted(
        "nearly all of the time",
        "slow_reference",
        calls("burn", "Wait.", BURN.format(0.8), (1, 1), limits=ONE_SECOND),
    ),
    Planted(
        "two values for one call",
        "contradiction",
        calls("root", "The root.", "def root(n): return 3", (9, 3), (9, -3)),
        "contradict each other",
    ),
    Planted(
        "two values for one assert",
        "contradiction",
        asserts(
            "root",
            "The root.",
            "def root(n): return 3",
            "assert root(9) == 3",
            "assert root(4) == 2",
            "assert root(9) == -3",
        ),
        "contradict each other",
    ),
    Planted(
        "two outputs for one input",
        "contradiction",
        stdin("root", "The root.", "print(3)", ("9\n", "3\n"), ("9\n", "-3\n")),
        "contradict each other",
    ),
    Planted(
        "an example that a test contradicts",
        "contradiction",
        replace(DOUBLE, task_id="doubled", prompt="Double it.\n\n>>> double(3)\n9\n"),
        "the prompt contradicts",
    ),
    Planted(
        "an example that the reference contradicts",
        "contradiction",
        replace(DOUBLE, task_id="doubled", prompt="Double it: double(50) == 101"),
        "the prompt contradicts",
    ),
    Planted(
        "an example of input and output that a test contradicts",
        "contradiction",
        replace(ADD, task_id="added", prompt="Add.\n\nInput\n1 2\n\nOutput\n4\n"),
        "the prompt contradicts",
    ),
    Planted(
        "nothing to print",
        "free_reward",
        stdin("quiet", "Read and be quiet.", "input()", ("a\n", ""), ("b\n", "")),
        "'empty'",
    ),
    Planted(
        "nothing to return",
        "free_reward",
        calls("forget", "Forget it.", "def forget(n): n + 1", (1, None), (2, None)),
        "'pass'",
    ),
    Planted(
        "always the same answer",
        "free_reward",
        calls(
            "is_even",
            "Is it even?",
            "def is_even(n): return n % 2 == 0",
            (2, True),
            (4, True),
            (8, True),
            (3, False),
        ),
        "'constant'",
    ),
    Planted(
        "visible tests alone",
        "free_reward",
        replace(
            CUBE,
            task_id="shown",
            prompt="The cube.",
            tests=[replace(test, visible=True) for test in CUBE.tests],
        ),
        "'lookup'",
    ),
    Planted(
        "a prompt that holds the solution",
        "free_reward",
        replace(LARGER, task_id="given", prompt=LARGER.solutions[0]),
        "'prompt'",
    ),
    Planted(
        "a reward for being there",
        "free_reward",
        CUBE,
        "'refusal'",
        (),
        reward="coarse,presence",
    ),
    Planted(
        "any object is right",
        "attack",
        asserts(
            "make",
            "Make something.",
            "def make(n): return [n]",
            "assert make(3) is not None",
            "assert make(4) is not None",
        ),
        "equal to everything",
    ),
    Planted(
        "anything but one value is right",
        "attack",
        asserts(
            "other",
            "Another number.",
            "def other(n): return n + 1",
            "assert other(3) != 3",
            "assert other(4) != 4",
        ),
    ),
    Planted(
        "the same description",
        "duplicate",
        replace(CUBE, task_id="again"),
        "description of cube",
        (CUBE,),
    ),
    Planted(
        "the same tests",
        "duplicate",
        replace(JOIN, task_id="again", prompt="Some quite different words that nobody else uses."),
        "tests of join",
        (JOIN,),
    ),
    Planted(
        "a problem of the benchmark",
        "leak",
        BACKWARDS,
        "the description of leaked",
        against=(replace(BACKWARDS, task_id="leaked", tests=BACKWARDS.tests[:1]),),
    ),
    Planted(
        "tests of the benchmark",
        "leak",
        JOIN,
        "tests of leaked",
        against=(replace(JOIN, task_id="leaked", prompt="Words with hyphens, please."),),
    ),
]
