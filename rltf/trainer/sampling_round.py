"""A round of fresh samples: from problems to experiences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.common.stopwatch import Stopwatch
from rltf.errors import RunError
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.verdict_line import training_line
from rltf.sampling_options import Sampling
from rltf.trainer.buffer import Experience
from rltf.trainer.config import Config
from rltf.trainer.lessons import Lessons
from rltf.trainer.metrics import round_metrics
from rltf.trainer.rollout import Rollouts

SampleKey = tuple[str, tuple[int, ...]]
"""Task id and token ids: equal samples of a round share what they teach."""


@dataclass(frozen=True)
class Round:
    """The samples of one round, and the experiences that training takes from them."""

    samples: Sequence[ScoredSample]
    greedy: Sequence[ScoredSample]
    """One for each problem or candidate."""
    experiences: Sequence[Experience]
    """Samples to learn from: not unscored ones, nor those whose advantages are all 0."""
    reward_weights: Mapping[str, float]
    left_out: Mapping[str, int]
    """Number of samples that are no experience, by the reason: ``guarded``, ``unscored``,
    ``no_reward``, ``no_baseline``, ``truncated``, ``equal_to_baseline`` or ``duplicate``."""
    kl: float | None = None
    """Mean of log(policy / reference policy) over the experiences' tokens, if there is one."""
    advantages: Mapping[SampleKey, Sequence[tuple[int, float]]] = field(default_factory=dict)
    """The advantages of each sample to learn from, over the characters of its program."""

    def metrics(self) -> dict[str, Any]:
        """Return the figures of the round; the same seed gives the same figures."""
        return round_metrics(
            self.samples,
            self.greedy,
            len(self.experiences),
            self.reward_weights,
            self.kl,
            self.left_out,
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of ``samples.jsonl``, greedy programs first."""
        yield from (training_line(scored, greedy=True) for scored in self.greedy)
        for scored in self.samples:
            steps = self.advantages.get(_key(scored.sample))
            yield training_line(scored, greedy=False) | {"advantages": steps}


def _key(sample: Sample) -> SampleKey:
    return sample.task_id, sample.token_ids


class Rounds:
    """Play the rounds of a run, and count their samples."""

    def __init__(
        self,
        config: Config,
        problems: Sequence[Problem],
        rollouts: Rollouts,
        lessons: Lessons,
        stopwatch: Stopwatch,
    ) -> None:
        self._config = config
        self._problems = [problem for problem in problems if problem.tests]
        self._rollouts = rollouts
        self._lessons = lessons
        self._stopwatch = stopwatch
        self.played = 0
        self.samples = 0
        self.unscored = 0
        self.guarded_left_out = 0

    def play(self, policy_step: int) -> Round:
        """Play a round with the current weights. Each problem comes once before any comes again."""
        config = self._config
        seed = derive_seed(config.seed, "round", self.played)
        start = partial(self._rollouts.start, seed=seed, policy_step=policy_step)
        greedily = Sampling(temperature=0.0, max_new_tokens=config.max_new_tokens)
        freely = Sampling(config.temperature, config.top_p, config.max_new_tokens)
        problems = self._next_problems()
        pending_greedy = start(problems, sampling=greedily, copies=1)
        if config.candidates_per_round is None:
            pending = start(problems, sampling=freely, copies=config.samples_per_problem)
            greedy = baselines = [
                self._lessons.kept(scored) for (scored,) in pending_greedy.result()
            ]
        else:
            greedy = [self._lessons.kept(scored) for (scored,) in pending_greedy.result()]
            baselines = [scored for scored in greedy if not scored.verdict.passed]
            baselines = baselines[: config.problems_per_round]
            problems = [scored.judged.problem for scored in baselines]
            pending = start(problems, sampling=freely, copies=config.samples_per_problem)
        groups = [[self._lessons.kept(scored) for scored in group] for group in pending.result()]
        learned = [
            self._lessons.learn(group, baseline)
            for group, baseline in zip(groups, baselines, strict=True)
        ]
        taught = [each for problem in learned for each in problem.taught]
        left_out = sum((each.left_out for each in learned), Counter())
        samples = [scored for group in groups for scored in group]
        with self._stopwatch.measure("update"):
            experiences, kl = self._lessons.experiences(taught)
        weights = self._rollouts.scorer.weights
        advantages = {
            _key(each.sample): self._lessons.steps(each, experience)
            for each, experience in zip(taught, experiences, strict=True)
        }
        return self._counted(Round(samples, greedy, experiences, weights, left_out, kl, advantages))

    def _counted(self, played: Round) -> Round:
        programs = [*played.greedy, *played.samples]
        left_out = list(filter(self._lessons.is_left_out, programs))
        unscored = [each for each in programs if each.verdict.status == "unscored"]
        if left_out and len(unscored) + len(left_out) == len(programs):
            raise RunError(
                f"all {len(left_out)} programs of a round that could be judged were judged guarded "
                f"({left_out[0].verdict.judging_reason}); --set train_on_guarded=true trains on them"
            )
        if len(unscored) == len(programs):
            raise RunError(
                f"none of the {len(programs)} programs of a round could be judged: "
                f"{programs[0].verdict.reason}; rltf doctor shows what the sandbox can do"
            )
        self.played += 1
        self.samples += len(programs)
        self.unscored += len(unscored)
        self.guarded_left_out += played.left_out.get("guarded", 0)
        return played

    def _next_problems(self) -> list[Problem]:
        count = self._config.candidates_per_round or self._config.problems_per_round
        chosen = shuffled_indices(
            len(self._problems), self.played * count, count, self._config.seed, "problems"
        )
        # Where one pass ends and the next begins, a problem may be drawn twice.
        return [self._problems[index] for index in dict.fromkeys(chosen)]

    def state_dict(self) -> dict[str, Any]:
        """Return counters, baselines and the objective's state for a checkpoint."""
        return {
            "played": self.played,
            "samples": self.samples,
            "unscored": self.unscored,
            "guarded_left_out": self.guarded_left_out,
            **self._lessons.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._lessons.load_state_dict(state)
        self.played, self.samples, self.unscored = (
            state["played"],
            state["samples"],
            state["unscored"],
        )
        self.guarded_left_out = state.get("guarded_left_out", 0)  # older checkpoints lack it
