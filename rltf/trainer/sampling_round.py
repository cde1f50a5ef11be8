"""A round of fresh samples: from problems to experiences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.common.stopwatch import Stopwatch
from rltf.errors import RunError
from rltf.models.padding import by_length
from rltf.models.policy import Policy
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.verdict_line import training_line
from rltf.sampling_options import Sampling
from rltf.trainer.baselines import Baselines
from rltf.trainer.buffer import Experience
from rltf.trainer.config import Config
from rltf.trainer.guarded_samples import is_guarded, without_rewards
from rltf.trainer.metrics import round_metrics
from rltf.trainer.objective import Group, Objective
from rltf.trainer.rollout import Rollouts


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
    ``no_baseline``, ``equal_to_baseline`` or ``duplicate``."""
    kl: float | None = None
    """Mean of log(policy / reference policy) over the experiences' tokens, if there is one."""

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
        yield from (training_line(scored, greedy=False) for scored in self.samples)


class Learned(NamedTuple):
    """What one problem's samples teach."""

    samples: list[tuple[Sample, Tensor]]
    """Samples with their advantages (T,)."""
    left_out: Counter[str]
    """See ``Round.left_out``."""


class Rounds:
    """Play the rounds of a run, and count their samples."""

    def __init__(
        self,
        config: Config,
        problems: Sequence[Problem],
        rollouts: Rollouts,
        objective: Objective,
        policy: Policy,
        stopwatch: Stopwatch,
    ) -> None:
        self._config = config
        self._problems = [problem for problem in problems if problem.tests]
        self._rollouts = rollouts
        self._objective = objective
        self._policy = policy
        self._stopwatch = stopwatch
        self._baselines = Baselines(config.baseline)
        self.reference: Policy | None = None
        """The policy of ``Scorer.reference_kl``; set before the first round where that is not 0."""
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
            greedy = baselines = [self._kept(scored) for (scored,) in pending_greedy.result()]
        else:
            greedy = [self._kept(scored) for (scored,) in pending_greedy.result()]
            baselines = [scored for scored in greedy if not scored.verdict.passed]
            baselines = baselines[: config.problems_per_round]
            problems = [scored.judged.problem for scored in baselines]
            pending = start(problems, sampling=freely, copies=config.samples_per_problem)
        groups = [[self._kept(scored) for scored in group] for group in pending.result()]
        learned = [
            self._learn(group, baseline) for group, baseline in zip(groups, baselines, strict=True)
        ]
        taught = [pair for each in learned for pair in each.samples]
        left_out = sum((each.left_out for each in learned), Counter())
        samples = [scored for group in groups for scored in group]
        with self._stopwatch.measure("update"):
            experiences, kl = self._near_reference(self._experiences(taught), samples)
        weights = self._rollouts.scorer.weights
        return self._counted(Round(samples, greedy, experiences, weights, left_out, kl))

    def _is_left_out(self, scored: ScoredSample) -> bool:
        return not self._config.train_on_guarded and is_guarded(scored)

    def _kept(self, scored: ScoredSample) -> ScoredSample:
        return without_rewards(scored) if self._is_left_out(scored) else scored

    def _counted(self, played: Round) -> Round:
        programs = [*played.greedy, *played.samples]
        left_out = list(filter(self._is_left_out, programs))
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
        """Return counters and baselines for a checkpoint."""
        return {
            "played": self.played,
            "samples": self.samples,
            "unscored": self.unscored,
            "guarded_left_out": self.guarded_left_out,
            "baselines": self._baselines.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._baselines.load_state_dict(state["baselines"])
        self.played, self.samples, self.unscored = (
            state["played"],
            state["samples"],
            state["unscored"],
        )
        self.guarded_left_out = state.get("guarded_left_out", 0)  # older checkpoints lack it

    def _learn(self, samples: Sequence[ScoredSample], greedy: ScoredSample) -> Learned:
        """Return the samples of one problem to learn from, with advantages; equal ones as one."""
        left_out = Counter(guarded=sum(map(self._is_left_out, samples)))
        samples = [scored for scored in samples if not self._is_left_out(scored)]
        baselines = self._baselines.compare(greedy, samples)
        group = Group(samples, baselines, self._policy.token_table, self._rollouts.scorer.weights)
        learned: dict[tuple[int, ...], tuple[Sample, Tensor]] = {}
        for scored, advantages in zip(samples, self._objective.advantages(group), strict=True):
            # a program as good as its baseline still pays for its distance to the reference policy
            if advantages is None:
                is_unscored = scored.verdict.status == "unscored"
                left_out["unscored" if is_unscored else "no_baseline"] += 1
                continue
            if self.reference is None and not bool(advantages.any()):
                left_out["equal_to_baseline"] += 1
                continue
            ids = scored.sample.token_ids
            if ids in learned:
                left_out["duplicate"] += 1
                advantages = learned[ids][1] + advantages
            learned[ids] = (scored.sample, advantages)
        return Learned(list(learned.values()), left_out)

    @torch.no_grad()
    def _experiences(self, learned: Sequence[tuple[Sample, Tensor]]) -> list[Experience]:
        """Return experiences with the samples' log-probabilities under the current weights."""
        rows = [(sample.prompt_ids, sample.token_ids) for sample, _ in learned]
        log_probs = self._log_probs(self._policy, rows)
        return [
            Experience(
                sample.prompt_ids,
                sample.token_ids,
                advantages,
                log_probs[index],
                sample.policy_step,
            )
            for index, (sample, advantages) in enumerate(learned)
        ]

    @torch.no_grad()
    def _near_reference(
        self, experiences: list[Experience], samples: Sequence[ScoredSample]
    ) -> tuple[list[Experience], float | None]:
        """Subtract ``reference_kl`` * log(policy / reference) from each token's advantage.

        An experience that stands for equal samples pays once for each (PPOCoder's R_kl). Returns
        the experiences and the mean of the log.
        """
        if self.reference is None or not experiences:
            return experiences, None
        rows = [(each.prompt_ids, each.token_ids) for each in experiences]
        reference = self._log_probs(self.reference, rows)
        logs = [each.log_probs - reference[index] for index, each in enumerate(experiences)]
        copies = Counter((each.sample.prompt_ids, each.sample.token_ids) for each in samples)
        beta = self._rollouts.scorer.reference_kl
        nearer = [
            replace(each, advantages=each.advantages - beta * copies[row] * log)
            for each, row, log in zip(experiences, rows, logs, strict=True)
        ]
        return nearer, float(torch.cat(logs).mean())

    def _log_probs(
        self, policy: Policy, rows: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]
    ) -> dict[int, Tensor]:
        """Return the log-probabilities (T,) of each row's target by its index, on the CPU."""
        log_probs: dict[int, Tensor] = {}
        for chosen in by_length(rows, self._config.micro_batch_size):
            batch, _ = policy.log_probs([rows[i][0] for i in chosen], [rows[i][1] for i in chosen])
            for index, row in zip(chosen, batch.cpu(), strict=True):
                log_probs[index] = row[: len(rows[index][1])].clone()
        return log_probs
