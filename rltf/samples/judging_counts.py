"""How samples were judged: split, guarded or not at all, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

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
