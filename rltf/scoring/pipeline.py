"""Scoring: samples and problems in, verdicts and reward terms out.

The public name of :func:`score` is ``rltf.score``.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rltf import manager
from rltf.diagnosis import Classifier
from rltf.problem import Problem
from rltf.reward import Judged, Reward, RewardTerm, ScoredSample, complaint
from rltf.sample import Sample
from rltf.scoring.plugin_failures import ContractBroken, Failures
from rltf.scoring.reward_specs import parse_rewards
from rltf.scoring.visibility import hidden_verdict
from rltf.verdict import RECORD_BYTES, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_REPEATS = 512
"""Samples of known programs that a stream lets wait."""
_REMEMBERED = 64 << 20


class Scorer:
    """A classifier and rewards, made once and applied to many verdicts.

    Args:
        rewards: names with options and weights, as :func:`rltf.scoring.reward_specs.parse_rewards` reads them.
        shared: options for all rewards whose factories take them, where a reward has none of its own.

    Raises :class:`rltf.manager.PluginError` where one of the names is unknown.
    """

    def __init__(
        self,
        rewards: str | Iterable[str],
        *,
        classifier: str = "rltf",
        shared: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        specs = parse_rewards(rewards)
        self._classifier_name = classifier
        self._classifier: Classifier = manager.get("classifier", classifier)
        self._rewards: dict[str, Reward] = {
            name: manager.get(
                "reward",
                name,
                **{**manager.accepted_options("reward", name, shared), **spec.options},
            )
            for name, spec in specs.items()
        }
        replaced = {
            other for reward in self._rewards.values() for other in getattr(reward, "replaces", ())
        }
        self.weights = {
            name: 0.0 if name in replaced else spec.weight for name, spec in specs.items()
        }
        """Reward name to what training multiplies it by."""
        self.reference_kl: float = sum(
            self.weights[name] * getattr(reward, "reference_kl", 0.0)
            for name, reward in self._rewards.items()
        )
        """What training takes off each token for a unit of log(policy / reference policy)."""
        self.failures = Failures()

    def __call__(self, problem: Problem, sample: Sample, verdict: Verdict) -> ScoredSample:
        """The verdict with its diagnosis and the terms of each reward.

        Of a problem with visible and hidden tests, diagnosis and terms are for the hidden ones.
        A plugin that fails gives ``None`` and a warning with its name and the sample's: its fault
        is not the program's.
        """
        hidden = hidden_verdict(problem, verdict)
        diagnosis = self.failures.guard(
            f"classifier {self._classifier_name!r}",
            self._classifier,
            sample,
            lambda: self._classifier(problem, sample, hidden),
        )
        judged = Judged(problem, sample, hidden, diagnosis)
        terms = {
            name: self.failures.guard(
                f"reward {name!r}", reward, sample, partial(_terms, reward, judged)
            )
            for name, reward in self._rewards.items()
        }
        return ScoredSample(replace(judged, verdict=verdict), terms)


def _terms(reward: Reward, judged: Judged) -> tuple[RewardTerm, ...] | None:
    """What a reward says, checked. Its values are floats of Python's, which JSON has a form for."""
    terms = reward(judged)
    if terms is None:
        return None
    terms = tuple(terms)
    if (wrong := complaint(terms, len(judged.sample.program))) is not None:
        raise ContractBroken(wrong)
    return tuple(
        term if type(term.value) is float else replace(term, value=float(term.value))
        for term in terms
    )


def score(
    samples: Sequence[Sample],
    problems: Iterable[Problem],
    rewards: Iterable[str] = ("coarse", "fine", "adaptive"),
    *,
    classifier: str = "rltf",
    sandbox: Sandbox | None = None,
) -> list[ScoredSample]:
    """Judge samples against their problems' tests and reward them, in the order of the samples.

    ``problems`` are found by ``Sample.task_id``. Programs that occur more than once for a problem
    are judged once. Without a ``sandbox``, one is started and closed. Raises ``ValueError`` for a
    sample whose problem is missing.
    """
    return score_with(Scorer(rewards, classifier=classifier), samples, problems, sandbox)


def score_with(
    scorer: Scorer,
    samples: Sequence[Sample],
    problems: Iterable[Problem],
    sandbox: Sandbox | None = None,
) -> list[ScoredSample]:
    """:func:`score` with a classifier and rewards that are there already."""
    tasks = {problem.task_id: problem for problem in problems}
    jobs = {
        (sample.task_id, sample.program): (_problem_of(sample, tasks), sample.program)
        for sample in samples
    }
    started: AbstractContextManager[Sandbox] = (
        manager.get("executor", "sandbox") if sandbox is None else nullcontext(sandbox)
    )
    with started as judge:
        verdicts = dict(zip(jobs, judge.judge_many(jobs.values()), strict=True))
    scored = [
        scorer(tasks[sample.task_id], sample, verdicts[sample.task_id, sample.program])
        for sample in samples
    ]
    manager.notify("rltf_samples_scored", samples=scored)
    return scored


def score_stream(
    jobs: Iterable[tuple[Problem, Sample]], scorer: Scorer, sandbox: Sandbox
) -> Iterator[ScoredSample]:
    """Judge and reward samples as they come, in order; holds only those that are being judged.

    A program that comes again for its problem is not judged again as long as it is remembered.
    """
    unread = iter(jobs)
    memory = _Memory()
    waiting: deque[tuple[Problem, Sample, _Program]] = deque()
    at_sandbox: deque[_Program] = deque()
    ended = False

    def unknown() -> Iterator[tuple[Problem, str]]:
        """Programs to judge; ends early rather than let too many repeats of known ones wait."""
        nonlocal ended
        while len(waiting) - len(at_sandbox) < _REPEATS:
            job = next(unread, None)
            if job is None:
                ended = True
                return
            program, is_new = memory.recall(*job)
            waiting.append((*job, program))
            if is_new:
                at_sandbox.append(program)
                yield job[0], job[1].program

    def finished() -> Iterator[ScoredSample]:
        while waiting and (verdict := waiting[0][2].verdict) is not None:
            problem, sample, _ = waiting.popleft()
            scored = scorer(problem, sample, verdict)
            manager.notify("rltf_samples_scored", samples=[scored])
            yield scored

    while not ended:
        for verdict in sandbox.judge_many(unknown()):
            memory.learn(at_sandbox.popleft(), verdict)
            yield from finished()
        yield from finished()


@dataclass(eq=False)
class _Program:
    """A program that samples share."""

    key: tuple[str, str]
    """Its problem's task id, and its text."""
    verdict: Verdict | None = None
    """``None`` until it is judged."""


class _Memory:
    """The last programs of a stream, as many as fit in ``_REMEMBERED`` bytes, more or less."""

    def __init__(self) -> None:
        self._programs: dict[tuple[str, str], tuple[_Program, int]] = {}
        self._weight = 0

    def recall(self, problem: Problem, sample: Sample) -> tuple[_Program, bool]:
        """The program of a sample, and whether it must be judged."""
        key = problem.task_id, sample.program
        if (known := self._programs.get(key)) is not None:
            verdict = known[0].verdict
            if verdict is None or verdict.status != "unscored":
                return known[0], False
            self._forget(key)
        program = _Program(key)
        self._remember(program, RECORD_BYTES * (1 + len(problem.tests)))
        return program, True

    def learn(self, program: _Program, verdict: Verdict) -> None:
        """Notes the verdict of a program."""
        program.verdict = verdict
        known = self._programs.get(program.key)
        if known is not None and known[0] is program:
            self._forget(program.key)
            self._remember(program, verdict.memory_bytes)

    def _remember(self, program: _Program, verdict_bytes: int) -> None:
        weight = sys.getsizeof(program.key[1]) + verdict_bytes
        self._programs[program.key] = program, weight
        self._weight += weight
        while self._weight > _REMEMBERED and len(self._programs) > 1:
            self._forget(next(iter(self._programs)))

    def _forget(self, key: tuple[str, str]) -> None:
        self._weight -= self._programs.pop(key)[1]


def _problem_of(sample: Sample, tasks: Mapping[str, Problem]) -> Problem:
    try:
        return tasks[sample.task_id]
    except KeyError:
        raise ValueError(f"no problem {sample.task_id!r} for sample {sample.index}") from None
