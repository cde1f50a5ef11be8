"""Counting samples by the mode that they were judged in."""

from __future__ import annotations

from rltf import TestOutcome, Verdict
from rltf.samples.judging_counts import JudgingCounts
from rltf.samples.verdict_line import verdict_to_dict

SPLIT = TestOutcome("passed")
GUARDED = TestOutcome("wrong_answer", judging="guarded", judging_reason="a reason")
NO_TEST = TestOutcome("unscored", reason="no mode")


def counted(*samples: list[TestOutcome]) -> JudgingCounts:
    counts = JudgingCounts()
    for tests in samples:
        counts.add(verdict_to_dict(Verdict.of(tests)))
    return counts


def test_samples_and_tests_are_counted_by_mode_with_the_reasons() -> None:
    counts = counted([SPLIT, SPLIT], [SPLIT, GUARDED], [GUARDED, NO_TEST], [GUARDED])
    assert counts.to_dict() == {
        "samples": {"split": 1, "guarded": 2, "unscored": 1},
        "passed": {"split": 1, "guarded": 0},
        "tests": {"split": 3, "guarded": 3, "unscored": 1},
        "guarded_because": {"a reason": 2},
        "unscored_because": {"no mode": 1},
    }
    assert counts.guarded == 2
    assert list(counts.reasons("guarded")) == ["2 guarded: a reason"]


def test_only_the_most_frequent_reasons_are_shown() -> None:
    samples = [[TestOutcome("unscored", reason=f"reason {n}")] for n in range(12)]
    lines = list(counted(*samples, samples[5]).reasons("unscored"))
    assert lines[0] == "2 unscored: reason 5"
    assert lines[-1] == "unscored for 2 more reasons"
    assert len(lines) == 11


def test_lines_of_older_versions_have_no_reason() -> None:
    counts = JudgingCounts()
    counts.add({"status": "passed", "judging": "guarded", "tests": [{"status": "passed"}]})
    assert counts.to_dict()["guarded_because"] == {"not recorded": 1}
    assert counts.to_dict()["tests"] == {"split": 1, "guarded": 0, "unscored": 0}
