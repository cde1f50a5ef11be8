"""Every attack of the corpus, tried for real in both isolations: none passes, none does harm."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from pathlib import Path

import pytest

from rltf import Problem, Sandbox, TestCase
from rltf.sandbox.judging.literal_asserts import literal_assert

from .attack_setup import Targets, make_targets
from .corpus import Attack, corpus

ATTACKS = corpus()
CLASSES = {
    "end early",
    "lie about equality and types",
    "steal the expected value",
    "patch builtins, modules, stdin or stdout",
    "forge or close the result channel",
    "write into the judge's channel",
    "resource bombs",
    "file system",
    "private folder",
    "network",
    "processes",
    "kernel surface",
    "state left for the next test or program",
    "objects and containers that both sides hold",
}
HONEST = Problem(
    "honest",
    "",
    [
        TestCase.stdin("3\n", "6\n"),
        TestCase.assertion("for number in range(3): assert f(number) == 2 * number"),
    ],
    entry_point="f",
)
HONEST_PROGRAM = """
def f(thing): return thing * 2
if __name__ == "__main__": print(f(int(input())))
"""


@pytest.fixture(scope="module", params=["test", "program"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(workers=1, isolation=request.param) as made:
        yield made


@pytest.fixture(scope="module")
def has_files(sandbox: Sandbox) -> bool:
    return sandbox.run("", files=True).status != "unscored"


@pytest.fixture
def place() -> Iterator[Targets]:
    with make_targets() as made:
        yield made


LEAVES_STATE = [
    attack.again or attack.tests > 1 or attack.kind == "state left for the next test or program"
    for attack in ATTACKS
]
"""Whether it matters to an attack that the tests after it share its process."""


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attack, id=attack.name, marks=[pytest.mark.every_row] * leaves_state)
        for attack, leaves_state in zip(ATTACKS, LEAVES_STATE, strict=True)
    ],
)
def test_an_attack_fails(sandbox: Sandbox, place: Targets, attack: Attack, has_files: bool) -> None:
    if attack.files and not has_files:
        pytest.skip("this machine gives no test a folder")
    found = set()
    output = ""
    for _ in range(1 + attack.again):
        problem = attack.problem([place.draw(attack.answer) for _ in range(attack.tests)])
        verdict = sandbox.judge(problem, attack.program)
        assert len(verdict.tests) == attack.tests
        found |= {test.status for test in verdict.tests}
        output += "".join(test.stdout + test.stderr for test in verdict.tests)
    assert place.harm(output, own=set(sandbox.pids)) == []
    assert "passed" not in found
    assert "unscored" not in found, verdict.reason
    assert found <= set(attack.statuses), verdict
    honest = sandbox.judge(HONEST, HONEST_PROGRAM)
    assert honest.passed, honest


def test_the_corpus_is_large_and_every_class_is_in_it() -> None:
    assert len(ATTACKS) >= 120
    counts = collections.Counter(attack.kind for attack in ATTACKS)
    assert counts.keys() == CLASSES
    assert min(counts.values()) >= 10


def test_no_two_attacks_have_one_name_or_one_program() -> None:
    for values in zip(*((a.name, a.program + a.test) for a in ATTACKS), strict=True):
        assert len(set(values)) == len(ATTACKS)


@pytest.mark.parametrize("judged", ["data", "code"])
def test_asserts_are_judged_as_the_corpus_says(place: Targets, judged: str) -> None:
    for attack in ATTACKS:
        if attack.judged == judged:
            (test,) = attack.problem([place.draw(attack.answer)]).tests
            assert (literal_assert(test.code) is not None) == (judged == "data"), attack.name


def test_the_targets_notice_harm(place: Targets) -> None:
    facts, wanted = place.draw("text")
    assert place.harm("") == []
    assert wanted in Path(facts["answers"]).read_text()
    Path(facts["folder"], "made").touch()
    assert place.harm(facts["word"]) == ["file changed", "got through"]
