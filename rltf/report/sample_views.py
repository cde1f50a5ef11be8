"""Samples of a report, from the lines that ``rltf run``, ``bench`` and ``score`` write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rltf.diagnosis import Classifier, Diagnosis
from rltf.problem import Problem
from rltf.report.page_model import OutcomeView, SampleView, Value, number
from rltf.report.problem_views import cut
from rltf.sample import Sample
from rltf.samples.verdict_line import verdict_from_dict
from rltf.verdict import ProgramError, TestOutcome, Verdict

_MOST_PROGRAM = 100_000
_MOST_OUTPUT = 1000

Find = Callable[[str], Problem | None]


def sample_view(line: Mapping[str, Any], find: Find, classify: Classifier | None) -> SampleView:
    """Return what a page shows of a sample.

    Args:
        line: A verdict line with the program in it (``solution``).
        find: Returns the problem of a task, if it is known.
        classify: Makes the diagnosis; ``None``: there is none.

    Raises ``ValueError`` if the line is no sample with a verdict.
    """
    verdict = verdict_from_dict(line)
    task, program = line.get("task_id"), line.get("solution", line.get("program", ""))
    index = line.get("sample", 0)
    if not isinstance(task, str) or not isinstance(program, str) or not isinstance(index, int):
        raise ValueError("no sample")
    diagnosis = _diagnosis(Sample(task, program, index=index), verdict, find(task), classify)
    rewards = line.get("rewards")
    error = verdict.error
    return SampleView(
        task,
        index,
        verdict.status,
        cut(program, _MOST_PROGRAM),
        step=line.get("policy_step") if isinstance(line.get("policy_step"), int) else None,
        greedy=line.get("greedy") is True,
        truncated=line.get("truncated") is True,
        outcomes=[_outcome(test) for test in verdict.tests],
        rewards=_rewards(rewards) if isinstance(rewards, Mapping) else {},
        steps=_steps(line.get("advantages") or ()),
        error=_error_text(error),
        line=error.line if error else None,
        diagnosis=_diagnosis_text(diagnosis),
        lines=diagnosis.lines if diagnosis else None,
        note=cut(verdict.reason or verdict.judging_reason, _MOST_OUTPUT),
    )


def _diagnosis(
    sample: Sample, verdict: Verdict, problem: Problem | None, classify: Classifier | None
) -> Diagnosis | None:
    if problem is None or classify is None:
        return None
    try:
        return classify(problem, sample, verdict)
    except Exception:  # a plugin's fault must not cost the page
        return None


def _outcome(test: TestOutcome) -> OutcomeView:
    line = test.error.line if test.error else None
    text = _error_text(test.error) or cut(test.reason, _MOST_OUTPUT)
    return OutcomeView(test.status, cut(test.stdout, _MOST_OUTPUT), text, line)


def _error_text(error: ProgramError | None) -> str:
    if error is None:
        return ""
    return cut(f"{error.type}: {error.message}" if error.message else error.type, _MOST_OUTPUT)


def _rewards(rewards: Mapping[str, Any]) -> dict[str, Value]:
    return {str(name): number(value) for name, value in rewards.items()}


def _steps(steps: Sequence[Any]) -> list[tuple[int, float]]:
    try:
        return [(int(start), float(value)) for start, value in steps]
    except (TypeError, ValueError):
        return []


def _diagnosis_text(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return ""
    error = f", {diagnosis.sub_error}" if diagnosis.sub_error else ""
    place = {"global": ", the whole program", "ignore": ""}.get(diagnosis.granularity)
    if place is None and diagnosis.lines:
        first, last = diagnosis.lines
        place = f", line {first}" if first == last else f", lines {first} to {last}"
    return f"{diagnosis.category}{error}{place or ''}".replace("_", " ")
