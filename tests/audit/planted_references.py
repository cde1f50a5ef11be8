"""Datasets whose reference programs fail, are slow, or pass only here and now."""

from __future__ import annotations

from dataclasses import replace

from planted_datasets import DOUBLE, Planted, calls, stdin

from rltf import Limits

BURN = "import time\ndef burn(n):\n    while time.process_time() < {}: pass\n    return n"
ONE_SECOND = Limits(cpu_s=1.0, wall_s=60.0)
VOWELS = "def vowels(n): return [name for name in {'anna', 'berta', 'carla', 'dora'}][n]"

REFERENCES = [
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
]
