"""The check of prompt formats."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rltf import manager
from rltf.problem import Problem, TestCase
from rltf.prompt import PromptFormat
from rltf.testing.plugin_under_test import PluginUnderTest
from rltf.testing.sample_corpus import CALLED, READ

_SECRET = 271828182845
"""The answer of a hidden test."""

PROBLEMS: Sequence[Problem] = (
    CALLED,
    READ,
    replace(CALLED, starter_code="def double(x):\n"),
    replace(CALLED, prompt='def double(x):\n    """Return twice the number, ≥ 0."""\n'),
    replace(CALLED, prompt="", tests=[TestCase.assertion("assert double(1) == 2")]),
    replace(
        CALLED,
        tests=[TestCase.call([1], 2, visible=True), TestCase.call([_SECRET // 2], _SECRET)],
    ),
)
COMPLETIONS = (
    "",
    "    return 2 * x\n",
    "def double(x):\n    return 2 * x  # größer\n",
    "Twice:\n```python\ndef double(x):\n    return 2 * x\n```\nthe end",
    "def double(x):\r\n    return 2 * x\r\n",
)


def check_prompt(prompt: str | PromptFormat, **options: Any) -> None:
    """Raise ``AssertionError`` if a prompt format breaks the contract of ``PromptFormat``.

    Args:
        prompt: Its registered name, or the format.
        options: Options for the factory of a registered one: ``dataset``.
    """
    plugin = PluginUnderTest("prompt", prompt, options)
    if isinstance(prompt, str):
        plugin.make()  # an unknown name is named first
        plugin.require(
            "dataset" in manager.accepted_options("prompt", prompt, {"dataset": None}),
            "its factory must take `dataset`, as in factory(dataset=None)",
        )
    made: PromptFormat = plugin.make()
    plugin.require(
        isinstance(made, PromptFormat), f"its factory gives {made!r:.60}, which is no PromptFormat"
    )
    plugin.require(
        isinstance(made.stops, tuple) and all(isinstance(stop, str) for stop in made.stops),
        f"`stops` must be a tuple of texts, not {made.stops!r:.60}",
    )
    for problem in PROBLEMS:
        _check_text(plugin, made, problem)
        for completion in COMPLETIONS:
            _check_program(plugin, made, problem, completion)


def _check_text(plugin: PluginUnderTest, made: PromptFormat, problem: Problem) -> None:
    subject = f"the prompt of a problem ({problem.prompt!r:.40})"
    before = copy.deepcopy(problem)
    text = plugin.call(subject, made.text, problem)
    plugin.require(isinstance(text, str) and text, f"{subject} is {text!r:.60}, not text")
    again = plugin.call(f"{subject}, a second time,", made.text, problem)
    plugin.require(text == again, f"{subject} is another one the second time")
    plugin.require(problem == before, f"{subject} changes the problem")
    plugin.require(
        str(_SECRET) not in text, f"{subject} shows a hidden test although others are visible"
    )


def _check_program(
    plugin: PluginUnderTest, made: PromptFormat, problem: Problem, completion: str
) -> None:
    subject = f"the program of the completion {completion!r:.60}"
    program = plugin.call(subject, made.program, problem, completion)
    plugin.require(isinstance(program, str), f"{subject} is {program!r:.60}, not text")
    again = made.program(problem, completion)
    plugin.require(program == again, f"{subject} is another one the second time")
    plugin.require(
        completion in program or program in completion,
        f"{subject} is {program!r:.60}: neither holds the other, so that rewards cannot find its tokens",
    )
