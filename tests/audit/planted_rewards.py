"""Datasets that pay for programs without work, or let attacks pass."""

from __future__ import annotations

from dataclasses import replace

from planted_datasets import CUBE, LARGER, Planted, asserts, calls, stdin

REWARDS = [
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
]
