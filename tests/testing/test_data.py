"""What the checks of datasets, prompt formats and judging rules find."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from rltf import Problem, TestCase, testing
from rltf.dataset import LoadedDataset
from rltf.prompt import PromptFormat
from rltf.testing.sample_corpus import CALLED

GOOD = LoadedDataset(
    "good", "good/", ("train",), (replace(CALLED, split="train"),), {"x": "no tests"}
)


def problems(*changes: dict[str, Any]) -> LoadedDataset:
    """A dataset of problems that are changed."""
    return replace(GOOD, all_problems=tuple(replace(GOOD.all_problems[0], **c) for c in changes))


class Shuffled:
    """Another order at every call."""

    name, id_prefix, skipped = "shuffled", "", {}
    turns = itertools.count()

    def problems(self, split: str | None = None) -> list[Problem]:
        pair = [replace(CALLED, task_id="a"), replace(CALLED, task_id="b")]
        return pair if next(self.turns) % 2 else pair[::-1]


class OneSplit(Shuffled):
    """The same problems, whatever split is asked for."""

    def problems(self, split: str | None = None) -> list[Problem]:
        return [replace(CALLED, task_id=name, split=name) for name in ("train", "test")]


class AnotherOrder(Shuffled):
    """Another order each time that it is made."""

    def __init__(self) -> None:
        self.pair = super().problems()

    def problems(self, split: str | None = None) -> list[Problem]:
        return self.pair


DATASETS: dict[str, tuple[Any, str]] = {
    "no name": (replace(GOOD, name=""), "`name` must be text"),
    "no prefix": (replace(GOOD, id_prefix=None), "`id_prefix` must be text"),
    "no problems": (replace(GOOD, all_problems=()), "must be a sequence with problems"),
    "not problems": (type("Rows", (Shuffled,), {"problems": lambda self: [3]})(), "no Problem"),
    "one id twice": (problems({}, {}), "two problems have the task id 'double'"),
    "one id with and without the prefix": (
        problems({"task_id": "1"}, {"task_id": "good/1"}),
        "two problems have the task id 'good/1'",
    ),
    "an id that is a number": (problems({"task_id": 3}), "the task id 3 must be text"),
    "skipped without reasons": (replace(GOOD, skipped={"x": None}), "to reasons in words"),
    "skipped and there": (replace(GOOD, skipped={"good/double": "?"}), "is in `skipped` and in"),
    "no order": (Shuffled(), "a second call of problems\\(\\) has another order"),
    "another order when it is made again": (AnotherOrder, "made again, it has another order"),
    "no splits": (OneSplit(), "must be those of problems"),
    "no tests": (problems({"tests": ()}), "has no tests: it can never be passed"),
    "tests that are rows": (problems({"tests": [{"input": ""}]}), "which is no TestCase"),
    "calls of nothing": (problems({"entry_point": None}), "but no entry_point"),
    "values that cannot cross": (
        problems({"tests": [TestCase.call([object()], 1)]}),
        "values cannot be given to a program",
    ),
    "solutions that are none": (problems({"solutions": [None]}), "must be programs"),
    "no rule": (problems({"rule": "fuzzy"}), "unknown rule 'fuzzy'"),
    "tests that cannot be run": (
        problems({"checker": "def check(:", "solutions": ["def double(x): return 2 * x"]}),
        "cannot be run",
    ),
}


def test_a_good_dataset_passes() -> None:
    testing.check_dataset(GOOD)


@pytest.mark.parametrize("broken", DATASETS)
def test_a_broken_dataset_is_found(broken: str) -> None:
    dataset, message = DATASETS[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_dataset(dataset)
    assert "\n" not in str(caught.value)


GOOD_PROMPT = PromptFormat(lambda problem: f"# {problem.prompt}\n", lambda problem, text: text)
count = itertools.count()
PROMPTS: dict[str, tuple[Any, str]] = {
    "no format": (lambda problem: "", "which is no PromptFormat"),
    "a list of stops": (replace(GOOD_PROMPT, stops=["\n"]), "`stops` must be a tuple of texts"),  # type: ignore[arg-type]
    "no text": (replace(GOOD_PROMPT, text=lambda problem: None), "is None, not text"),  # type: ignore[arg-type, return-value]
    "empty": (replace(GOOD_PROMPT, text=lambda problem: problem.prompt), "is '', not text"),
    "draws": (replace(GOOD_PROMPT, text=lambda problem: str(next(count))), "is another one"),
    "fails": (replace(GOOD_PROMPT, text=lambda problem: problem.tests[9].code), "raises IndexErr"),
    "changes the problem": (
        replace(GOOD_PROMPT, text=lambda problem: problem.metadata.setdefault("x", "shown")),  # type: ignore[attr-defined]
        "changes the problem",
    ),
    "shows hidden tests": (
        replace(GOOD_PROMPT, text=lambda problem: str([t.expected for t in problem.tests])),
        "shows a hidden test",
    ),
    "no program": (replace(GOOD_PROMPT, program=lambda problem, text: None), "is None, not text"),  # type: ignore[arg-type, return-value]
    "rewrites": (
        replace(GOOD_PROMPT, program=lambda problem, text: text.upper()),
        "rewards cannot find its tokens",
    ),
    "programs that are drawn": (
        replace(GOOD_PROMPT, program=lambda problem, text: f"{text}# {next(count)}"),
        "is another one the second time",
    ),
    "needs a dataset": ("google-3shot", "its factory raises DataError"),
}


def test_a_good_prompt_passes() -> None:
    testing.check_prompt(GOOD_PROMPT)


@pytest.mark.parametrize("broken", PROMPTS)
def test_a_broken_prompt_is_found(broken: str) -> None:
    prompt, message = PROMPTS[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_prompt(prompt)
    assert "\n" not in str(caught.value)


class Rule:
    """Right, by the bytes."""

    harness = ""

    def stdin(self, test: TestCase, output: bytes) -> Any:
        return output == test.output.encode()

    def call(self, test: TestCase, value: bytes) -> Any:
        from rltf.sandbox.guest.shared.values import encode

        return value == encode(test.expected)


def rule(**parts: Any) -> Any:
    return type("Broken", (Rule,), parts)()


JUDGES: dict[str, tuple[Any, str]] = {
    "names no harness": (rule(harness=None), "`harness` must be"),
    "no answer": (rule(stdin=lambda *arguments: None), "gives None, not True or False"),
    "all outputs are right": (rule(stdin=lambda *arguments: True), "in place of '42' is True"),
    "all outputs are wrong": (rule(stdin=lambda *arguments: False), "itself is False"),
    "reads outputs as text": (
        rule(stdin=lambda self, test, output: output.decode() == test.output),
        "raises UnicodeDecodeError",
    ),
    "all values are right": (rule(call=lambda *arguments: True), "in place of None is True"),
    "all values are wrong": (
        rule(call=lambda *arguments: False),
        "expected value None itself is False",
    ),
    "trusts values": (
        rule(call=lambda self, test, value: b"none" not in value and value[0] > 0),
        "raises IndexError",
    ),
    "another answer each time": (
        rule(stdin=lambda self, test, output: next(count) % 2 == 0),
        "itself is (different|False)",
    ),
}


def test_a_good_rule_passes() -> None:
    testing.check_rule(Rule())


@pytest.mark.parametrize("broken", JUDGES)
def test_a_broken_rule_is_found(broken: str) -> None:
    judge, message = JUDGES[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_rule(judge)
    assert "\n" not in str(caught.value)
