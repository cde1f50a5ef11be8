"""Test the reward ``brevity`` with real and with constructed verdicts."""

import pytest
from rltf import (
    Judged,
    Problem,
    RewardTerm,
    Sample,
    TestCase,
    Verdict,
    manager,
    testing,
)

from rltf_brevity import Brevity

PROBLEM = Problem("t", "Print 3.", [TestCase.stdin("", "3\n")])


def judged(program, verdict):
    return Judged(PROBLEM, Sample("t", program), verdict, None)


@pytest.mark.parametrize("options", [{}, {"characters": 20}])
def test_it_keeps_the_contract_of_a_reward(options):
    testing.check_reward("brevity", **options)


@pytest.mark.parametrize(
    ("length", "value"), [(0, 1.0), (100, 0.75), (399, 0.0025), (400, 0.0), (900, 0.0)]
)
def test_shorter_is_better(length, value):
    (term,) = Brevity()(judged("#" * length, Verdict("passed")))
    assert term == RewardTerm(pytest.approx(value))


def test_a_program_in_the_sandbox(rltf_sandbox):
    short, wrong = "print(3)", "print(4)"
    assert Brevity(16)(judged(short, rltf_sandbox.judge(PROBLEM, short))) == (
        RewardTerm(0.5),
    )
    assert Brevity(16)(judged(wrong, rltf_sandbox.judge(PROBLEM, wrong))) == ()


def test_only_programs_that_pass_are_worth_something(rltf_judged):
    for judged_program in rltf_judged:
        if not judged_program.verdict.passed:
            assert not Brevity()(judged_program)


@pytest.mark.parametrize("characters", [0, -1, "many"])
def test_a_length_that_is_none_is_an_error(characters):
    with pytest.raises(ValueError, match="characters must be a positive number, not"):
        manager.get("reward", "brevity", characters=characters)
