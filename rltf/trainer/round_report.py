"""What a user is told about rounds: how many samples teach something, and when none do."""

from __future__ import annotations

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
