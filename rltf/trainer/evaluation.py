"""Evaluation: programs for held-out problems, judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rltf.common.pass_at_k import interval, pass_at_k
from rltf.common.seeds import derive_seed
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sampling_options import Sampling
from rltf.trainer.config import Config
from rltf.trainer.rollout import Rollouts


@dataclass(frozen=True)
class Evaluation:
    """The results of greedy programs for held-out problems and, if asked for, of samples."""

    pass_at_1: float | None
    """Share of the judged problems that the greedy program solves; ``None``: none was judged."""
    errors: dict[str, int]
    """Status to the number of greedy programs that have it, ``passed`` and ``unscored`` included."""
    interval: tuple[float, float] | None = None
    """95 % interval of ``pass_at_1`` over problems."""
    pass_at_k: Mapping[str, Mapping[str, float]] | None = None
    """k to ``value``, ``low`` and ``high`` of pass@k of the samples; ``None`` without samples."""

    def metrics(self) -> dict[str, Any]:
        """Return the figures as ``metrics.jsonl`` holds them."""
        figures = asdict(self)
        if self.pass_at_k is None:
            del figures["pass_at_k"]
        return figures

    def describe(self) -> str:
        """Return the figures as a user reads them; empty if no program could be judged."""
        if self.pass_at_1 is None:
            return ""
        low, high = self.interval or (self.pass_at_1, self.pass_at_1)
        texts = [f"pass@1 {self.pass_at_1:.1%} ({low:.1%} to {high:.1%})"]
        texts += [
            f"sampled pass@{k} {each['value']:.1%} ({each['low']:.1%} to {each['high']:.1%})"
            for k, each in (self.pass_at_k or {}).items()
        ]
        return ", ".join(texts)


def evaluate(
    rollouts: Rollouts, problems: Sequence[Problem], config: Config, policy_step: int
) -> Evaluation:
    """Write and judge a greedy program for each problem, and ``config.eval_samples`` samples.

    Random numbers are the same in each evaluation of a run, so that its results are comparable.
    """
    seed = derive_seed(config.seed, "held out")
    greedily = Sampling(temperature=0.0, max_new_tokens=config.max_new_tokens)
    pending = rollouts.start(
        problems, sampling=greedily, copies=1, seed=seed, policy_step=policy_step
    )
    sampled = None
    if config.eval_samples:
        freely = Sampling(config.temperature, config.top_p, config.max_new_tokens)
        sampled = rollouts.start(
            problems,
            sampling=freely,
            copies=config.eval_samples,
            seed=seed,
            policy_step=policy_step,
        )
    greedy = pending.result()
    rate = _estimate(greedy, 1, seed)
    return Evaluation(
        rate["value"] if rate else None,
        status_counts([scored for (scored,) in greedy]),
        (rate["low"], rate["high"]) if rate else None,
        None if sampled is None else _estimates(sampled.result(), config.eval_ks, seed),
    )


def status_counts(samples: Sequence[ScoredSample]) -> dict[str, int]:
    """Count the programs of each status, sorted by status."""
    return dict(sorted(Counter(scored.verdict.status for scored in samples).items()))


def _estimates(
    groups: Sequence[Sequence[ScoredSample]], ks: Sequence[int], seed: int
) -> dict[str, dict[str, float]]:
    found = {str(k): _estimate(groups, k, seed) for k in ks}
    return {k: each for k, each in found.items() if each}


def _estimate(
    groups: Sequence[Sequence[ScoredSample]], k: int, seed: int
) -> dict[str, float] | None:
    """Return pass@k over the problems with k judged samples, and its interval; ``None`` if none."""
    judged = [[each for each in group if each.verdict.status != "unscored"] for group in groups]
    counted = [group for group in judged if len(group) >= k]
    if not counted:
        return None
    passed = [sum(each.verdict.passed for each in group) for group in counted]
    values = pass_at_k([len(group) for group in counted], passed, k)
    low, high = interval(values, seed)
    return {"value": float(values.mean()), "low": low, "high": high}
