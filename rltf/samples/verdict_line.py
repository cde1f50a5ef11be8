"""The JSON lines of a sample, before it is judged and with its verdict: written, read and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.common.schema import SCHEMA
from rltf.errors import DataError
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.row_file import Row, rows
from rltf.verdict import STATUSES, ProgramError, TestOutcome, Verdict

_MEASURED = ("cpu_s", "wall_s", "peak_memory_mb")
"""What a test shows that no second run repeats."""


@dataclass(frozen=True)
class VerdictLine:
    """The verdict of a sample, as a line holds it. Only a run's lines hold the program too."""

    task_id: str
    sample: int
    """Number of this sample among those of its problem."""
    verdict: Verdict
    rewards: Mapping[str, float | None]
    """Reward name to the sum of its terms' values; ``None``: not scored by that reward."""


def sample_line(sample: Sample) -> dict[str, Any]:
    """Return the line of a sample, which ``rltf score`` reads, ready for ``json.dumps``."""
    return {
        "schema": SCHEMA,
        "task_id": sample.task_id,
        "sample": sample.index,
        "solution": sample.program,
        "truncated": sample.truncated,
    }


def verdict_line(scored: ScoredSample) -> dict[str, Any]:
    """Return the line of a scored sample, ready for ``json.dumps``."""
    return {
        "task_id": scored.sample.task_id,
        "sample": scored.sample.index,
        **verdict_to_dict(scored.verdict),
        "rewards": scored.rewards,
        "schema": SCHEMA,
    }


def training_line(scored: ScoredSample, *, greedy: bool) -> dict[str, Any]:
    """Return the line of a run's ``samples.jsonl``: that of the verdict and of the sample.

    Measured times and memory are left out, so that a run with the same seed repeats its lines.
    """
    line = verdict_line(scored) | sample_line(scored.sample)
    line["tests"] = [_without_measurements(test) for test in line["tests"]]
    return line | {
        "reason": scored.verdict.reason,
        "program": scored.sample.program,  # under the name that a run's lines had at first
        "greedy": greedy,
        "policy_step": scored.sample.policy_step,
    }


def _without_measurements(test: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in test.items() if name not in _MEASURED}


def from_dict(line: Mapping[str, Any]) -> VerdictLine:
    """Read a line that :func:`verdict_line` or :func:`training_line` made.

    Raises ``ValueError`` that says what is wrong with it.
    """
    if not isinstance(line, Mapping):
        raise ValueError(f"must be an object as rltf score writes it, not {line!r:.60}")
    if line.get("schema") != SCHEMA:
        raise ValueError(f'"schema" must be {SCHEMA}, not {line.get("schema")!r:.40}')
    verdict = verdict_from_dict(line)
    try:
        return VerdictLine(line["task_id"], line["sample"], verdict, line["rewards"])
    except KeyError as missing:
        raise ValueError(f'"{missing.args[0]}" is missing') from None


def verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    """Return the JSON form of a verdict. Times keep microseconds, memory hundredths of a MiB."""
    form: dict[str, Any] = {
        "status": verdict.status,
        "passed": verdict.passed,
        "pass_ratio": verdict.pass_ratio,
        "judging": verdict.judging,
        "judging_reason": verdict.judging_reason,
        "attempts": verdict.attempts,
        "tests": [test.to_dict() for test in verdict.tests],
        "error": verdict.error.to_dict() if verdict.error else None,
        "layers": list(verdict.layers),
    }
    if verdict.not_run:
        form["not_run"] = verdict.not_run
    if verdict.status == "unscored":
        form["reason"] = verdict.reason
    return form


def verdict_from_dict(form: Mapping[str, Any]) -> Verdict:
    """Read the JSON form of a verdict; ``ValueError`` says what is wrong with it."""
    try:
        verdict = Verdict(
            status=form["status"],
            tests=tuple(
                TestOutcome(**{**test, "error": _error(test["error"])}) for test in form["tests"]
            ),
            error=_error(form["error"]),
            reason=form.get("reason", ""),
            judging=form["judging"],
            layers=tuple(form["layers"]),
            not_run=form.get("not_run", 0),
            judging_reason=form.get("judging_reason", ""),
        )
    except KeyError as missing:
        raise ValueError(f'"{missing.args[0]}" is missing') from None
    except (TypeError, AttributeError) as error:
        raise ValueError(f"no verdict ({error})") from None
    for status in (verdict.status, *(test.status for test in verdict.tests)):
        if status not in (*STATUSES, "unscored"):
            raise ValueError(f"there is no status {status!r:.40}")
    return verdict


def _error(form: Mapping[str, Any] | None) -> ProgramError | None:
    return None if form is None else ProgramError(**form)


def read_verdicts(path: Path) -> Iterator[tuple[Row, VerdictLine]]:
    """Yield each row of a file with its verdict.

    Raises :class:`rltf.dataset.DataError` that names the first row that holds none.
    """
    for row in rows(path):
        try:
            yield row, from_dict(row.require_value())
        except ValueError as error:
            raise DataError(f"{path}, {row.position}: {error}") from None


def holds_verdicts(path: Path) -> bool:
    """Return whether a file holds verdicts without programs, as ``rltf score`` writes them."""
    first = next(rows(path), None) if path.is_file() else None
    keys = first.value if first is not None and isinstance(first.value, dict) else {}
    return "judging" in keys and not {"solution", "program"} & keys.keys()


_MAX_SHOWN = 10
"""Maximum number of reasons to show."""


class JudgingCounts:
    """Counts the lines of verdicts (``verdict_line``) by the mode that they were judged in."""

    def __init__(self) -> None:
        self._samples: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()
        self._reasons: dict[str, Counter[str]] = {"guarded": Counter(), "unscored": Counter()}

    def add(self, line: Mapping[str, Any]) -> None:
        """Count a sample."""
        mode = _mode(line)
        self._samples[mode] += 1
        self._passed[mode] += line["status"] == "passed"
        self._tests.update(map(_mode, line["tests"]))
        if mode in self._reasons:
            # files from before the choice of a mode have no reason
            reason = line.get("judging_reason" if mode == "guarded" else "reason") or "not recorded"
            self._reasons[mode][" ".join(str(reason).split())] += 1

    @property
    def guarded(self) -> int:
        """How many samples were judged guarded."""
        return self._samples["guarded"]

    def to_dict(self) -> dict[str, Any]:
        """Return the counts by mode, and the reasons with theirs, the most frequent first."""
        modes = ("split", "guarded", "unscored")
        return {
            "samples": {mode: self._samples[mode] for mode in modes},
            "passed": {mode: self._passed[mode] for mode in modes[:2]},
            "tests": {mode: self._tests[mode] for mode in modes},
            "guarded_because": dict(self._reasons["guarded"].most_common()),
            "unscored_because": dict(self._reasons["unscored"].most_common()),
        }

    def reasons(self, mode: str) -> Iterator[str]:
        """Yield a line for each reason of a mode, the most frequent first."""
        counted = self._reasons[mode].most_common()
        for reason, count in counted[:_MAX_SHOWN]:
            yield f"{count} {mode}: {reason}"
        if (more := len(counted) - _MAX_SHOWN) > 0:
            yield f"{mode} for {more} more reason{'s' * (more > 1)}"


def _mode(judged: Mapping[str, Any]) -> str:
    """Return the mode of a sample or a test, from its JSON form."""
    if judged["status"] == "unscored":
        return "unscored"
    return str(judged.get("judging", "split"))
