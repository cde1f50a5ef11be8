"""What a user is told about a run: what its rounds teach, and what came of it at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rltf.common.progress import sparkline
from rltf.common.stopwatch import Stopwatch
from rltf.trainer.lessons import Round

FIRST_SAMPLES = 50
"""Samples that may hold no program before the user is warned."""
IDLE_ROUNDS = 3
"""Rounds in a row without an experience before the user is warned."""

_REASONS = {
    "guarded": "were judged guarded",
    "unscored": "are unscored",
    "no_reward": "have no reward",
    "no_baseline": "have no baseline program",
    "truncated": "were cut off",
    "equal_to_baseline": "are as good as their baseline program",
    "duplicate": "are duplicates",
    "held_out": "are of problems that are not trained on",
    "not_spelled": "cannot be spelled by the tokenizer",
}

_EQUAL = (
    "raise samples_per_problem or temperature, set warmup_steps, or take easier problems; fine and "
    "static teach programs that fail alike"
)
_REMEDIES = {
    "guarded": "set train_on_guarded=true, or change the tests",
    "unscored": "rltf doctor shows what the sandbox can do",
    "no_reward": "add coarse to --reward: it scores every program",
    "no_baseline": "set baseline=greedy, or take an objective without a baseline program: rloo",
    "truncated": "raise max_new_tokens",
    "equal_to_baseline": _EQUAL,
}
"""What helps if no sample teaches anything, by the main reason."""


def describe(played: Round) -> str:
    """Return a line about a round: samples, experiences, and why the others are none."""
    if not played.samples:
        solved = sum(scored.verdict.passed for scored in played.greedy)
        return (
            f"0 samples: {solved} of {len(played.greedy)} problems are solved by the greedy program"
        )
    left_out = [f"{played.left_out[name]} {why}" for name, why in _REASONS.items()
                if played.left_out.get(name)]  # fmt: skip
    taught = f"{len(played.samples)} samples, {len(played.experiences)} experiences"
    return f"{taught} ({', '.join(left_out)})" if left_out else taught


class RoundWarnings:
    """Notice runs that cannot learn. Each warning is given once."""

    def __init__(self) -> None:
        self._samples = 0
        self._holds_program = False
        self._idle_rounds = 0
        self._has_warned = False

    def of(self, played: Round) -> list[str]:
        """Return the warnings that a round gives reason for."""
        return [*self._without_program(played), *self._without_experience(played)]

    def _without_program(self, played: Round) -> list[str]:
        before, self._samples = self._samples, self._samples + len(played.samples)
        self._holds_program |= any(
            scored.verdict.status != "syntax_error" for scored in played.samples
        )
        if self._holds_program or not before < FIRST_SAMPLES <= self._samples:
            return []
        return [
            f"none of the first {self._samples} samples is a Python program: the prompt may not "
            "fit the model; see their text in samples.jsonl, and try another --prompt"
        ]

    def _without_experience(self, played: Round) -> list[str]:
        self._idle_rounds = 0 if played.experiences else self._idle_rounds + 1
        if self._idle_rounds < IDLE_ROUNDS or self._has_warned:
            return []
        self._has_warned = True
        remedy = _REMEDIES[_main_reason(played)] if played.samples else "take harder problems"
        return [f"{IDLE_ROUNDS} rounds in a row taught nothing: {describe(played)}; {remedy}"]


def _main_reason(played: Round) -> str:
    known = {name: played.left_out.get(name, 0) for name in _REMEDIES}
    return max(known, key=lambda name: known[name])


# ---------------------------------------------------------------------- the end of a run


def _rate(summary: Mapping[str, Any], when: str) -> str:
    """Return pass@1; runs of older versions have no interval."""
    rate = summary["pass_at_1"][when]
    bounds = summary.get("interval", {}).get(when)
    if rate is None or bounds is None:
        return _interval(rate and {"value": rate})
    return _interval({"value": rate, "low": bounds[0], "high": bounds[1]})


def _interval(figures: Mapping[str, float] | None) -> str:
    if not figures:
        return "-"
    bounds = f" ({figures['low']:.1%} to {figures['high']:.1%})" if "low" in figures else ""
    return f"{figures['value']:.1%}{bounds}"


def summary_table(summary: Mapping[str, Any]) -> str:
    """Return a table of the results before and after the run, and the time of each phase."""
    from tabulate import tabulate

    before, after = summary["errors"]["before"], summary["errors"]["after"]
    rows = [["pass@1", *(_rate(summary, when) for when in ("before", "after"))]]
    sampled = summary.get("pass_at_k", {"before": {}})
    rows += [
        [f"sampled pass@{k}", *(_interval(sampled[when].get(k)) for when in ("before", "after"))]
        for k in sampled["before"]
    ]
    rows += [
        [status, before.get(status, 0), after.get(status, 0)]
        for status in sorted({*before, *after})
    ]
    seconds = summary["seconds"]
    beside = {"total", *Stopwatch.OVERLAPPING}
    spent = ", ".join(f"{name} {seconds[name]:.1f}" for name in seconds if name not in beside)
    columns = ("held out", "before", "after")
    table = tabulate(rows, headers=columns, colalign=("left", "right", "right"))
    guarded = summary.get("guarded_left_out", 0)
    left_out = f", {guarded} left out because they were judged guarded" if guarded else ""
    return (
        f"{table}\n\n{summary['samples']} samples, {summary['samples_per_s']:.0f} a second, "
        f"{summary['unscored']} unscored{left_out}\n{seconds['total']:.1f} seconds: {spent}; "
        f"reward {seconds['reward']:.1f}, meanwhile"
    )


def curves(metrics: Path, summary: Mapping[str, Any], encoding: str) -> Iterator[str]:
    """Yield a line for each figure that a run of several rounds shows over time.

    Args:
        metrics: ``metrics.jsonl``.
        encoding: That of the output, which may lack the characters of a curve.
    """
    try:
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    except (OSError, ValueError):
        return
    rates = summary["pass_at_1"]
    last = lines[-1]["step"] if lines else 0
    found = [line["held_out"] for line in lines if "held_out" in line]
    held_out = [each["pass_at_1"] for each in found if each["step"] != last]
    rounds = [line["round"] for line in lines if "round" in line]
    rewards = [each.get("reward") for each in rounds]
    figures = {
        "pass rate, held out": ([rates["before"], *held_out, rates["after"]], "{:.1%}"),
        "mean reward of a round": (rewards, "{:.2f}"),
    }
    for name, (values, form) in figures.items():
        known = [value for value in values if value is not None]
        if len(known) > 1:
            ends = f"{form.format(known[0])} to {form.format(known[-1])}"
            yield f"{name:22}  {sparkline(known, encoding)}  {ends}"
