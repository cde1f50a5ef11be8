"""A sample on its way from one format to another, with its result where the file has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rltf.common.json_line import parse
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.verdict_line import verdict_from_dict
from rltf.verdict import Verdict

Losses = Counter[str]
"""What was left out, in words, and for how many samples."""
UNSCORED = "unscored: no result"
WRONG_ANSWER, TIME_LIMIT, RUNTIME_ERROR = -2, -3, -4
"""LiveCodeBench's error codes."""


@dataclass(frozen=True)
class Result:
    """The result of a sample, as far as the formats can express it."""

    outcome: Literal["passed", "timeout", "failed"]
    message: str = ""
    """Why it failed, in the words of the tool that ran it."""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


@dataclass(frozen=True)
class ConvertedSample:
    """A sample, its problem and its result."""

    problem: Problem
    """One without a prompt, where no dataset is given."""
    sample: Sample
    result: Result | None = None
    lost: tuple[str, ...] = field(default=())
    """What the file says besides that no other format can express."""


def result_of_verdict(verdict: Verdict) -> Result | None:
    """Return the result of a verdict, or ``None`` where it is unscored."""
    match verdict.status:
        case "unscored":
            return None
        case "passed" | "timeout":
            return Result(verdict.status)
    error = verdict.error
    return Result("failed", f"{error.type}: {error.message}" if error else verdict.status)


def results_of_row(row: Mapping[str, Any], count: int) -> tuple[list[Result | None], list[str]]:
    """Return the results that a row gives its ``count`` samples, and what is lost.

    Raises ``ValueError`` for a result that is none.
    """
    match row:
        case {"judging": _} if count == 1:  # a line of a run's samples.jsonl
            result = result_of_verdict(verdict_from_dict(row))
            return [result], [] if result else [UNSCORED]
        case {"result": _, "passed": _} | {"base_status": _, "plus_status": _} if count != 1:
            raise ValueError(f"one result for {count} programs")
        case {"result": result, "passed": bool() as passed}:
            return [_of_human_eval(result, passed)], []
        case {"base_status": base, "plus_status": plus}:
            return [_of_evalplus(base, plus)], _evalplus_losses(row)
        case {"graded_list": list() as grades}:
            if len(grades) != count:
                raise ValueError(f"{len(grades)} grades for {count} programs")
            said = row.get("metadata")
            notes = said if isinstance(said, list) and len(said) == count else [None] * count
            return [_of_livecodebench(*each) for each in zip(grades, notes, strict=True)], []
    return [None] * count, []


def _of_human_eval(result: object, passed: bool) -> Result:
    match result:
        case "passed" if passed:
            return Result("passed")
        case "timed out" if not passed:
            return Result("timeout")
        case str() if result.startswith("failed: ") and not passed:
            return Result("failed", result.removeprefix("failed: "))
    raise ValueError(f'"result" {result!r:.60} and "passed" {passed} are no result of HumanEval')


def _of_livecodebench(grade: object, note: object) -> Result:
    """Return the result of a grade and of its metadata, which older versions did not write."""
    if grade is True:
        return Result("passed")
    try:
        said = parse(note.encode()) if isinstance(note, str) else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Result("failed")
    message = said.get("error_message")
    outcome: Literal["timeout", "failed"] = (
        "timeout" if said.get("error_code") == TIME_LIMIT else "failed"
    )
    return Result(outcome, message if isinstance(message, str) and outcome == "failed" else "")


def _of_evalplus(base: object, plus: object) -> Result:
    for status in (base, plus):
        if status not in ("pass", "fail", "timeout", None):
            raise ValueError(f"there is no status {status!r:.40} in EvalPlus")
    if base is None:
        raise ValueError('"base_status" must not be null')
    if base == "pass" and plus in ("pass", None):
        return Result("passed")
    return Result("timeout" if "timeout" in (base, plus) else "failed")


def _evalplus_losses(row: Mapping[str, Any]) -> list[str]:
    losses = []
    if row["plus_status"] is not None:
        losses.append("base and plus status became one")
    if row.get("base_fail_tests") or row.get("plus_fail_tests"):
        losses.append("the failing inputs are left out")
    return losses
