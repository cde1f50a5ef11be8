"""Which rewards are at fault for what they pay, and which problems."""

from __future__ import annotations

from rltf.audit.free_rewards import _findings, cured_by_tests

BY_TESTS = {"right": 1.0, "empty": -1.0, "constant": 0.6, "every_answer": 1.0}
BY_PRESENCE = {"right": 1.0, "empty": 1.0, "constant": 1.0, "every_answer": 1.0}
PROGRAMS = ("empty", "constant", "every_answer")
PASSING = {"right", "constant", "every_answer"}


def test_a_reward_that_pays_nothing_at_all_leaves_no_problem_out() -> None:
    findings = _findings({"presence": BY_PRESENCE}, PROGRAMS, PASSING)
    assert [each.consequence for each in findings] == ["noted"] * 3
    assert "though it passes no test" in findings[0].what
    assert "as are programs that pass no test" in findings[1].what
    assert cured_by_tests({"presence": BY_PRESENCE}) == []


def test_beside_it_a_reward_of_tests_counts_as_alone() -> None:
    paid = {"presence": BY_PRESENCE, "coarse": BY_TESTS}
    findings = _findings(paid, PROGRAMS, PASSING)
    assert [each.consequence for each in findings] == ["noted", "mended", "left_out"]
    assert cured_by_tests(paid) == cured_by_tests({"coarse": BY_TESTS}) == ["constant"]
