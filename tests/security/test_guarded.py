"""Cheats in the test's own process (guarded mode): none passes, and none makes the test look broken."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rltf import Limits, Problem, Sandbox, TestCase

from .attack_setup import Targets, make_targets
from .corpus import Attack, corpus

ATTACKS = tomllib.loads((Path(__file__).parent / "guarded.toml").read_text())["attack"]
GOES_THROUGH = {
    "a hard link to what the test writes later",
    "a link to what the test writes later",
    "callable of an exception of the test that is replaced",
    "default value of a function of the test",
    "helper that only evaluated code names",
    "iterator that ends when asked",
    "looks for the answer behind captured output",
    "method of an exception of the test that is replaced",
    "method of an object of the test that is replaced",
    "operand of a comparison that is made twice",
    "property of a class of the test that is replaced",
}
"""Attacks of the corpus that pass guarded tests: docs/security.md says why."""
SHARED = [attack for attack in corpus() if attack.judged in ("code", "call")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as made:
        yield made


@pytest.fixture
def place() -> Iterator[Targets]:
    with make_targets() as made:
        yield made


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"])
def test_an_attack_fails(sandbox: Sandbox, attack: dict[str, Any]) -> None:
    code = attack.get("test", "WANTED = 4937\nassert f(7) == WANTED")
    test = TestCase.assertion(code, guarded=True)
    limits = Limits(cpu_s=2.0, wall_s=4.0)
    problem = Problem("t", "", [test], entry_point="f", limits=limits)
    verdict = sandbox.judge(problem, attack["program"])
    assert verdict.judging == "guarded"
    assert verdict.status in ("wrong_answer", "runtime_error", "forbidden"), verdict


def test_the_attacks_are_many_and_differ() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack["name"] for attack in ATTACKS}) == len(ATTACKS)
    assert len({attack["program"] + attack.get("test", "") for attack in ATTACKS}) == len(ATTACKS)


def guarded_status(sandbox: Sandbox, place: Targets, attack: Attack) -> set[str]:
    drawn = [place.draw(attack.answer) for _ in range(attack.tests)]
    tests = [TestCase.assertion(attack.code(*each), guarded=True) for each in drawn]
    problem = replace(attack.problem(drawn), tests=tests)
    verdict = sandbox.judge(problem, attack.program)
    output = "".join(test.stdout + test.stderr for test in verdict.tests)
    assert place.harm(output, own=set(sandbox.pids)) == []
    return {test.status for test in verdict.tests}


@pytest.mark.one_in(3)  # of those that fail here as they fail in a process of their own
@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(
            attack,
            id=attack.name,
            marks=[pytest.mark.every_row] * (attack.name in GOES_THROUGH),
        )
        for attack in SHARED
    ],
)
def test_an_attack_of_the_corpus_fails(sandbox: Sandbox, place: Targets, attack: Attack) -> None:
    statuses = guarded_status(sandbox, place, attack)
    assert "unscored" not in statuses
    assert ("passed" in statuses) == (attack.name in GOES_THROUGH), statuses
