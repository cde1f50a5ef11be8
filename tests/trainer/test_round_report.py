"""A run says how many of its samples teach something, and warns when none do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from rltf import Judged, Problem, Sample, ScoredSample, TestCase, TestOutcome, Verdict
from rltf.trainer.buffer import Experience
from rltf.trainer.lessons import Round
from rltf.trainer.round_report import RoundWarnings, curves, describe
from rltf.verdict import Status

PROBLEM = Problem("a", "", tests=[TestCase.call([1], 1)])
EXPERIENCE = Experience((1,), (2,), torch.ones(1), torch.zeros(1), 0)


def played(status: Status, samples: int, experiences: int, **left_out: int) -> Round:
    judged = Judged(PROBLEM, Sample("a", "x"), Verdict.of([TestOutcome(status)]), None)
    return Round([ScoredSample(judged, {})] * samples, [], [EXPERIENCE] * experiences, {}, left_out)


def test_a_round_says_why_samples_teach_nothing() -> None:
    assert describe(played("passed", 10, 10)) == "10 samples, 10 experiences"
    line = describe(played("passed", 10, 4, equal_to_baseline=5, duplicate=1))
    assert line == (
        "10 samples, 4 experiences (5 are as good as their baseline program, 1 are duplicates)"
    )


def test_samples_without_a_program_are_noticed_once() -> None:
    warnings = RoundWarnings()
    assert warnings.of(played("syntax_error", 40, 1)) == []
    (warning,) = warnings.of(played("syntax_error", 40, 1))
    assert "none of the first 80 samples is a Python program" in warning
    assert "--prompt" in warning
    assert warnings.of(played("syntax_error", 40, 1)) == []


def test_one_program_is_enough() -> None:
    warnings = RoundWarnings()
    assert warnings.of(played("wrong_answer", 1, 1)) == []
    assert warnings.of(played("syntax_error", 80, 1)) == []


@pytest.mark.parametrize("teaching", [1, 0])
def test_three_idle_rounds_in_a_row_are_noticed_once(teaching: int) -> None:
    warnings = RoundWarnings()
    found = [warnings.of(played("passed", 4, 0, equal_to_baseline=4)) for _ in range(2)]
    found.append(warnings.of(played("passed", 4, teaching, equal_to_baseline=4)))
    found.append(warnings.of(played("passed", 4, 0, equal_to_baseline=4)))
    assert [len(each) for each in found] == [0, 0, 1 - teaching, 0]
    if not teaching:
        assert "4 samples, 0 experiences (4 are as good as their baseline program)" in found[2][0]


def test_a_run_ends_with_curves_of_its_evaluations_and_its_rewards(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    lines = [
        {"step": 1, "round": {"reward": -0.5}, "held_out": {"step": 1, "pass_at_1": 0.25}},
        {"step": 2, "round": {"reward": None}},
        {"step": 3, "round": {"reward": 0.25}, "held_out": {"step": 3, "pass_at_1": 0.5}},
    ]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    summary = {"pass_at_1": {"before": 0.0, "after": 0.5}}
    assert list(curves(file, summary, "utf-8")) == [
        "pass rate, held out     ▁▅█  0.0% to 50.0%",
        "mean reward of a round  ▁█  -0.50 to 0.25",
    ]
    assert list(curves(tmp_path / "gone", summary, "utf-8")) == []
