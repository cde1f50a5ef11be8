"""A round of fresh samples: from problems to experiences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.scoring import parse_rewards
from rltf.trainer.buffer import Experience
from rltf.trainer.config import Config
from rltf.trainer.evaluate import status_counts
from rltf.trainer.generate import Sampling
from rltf.trainer.objective import Group, Objective
from rltf.trainer.rollout import Rollouts
from rltf.trainer.seeds import derive, shuffled_indices


@dataclass(frozen=True)
class Round:
    """What a policy wrote in one round, and what training takes from it."""

    samples: Sequence[ScoredSample]
    greedy: Sequence[ScoredSample]
    """One a problem: the baseline programs."""
    experiences: Sequence[Experience]
    """Samples that say something: not the unscored ones, nor those with every advantage 0."""

    @property
    def unscored(self) -> int:
        """Samples that the sandbox could not judge."""
        return sum(scored.verdict.status == "unscored" for scored in self.samples)

    def metrics(self) -> dict[str, Any]:
        """Figures of the round; the same for the same seed."""
        judged = [scored for scored in self.samples if scored.verdict.status != "unscored"]
        greedy = [scored for scored in self.greedy if scored.verdict.status != "unscored"]
        return {
            "samples": len(self.samples),
            "unscored": self.unscored,
            "truncated": sum(scored.sample.truncated for scored in self.samples),
            "statuses": status_counts(self.samples),
            "pass_rate": _mean(float(scored.verdict.passed) for scored in judged),
            "greedy_pass_rate": _mean(float(scored.verdict.passed) for scored in greedy),
            "rewards": _mean_rewards(judged),
            "tokens_per_sample": _mean(len(scored.sample.token_ids) for scored in self.samples),
            "experiences": len(self.experiences),
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """The lines of ``samples.jsonl``, greedy programs first."""
        both = [(True, scored) for scored in self.greedy]
        both += [(False, scored) for scored in self.samples]
        for greedy, scored in both:
            verdict, sample = scored.verdict, scored.sample
            yield {
                "task_id": sample.task_id,
                "sample": sample.index,
                "greedy": greedy,
                "policy_step": sample.policy_step,
                "program": sample.program,
                "truncated": sample.truncated,
                "status": verdict.status,
                "passed": verdict.passed,
                "pass_ratio": verdict.pass_ratio,
                "error": verdict.error.to_dict() if verdict.error else None,
                "reason": verdict.reason,
                "rewards": scored.rewards,
            }


class RunError(Exception):
    """A run cannot go on; the message says why and what to do."""


class Rounds:
    """Plays the rounds of a run and counts what they cost."""

    def __init__(
        self,
        config: Config,
        problems: Sequence[Problem],
        rollouts: Rollouts,
        objective: Objective,
        token_table: Sequence[bytes],
    ) -> None:
        self._config = config
        self._problems = [problem for problem in problems if problem.tests]
        self._rollouts = rollouts
        self._objective = objective
        self._token_table = token_table
        self._reward_weights = parse_rewards(config.reward)
        self.played = 0
        self.samples = 0
        self.unscored = 0

    def play(self, policy_step: int) -> Round:
        """A round with the weights as they are; each problem once before any comes again."""
        config = self._config
        count = config.problems_per_round
        chosen = shuffled_indices(
            len(self._problems), self.played * count, count, config.seed, "problems"
        )
        # A round that begins a new pass may hold a problem twice: its samples are one group.
        problems = [self._problems[index] for index in dict.fromkeys(chosen)]
        seed = derive(config.seed, "round", self.played)
        greedily = Sampling(temperature=0.0, max_new_tokens=config.max_new_tokens)
        freely = Sampling(config.temperature, config.top_p, config.max_new_tokens)
        start = partial(self._rollouts.start, problems, seed=seed, policy_step=policy_step)
        pending_greedy = start(sampling=greedily, copies=1)
        pending = start(sampling=freely, copies=config.samples_per_problem)
        greedy = [scored for (scored,) in pending_greedy.result()]
        groups = pending.result()
        played = Round(
            [scored for own in groups for scored in own],
            greedy,
            [e for own, best in zip(groups, greedy, strict=True) for e in self._learn(own, best)],
        )
        if played.unscored == len(played.samples):
            raise RunError(
                f"none of the {len(played.samples)} samples of a round could be judged: "
                f"{played.samples[0].verdict.reason}; rltf doctor shows what the sandbox can do"
            )
        self.played += 1
        self.samples += len(played.samples)
        self.unscored += played.unscored
        return played

    def state_dict(self) -> dict[str, int]:
        """The counters, for a checkpoint."""
        return {"played": self.played, "samples": self.samples, "unscored": self.unscored}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue counting from a checkpoint."""
        self.played, self.samples, self.unscored = (
            state["played"],
            state["samples"],
            state["unscored"],
        )

    def _learn(self, own: Sequence[ScoredSample], greedy: ScoredSample) -> Iterator[Experience]:
        """What training takes from the samples of one problem."""
        baseline = None if greedy.verdict.status == "unscored" else greedy
        group = Group(own, baseline, self._token_table, self._reward_weights)
        advantages = self._objective.advantages(group)
        for scored, advantage in zip(own, advantages, strict=True):
            if advantage is not None and bool(advantage.any()):
                sample = scored.sample
                yield Experience(sample.prompt_ids, sample.token_ids, advantage, sample.policy_step)


def _mean_rewards(judged: Sequence[ScoredSample]) -> dict[str, float | None]:
    """Reward name to its mean over the samples that it scored."""
    names = judged[0].rewards if judged else ()
    return {
        name: _mean(value for scored in judged if (value := scored.rewards[name]) is not None)
        for name in names
    }


def _mean(values: Iterator[float]) -> float | None:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None
