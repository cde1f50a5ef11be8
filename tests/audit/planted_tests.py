"""Datasets whose tests are weak, or contradict each other or the prompt."""

from __future__ import annotations

from dataclasses import replace

from planted_datasets import ADD, DOUBLE, Planted, asserts, calls, stdin

MEAN = "def mean(xs): return sum(xs) // len(xs)"

WEAK = [
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
        "mutant",
    ),
]
CONTRADICTIONS = [
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
]
