"""Visible tests: prompts show them, and rewards are for the hidden ones where there are any."""

from __future__ import annotations

from rltf.problem import Problem, TestCase
from rltf.verdict import Verdict


def task_text(problem: Problem) -> str:
    """The task, its visible tests and its starter code; those that there are, on their own lines."""
    shown = [_shown(test, problem.entry_point) for test in problem.tests if test.visible]
    starter = [problem.starter_code] if problem.starter_code else []
    return "\n".join([problem.prompt, *shown, *starter])


def example_tests(problem: Problem, most: int) -> list[str]:
    """Tests for a prompt format that always shows some, ``most`` of them at most.

    The visible ones, each as text; where a dataset marks none, its first asserts and calls. Test
    code that does more than assert is not shown: it may hold every answer.
    """
    shown = [test for test in problem.tests if test.visible] or [
        test
        for test in problem.tests
        if test.kind == "call" or test.code.lstrip().startswith("assert")
    ]
    return [_shown(test, problem.entry_point) for test in shown[:most]]


def hidden_verdict(problem: Problem, verdict: Verdict) -> Verdict:
    """The verdict over the hidden tests alone, of a problem that has both kinds.

    Any other problem's is returned as it is, and so is one that is unscored: a fault of ours in a
    visible test must not become a reward either.
    """
    parts = _parts(problem, verdict)
    return parts[1] if parts else verdict


def visible_verdict(problem: Problem, verdict: Verdict) -> Verdict | None:
    """The verdict over the visible tests alone.

    ``None`` for a problem without any, and for an unscored verdict.
    """
    if verdict.status == "unscored" or not any(test.visible for test in problem.tests):
        return None
    parts = _parts(problem, verdict)
    return parts[0] if parts else verdict


def pass_ratio_gap(problem: Problem, verdict: Verdict) -> float | None:
    """Pass ratio of the visible tests minus that of the hidden ones, in [-1, 1].

    Above zero where programs are written for the tests that they were shown. ``None`` for a problem
    that does not have both kinds, and for an unscored verdict.
    """
    ratios = [part.pass_ratio for part in _parts(problem, verdict) or ()]
    match ratios:
        case [float(visible), float(hidden)]:
            return visible - hidden
    return None


def _parts(problem: Problem, verdict: Verdict) -> tuple[Verdict, Verdict] | None:
    """The verdicts over the visible and over the hidden tests, where there are both."""
    if verdict.status == "unscored" or len({test.visible for test in problem.tests}) < 2:
        return None
    judged = list(zip(problem.tests, verdict.tests, strict=not verdict.not_run))
    if len({test.visible for test, _ in judged}) < 2:
        return None  # it stopped at a failure before it had come to one of the other kind

    def over(visible: bool) -> Verdict:
        outcomes = [outcome for test, outcome in judged if test.visible == visible]
        return Verdict.of(outcomes, judging=verdict.judging, layers=verdict.layers)

    return over(True), over(False)


def _shown(test: TestCase, entry_point: str | None) -> str:
    match test.kind:
        case "stdin":
            text_in, text_out = test.input.removesuffix("\n"), test.output.removesuffix("\n")
            return f"Input:\n{text_in}\nOutput:\n{text_out}"
        case "call":
            return f"assert {entry_point}({', '.join(map(repr, test.args))}) == {test.expected!r}"
        case "assert":
            return test.code
