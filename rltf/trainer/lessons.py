"""Lessons: from the scored samples of problems to the experiences that training takes from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rltf.models.policy import Policy
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.verdict_line import training_line
from rltf.scoring.scorer import Scorer
from rltf.trainer.actor import Actor, Row
from rltf.trainer.advantage_steps import advantage_steps
from rltf.trainer.baselines import Baselines
from rltf.trainer.buffer import Experience
from rltf.trainer.config import Config
from rltf.trainer.metrics import round_metrics
from rltf.trainer.objective import Estimate, Extras, Group, Objective, WrittenTokens
from rltf.trainer.ranks import Ranks

SampleKey = tuple[str, tuple[int, ...]]
"""Task id and token ids: equal samples of a round share what they teach."""


class Taught(NamedTuple):
    """A sample to learn from."""

    sample: Sample
    advantages: Tensor
    """(T,) the sum over equal samples of the problem."""
    copies: int
    """Number of equal samples."""


@dataclass(frozen=True)
class Learned:
    """What one problem's samples teach."""

    taught: Sequence[Taught]
    left_out: Counter[str]
    """See ``Round.left_out``."""


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
    problems_taught: int = 0
    """Number of problems with an experience."""
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


class Lessons:
    """Turn samples into experiences, and remember the baselines of problems."""

    def __init__(
        self,
        config: Config,
        scorer: Scorer,
        objective: Objective,
        actor: Actor,
        ranks: Ranks | None = None,
    ) -> None:
        self._ranks = ranks or Ranks()
        self._config = config
        self._scorer = scorer
        self._objective = objective
        self._extras = Extras(objective)
        self._actor = actor
        self.baselines = Baselines(config.baseline)
        self.reference: Policy | None = None
        """The policy that the online steps began with; set before the first round if
        :attr:`needs_reference`."""

    @property
    def needs_reference(self) -> bool:
        """Whether the distance from the first policy counts."""
        return self._extras.needs_reference or self._scorer.reference_kl != 0

    def kept(self, scored: ScoredSample) -> ScoredSample:
        """Return the sample, without rewards if it is left out because it was judged guarded."""
        return without_rewards(scored) if self.is_left_out(scored) else scored

    def is_left_out(self, scored: ScoredSample) -> bool:
        """Return whether a sample teaches nothing because it was judged guarded."""
        return not self._config.train_on_guarded and is_guarded(scored)

    def round_of(
        self,
        groups: Sequence[tuple[Sequence[ScoredSample], ScoredSample]],
        greedy: Sequence[ScoredSample],
    ) -> Round:
        """Return the round of these samples.

        Args:
            groups: The samples of each problem, with the greedy program that they compare to.
            greedy: All greedy programs of the round.
        """
        learned = [self.learn(samples, own) for samples, own in groups]
        taught = [each for problem in learned for each in problem.taught]
        left_out = sum((each.left_out for each in learned), Counter())
        experiences, kl = self.experiences(taught)
        advantages = {
            _key(each.sample): self.steps(each, experience)
            for each, experience in zip(taught, experiences, strict=True)
        }
        return Round(
            [scored for samples, _ in groups for scored in samples],
            greedy,
            experiences,
            self._scorer.weights,
            left_out,
            sum(bool(each.taught) for each in learned),
            kl,
            advantages,
        )

    def learn(self, samples: Sequence[ScoredSample], greedy: ScoredSample) -> Learned:
        """Return the samples of one problem to learn from, with advantages; equal ones as one."""
        left_out = Counter(guarded=sum(map(self.is_left_out, samples)))
        samples = [scored for scored in samples if not self.is_left_out(scored)]
        table, weights = self._actor.policy.token_table, self._scorer.weights
        baselines = self.baselines.compare(greedy, samples)
        group = Group(samples, baselines, table, weights, greedy)
        taught: dict[tuple[int, ...], Taught] = {}
        for scored, advantages in zip(samples, self._objective.advantages(group), strict=True):
            if advantages is None:
                left_out[_why(scored, has_baseline=baselines is not None)] += 1
                continue
            # a program as good as its baseline still pays for its distance to the reference policy
            is_final = self.reference is None and not self._extras.estimates
            if is_final and not bool(advantages.any()):
                left_out["equal_to_baseline"] += 1
                continue
            ids = scored.sample.token_ids
            copies = 1
            if ids in taught:
                left_out["duplicate"] += 1
                advantages = taught[ids].advantages + advantages
                copies += taught[ids].copies
            taught[ids] = Taught(scored.sample, advantages, copies)
        return Learned(list(taught.values()), left_out)

    def experiences(self, taught: Sequence[Taught]) -> tuple[list[Experience], float | None]:
        """Return experiences as the current weights see them, and the mean distance per token.

        The distance is that of log(policy / reference policy), ``None`` without a reference.
        """
        rows = [(each.sample.prompt_ids, each.sample.token_ids) for each in taught]
        written = self._written(taught, rows)
        reference = self._reference_log_probs(rows)
        logs = [
            log_probs - then
            for (log_probs, _), then in zip(written, reference, strict=True)
            if then is not None
        ]
        tokens = [
            WrittenTokens(each.advantages / each.copies, log_probs, then, values)
            for each, (log_probs, values), then in zip(taught, written, reference, strict=True)
        ]
        estimates = self._estimates(taught, tokens)
        experiences = [
            Experience(
                *row,
                estimate.advantages,
                token.log_probs,
                each.sample.policy_step,
                token.reference_log_probs,
                token.values,
                estimate.returns,
            )
            for row, each, token, estimate in zip(rows, taught, tokens, estimates, strict=True)
        ]
        return experiences, float(torch.cat(logs).mean()) if logs else None

    def _written(
        self, taught: Sequence[Taught], rows: Sequence[Row]
    ) -> list[tuple[Tensor, Tensor | None]]:
        """Return log-probabilities (T,) as each sample was written, and values (T,) as of now.

        A sample brings its log-probabilities along; one of a policy that generates in its own way
        may not, and is read again.
        """
        head = self._actor.head is not None
        unread = [index for index, each in enumerate(taught) if head or not each.sample.log_probs]
        mine = self._ranks.share([rows[index] for index in unread])
        read = self._ranks.gather(self._actor.read(mine, self._config.micro_batch_size))
        found = dict(zip(unread, read, strict=True))
        pairs = []
        for index, each in enumerate(taught):
            log_probs, values = found.get(index, (None, None))
            if each.sample.log_probs:
                log_probs = torch.tensor(each.sample.log_probs)
            assert log_probs is not None
            pairs.append((log_probs, values))
        return pairs

    def steps(self, taught: Taught, experience: Experience) -> list[tuple[int, float]]:
        """Return the advantages of one of the equal samples over the characters of its program."""
        table = self._actor.policy.token_table
        return advantage_steps(taught.sample, experience.advantages / taught.copies, table)

    def _reference_log_probs(self, rows: Sequence[Row]) -> list[Tensor | None]:
        if self.reference is None:
            return [None] * len(rows)
        mine = self._ranks.share(rows)
        read = self._ranks.gather(Actor(self.reference).read(mine, self._config.micro_batch_size))
        return [log_probs for log_probs, _ in read]

    def _estimates(
        self, taught: Sequence[Taught], tokens: Sequence[WrittenTokens]
    ) -> list[Estimate]:
        """Return the advantages of each experience: those of a sample times its copies.

        Without an estimate of the objective, ``reference_kl`` * log(policy / reference) is
        subtracted from each token's advantage, once for each copy (PPOCoder's R_kl).
        """
        if self._extras.estimates:
            return [
                Estimate(each.copies * made.advantages, made.returns)
                for each, made in zip(taught, self._extras.estimate(tokens), strict=True)
            ]
        beta = self._scorer.reference_kl
        return [
            Estimate(
                each.advantages
                if token.reference_log_probs is None
                else each.advantages
                - beta * each.copies * (token.log_probs - token.reference_log_probs)
            )
            for each, token in zip(taught, tokens, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Return the baselines and the state of the objective for a checkpoint."""
        return {"baselines": self.baselines.state_dict(), "objective": self._extras.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint; older ones have no state of an objective."""
        self.baselines.load_state_dict(state["baselines"])
        self._extras.load_state_dict(state.get("objective", {}))


def is_guarded(scored: ScoredSample) -> bool:
    """Return whether a program was judged, and a test of it guarded."""
    return scored.verdict.judging == "guarded" and scored.verdict.status != "unscored"


def without_rewards(scored: ScoredSample) -> ScoredSample:
    """Return a guarded sample without rewards, and any other unchanged.

    A guarded program shares its process with the test, where it may cheat (docs/security.md). A
    policy that is rewarded for such verdicts finds out how.
    """
    if not is_guarded(scored):
        return scored
    return replace(scored, terms=dict.fromkeys(scored.terms))


def _key(sample: Sample) -> SampleKey:
    return sample.task_id, sample.token_ids


def _why(scored: ScoredSample, *, has_baseline: bool) -> str:
    """Return why an objective left a sample out."""
    if scored.verdict.status == "unscored":
        return "unscored"
    if all(terms is None for terms in scored.terms.values()):
        return "no_reward"
    return "truncated" if has_baseline and scored.sample.truncated else "no_baseline"
