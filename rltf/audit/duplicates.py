"""Problems that share their description or their tests, within a dataset and with other ones."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rltf.audit.findings import Consequence, Finding, Kind
from rltf.augment.new_inputs import key
from rltf.augment.signatures import stated
from rltf.problem import Problem

WORDS = 8
"""Words of an n-gram (GPT-3's decontamination used 8 to 13); a shorter description is one n-gram."""
_MOST_COMMON = 20
"""An n-gram that more problems have is a phrase of the dataset, and says nothing."""
_SHARE = 0.6
"""Of the n-grams of the shorter description that a duplicate shares."""
_SHARE_OF_TESTS = 0.6
_LEAST_TESTS = 2
"""Shared tests that are no coincidence."""


@dataclass(frozen=True)
class _Marks:
    """What is compared of a problem."""

    task_id: str
    text: str
    words: frozenset[tuple[str, ...]]
    tests: frozenset[str]


def duplicates(problems: Sequence[Problem]) -> dict[str, Finding]:
    """Return task id to a finding, for each problem that repeats an earlier one."""
    return _alike(problems, problems, "duplicate", "the dataset")


def leaks(
    problems: Sequence[Problem], held_out: Mapping[str, Sequence[Problem]]
) -> dict[str, list[Finding]]:
    """Return task id to findings, for each problem that is like one of other datasets."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for name, others in held_out.items():
        for task_id, finding in _alike(problems, others, "leak", name).items():
            found[task_id].append(finding)
    return dict(found)


def _alike(
    problems: Sequence[Problem], others: Sequence[Problem], kind: Kind, where: str
) -> dict[str, Finding]:
    marks = list(map(_marks, others))
    by_mark = _index(marks)
    found: dict[str, Finding] = {}
    for place, problem in enumerate(problems):
        mine = marks[place] if others is problems else _marks(problem)
        shared = Counter(
            other
            for mark in (*mine.words, *mine.tests)
            for other in by_mark.get(mark, ())
            if others is not problems or other < place
        )
        for other in sorted(shared):
            if why := _reason(mine, marks[other]):
                what = f"{why} of {marks[other].task_id} in {where}"
                is_sure = kind == "leak" or mine.text == marks[other].text or "tests" in why
                consequence: Consequence = "left_out" if is_sure else "noted"
                found[problem.task_id] = Finding(kind, what, consequence)
                break
    return found


def _index(marks: Sequence[_Marks]) -> dict[object, list[int]]:
    by_mark: dict[object, list[int]] = defaultdict(list)
    for place, each in enumerate(marks):
        for mark in (*each.words, *each.tests):
            by_mark[mark].append(place)
    return {mark: places for mark, places in by_mark.items() if len(places) <= _MOST_COMMON}


def _reason(mine: _Marks, other: _Marks) -> str:
    words = mine.words & other.words
    if len(words) >= _SHARE * max(1, min(len(mine.words), len(other.words))):
        return "has the description" if mine.text == other.text else "has most of the description"
    tests = mine.tests & other.tests
    least = min(len(mine.tests), len(other.tests))
    if len(tests) >= max(min(_LEAST_TESTS, least), _SHARE_OF_TESTS * least, 1):
        return "has the tests"
    return ""


def _marks(problem: Problem) -> _Marks:
    words = re.findall(r"[^\W_]+", problem.prompt.lower())
    grams = {tuple(words[start : start + WORDS]) for start in range(max(1, len(words) - WORDS + 1))}
    text = " ".join(words)
    return _Marks(problem.task_id, text, frozenset(grams), frozenset(_tests(problem)))


def _tests(problem: Problem) -> Iterator[str]:
    """Yield each test as text that does not depend on the name of the function."""
    for test in problem.tests:
        known = False
        for _, given, output in stated(problem, test):
            known = True
            text = f"{key(given)} -> {output!r}"
            if len(text) > 12:  # a short one is common to many problems
                yield text
        if not known and test.code:
            yield _nameless(test.code, filter(None, [problem.entry_point]))


def _nameless(code: str, names: Iterable[str]) -> str:
    for name in names:
        code = re.sub(rf"\b{re.escape(name)}\b", "f", code)
    return code
