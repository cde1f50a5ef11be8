"""What a user chooses: ``judging`` of a sandbox, and ``guarded`` in a problem."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf import Limits, Problem, TestCase
from rltf.samples.verdict_line import verdict_from_dict, verdict_to_dict
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.judging_mode import ALL_GUARDED, ASKED_FOR

PROGRAM = "RATE = 2\ndef f(x): return x * RATE"
WRONG = "RATE = 2\ndef f(x): return x + RATE"
LITERAL = "assert f(3) == 6"
CODE = "for x in (1, 3): assert f(x) == 2 * x"
PATCHED = "import solution\nsolution.RATE = 3\nassert solution.f(3) == 9"
REASON = "the test patches the program's own `RATE`"
LIMITS = Limits(cpu_s=2, wall_s=10)


def make(*codes: str, **fields: object) -> Problem:
    return Problem("t", "", [TestCase.assertion(code) for code in codes], limits=LIMITS, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def guarded_sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1, judging="guarded") as made:
        yield made


def test_auto_judges_each_test_in_the_strongest_mode(any_sandbox: Sandbox) -> None:
    problem = make(LITERAL, PATCHED, CODE)
    verdict = any_sandbox.judge(problem, PROGRAM)
    assert verdict.passed
    modes = [(test.judging, test.judging_reason) for test in verdict.tests]
    assert modes == [("split", ""), ("guarded", REASON), ("split", "")]
    assert (verdict.judging, verdict.judging_reason) == ("guarded", REASON)
    wrong = any_sandbox.judge(problem, WRONG)
    assert [test.status for test in wrong.tests] == ["wrong_answer"] * 3


def test_split_leaves_tests_unscored_that_need_the_programs_process(
    split_sandbox: Sandbox,
) -> None:
    verdict = split_sandbox.judge(make(LITERAL, PATCHED, CODE), PROGRAM)
    refused = "unscored", f"it needs guarded judging: {REASON}"
    found = [(test.status, test.reason) for test in verdict.tests]
    assert found == [("passed", ""), refused, ("passed", "")]
    assert (verdict.judging, verdict.judging_reason) == ("split", REASON)
    asked_for = split_sandbox.judge(make(LITERAL, guarded=True), PROGRAM)
    assert asked_for.reason == f"it needs guarded judging: {ASKED_FOR}"


def test_guarded_judges_all_test_code_in_the_programs_process(guarded_sandbox: Sandbox) -> None:
    verdict = guarded_sandbox.judge(make(LITERAL, PATCHED, CODE), PROGRAM)
    assert verdict.passed
    reasons = [test.judging_reason for test in verdict.tests]
    assert reasons == [ALL_GUARDED, REASON, ALL_GUARDED]
    data = Problem("t", "", [TestCase.call([3], 6)], entry_point="f", limits=LIMITS)
    assert guarded_sandbox.judge(data, PROGRAM).judging == "split"


def test_a_guarded_problem_has_guarded_tests(sandbox: Sandbox) -> None:
    verdict = sandbox.judge(make(LITERAL, CODE, guarded=True), PROGRAM)
    assert verdict.passed
    assert {test.judging_reason for test in verdict.tests} == {ASKED_FOR}


def test_guarded_tests_take_part_in_an_early_stop_in_their_order() -> None:
    own = (
        "class Own: pass\nown = Own()\nassert f(2) == 4 and list(map(f, [3])) == [6]\nassert f(own)"
    )
    with Sandbox(workers=1, stop_on_failure=True) as stopping:
        verdict = stopping.judge(make(CODE, PATCHED, CODE), PROGRAM)
        assert (verdict.status, verdict.not_run) == ("passed", 0)
        verdict = stopping.judge(make(PATCHED, CODE), WRONG)
        assert verdict.not_run == 1
        assert len(verdict.tests) == 1
        verdict = stopping.judge(make(own, CODE), WRONG)
        assert verdict.not_run == 1


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="judging"):
        Sandbox(judging="both")  # type: ignore[arg-type]


def test_verdicts_keep_their_mode_in_files_and_older_files_have_none(sandbox: Sandbox) -> None:
    verdict = sandbox.judge(make(LITERAL, PATCHED), PROGRAM)
    form = verdict_to_dict(verdict)
    read = verdict_from_dict(form)
    assert [test.judging for test in read.tests] == ["split", "guarded"]
    assert read.judging_reason == read.tests[1].judging_reason == REASON
    del form["judging_reason"]
    for test in form["tests"]:
        del test["judging"], test["judging_reason"]
    older = verdict_from_dict(form)
    assert (older.judging, older.judging_reason) == ("guarded", "")
    assert [test.judging for test in older.tests] == ["split", "split"]
