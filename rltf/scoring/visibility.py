"""Visible and hidden tests: prompts show the visible ones, and rewards count the hidden ones."""

from __future__ import annotations

from rltf.problem import Problem, TestCase
from rltf.verdict import Verdict


def task_text(problem: Problem) -> str:
    """Return the task, its visible tests and its starter code, each on lines of its own."""
    shown = [_shown(test, problem.entry_point) for test in problem.tests if test.visible]
    starter = [problem.starter_code] if problem.starter_code else []
    return "\n".join([problem.prompt, *shown, *starter])


def example_tests(problem: Problem, max_tests: int) -> list[str]:
    """Return at most ``max_tests`` tests, as text, for a prompt format that always shows some.

    These are the visible tests or, if the dataset marks none, the first asserts and calls. Test
    code that does more than assert is never shown: it may contain every answer.
    """
    shown = [test for test in problem.tests if test.visible] or [
        test
        for test in problem.tests
        if test.kind == "call" or test.code.lstrip().startswith("assert")
    ]
    return [_shown(test, problem.entry_point) for test in shown[:max_tests]]


def hidden_verdict(problem: Problem, verdict: Verdict) -> Verdict:
    """Return the verdict over the hidden tests alone, if the problem has both kinds.

    The verdict of any other problem is returned unchanged. So is an unscored verdict: a fault of
    the sandbox must not become a reward, even if it occurred in a visible test.
    """
    parts = _parts(problem, verdict)
    return parts[1] if parts else verdict


def visible_verdict(problem: Problem, verdict: Verdict) -> Verdict | None:
    """Return the verdict over the visible tests alone.

    ``None`` for a problem without visible tests, and for an unscored verdict.
    """
    if verdict.status == "unscored" or not any(test.visible for test in problem.tests):
        return None
    parts = _parts(problem, verdict)
    return parts[0] if parts else verdict


def pass_ratio_gap(problem: Problem, verdict: Verdict) -> float | None:
    """Return the pass ratio of the visible tests minus that of the hidden ones, in [-1, 1].

    It is above zero if a program was written for the tests in its prompt. ``None`` for a problem
    without tests of both kinds, and for an unscored verdict.
    """
    ratios = [part.pass_ratio for part in _parts(problem, verdict) or ()]
    match ratios:
        case [float(visible), float(hidden)]:
            return visible - hidden
    return None


def _parts(problem: Problem, verdict: Verdict) -> tuple[Verdict, Verdict] | None:
    """Return the verdicts over the visible and over the hidden tests, if there are both."""
    if verdict.status == "unscored" or len({test.visible for test in problem.tests}) < 2:
        return None
    judged = list(zip(problem.tests, verdict.tests, strict=not verdict.not_run))
    if len({test.visible for test, _ in judged}) < 2:
        return None  # judging stopped at a failure, before any test of the other kind ran

    def over(visible: bool) -> Verdict:
        outcomes = [outcome for test, outcome in judged if test.visible == visible]
        return Verdict.of(outcomes, layers=verdict.layers)

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
