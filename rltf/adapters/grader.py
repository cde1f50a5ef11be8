"""The grader: the one call behind all adapters, from completions to rewards.

A grader is only its settings, so it can be pickled and sent to the workers of a host. Each process
starts one sandbox when the first grader needs it, shares it between all graders with the same
executor, and closes it at exit.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rltf import manager
from rltf.adapters.completions import text_of
from rltf.errors import ConfigError, SandboxError
from rltf.limits import Limits
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.answers import answered
from rltf.scoring.pipeline import Job
from rltf.scoring.scorer import Scorer, parse_rewards
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox
    from rltf.scoring.judging_queue import JudgingQueue

_Key = tuple[str, int | None, Limits | None]

NO_COMPLETION = "the host gave no completion"


@dataclass(frozen=True)
class Grader:
    """Judges and rewards completions, for any number of threads and event loops at a time.

    Raises :class:`rltf.errors.ConfigError` for a setting of the wrong type and for invalid weights,
    :class:`rltf.errors.PluginError` for an unknown name, and at the first call
    :class:`rltf.errors.RltfError` if an option of a reward is wrong or the sandbox cannot start. A
    sandbox that fails later gives ``unscored`` verdicts, whose rewards are ``None``.
    """

    rewards: str = "coarse"
    """What to reward, in the syntax of ``rltf score --reward``: ``coarse,fine:0.5``."""
    classifier: str = "rltf"
    executor: str = "sandbox"
    workers: int | None = None
    """Programs judged at a time; ``None``: one for each core."""
    limits: Limits | None = None
    """Limits of problems that set none."""

    def __post_init__(self) -> None:
        """Refuse what the files that configure hosts may hold: other types and unknown names."""
        for name in ("rewards", "classifier", "executor"):
            if not isinstance(value := getattr(self, name), str):
                raise ConfigError(f"{name} must be text such as coarse, not {value!r:.60}")
        workers = self.workers
        if workers is not None and (type(workers) is not int or workers < 1):
            raise ConfigError(f"workers must be a number from 1, not {workers!r:.60}")
        if self.limits is not None and not isinstance(self.limits, Limits):
            raise ConfigError(f"limits must be rltf.Limits, not {self.limits!r:.60}")
        for reward in parse_rewards(self.rewards):
            manager.check_name("reward", reward)
        manager.check_name("classifier", self.classifier)
        manager.check_name("executor", self.executor)

    def grade(self, jobs: Sequence[Job]) -> list[ScoredSample]:
        """Return the scored samples of the jobs, in their order."""
        return self._score(jobs, (_queues.get(self._key) or self._queue()).judge(jobs))

    async def grade_async(self, jobs: Sequence[Job]) -> list[ScoredSample]:
        """Do what :meth:`grade` does, for asyncio. A sandbox starts in a thread of its own."""
        started = _queues.get(self._key)
        if started is None:
            started = await asyncio.to_thread(self._queue)
        return self._score(jobs, await started.judge_async(jobs))

    def value(self, scored: ScoredSample) -> float | None:
        """Return the weighted sum of the rewards; ``None`` if the sample could not be scored."""
        return scored.total(_scorer(self.rewards, self.classifier).weights)

    def reward(self, scored: ScoredSample) -> float:
        """Return the value for a host that has no word for a missing one.

        A judged sample that no reward applies to, such as a program that breaks with ``adaptive``
        alone, has 0. Raises :class:`rltf.errors.SandboxError` if the sample could not be judged, or
        if a reward has failed in this process, so that nothing tells the two apart.
        """
        if (value := self.value(scored)) is not None:
            return value
        reason = scored.verdict.reason
        if scored.verdict.status != "unscored":
            failed = _scorer(self.rewards, self.classifier).failures.last
            reason = next(iter(failed.values()), "")
            if not reason:
                return 0.0
        raise SandboxError(f"a sample could not be scored: {reason}")

    @property
    def _key(self) -> _Key:
        return self.executor, self.workers, self.limits

    def _queue(self) -> JudgingQueue:
        """Return this process's queue; start it if there is none."""
        _scorer(self.rewards, self.classifier)  # finds a wrong name before anything is judged
        with _starting:
            if (found := _queues.get(self._key)) is None:
                found = _queues[self._key] = _start(*self._key)
        return found

    def _score(self, jobs: Sequence[Job], verdicts: Sequence[Verdict]) -> list[ScoredSample]:
        scorer = _scorer(self.rewards, self.classifier)
        with _scoring:
            scored = [
                scorer(job.problem, job.sample, verdict)
                for job, verdict in zip(jobs, verdicts, strict=True)
            ]
            manager.notify("rltf_samples_scored", samples=scored)
        return scored


def job_of(problem: Problem, completion: object, token_ids: Sequence[int] = ()) -> Job:
    """Return the job to judge a completion, in any form that :func:`text_of` reads.

    The program is cut out of its prose; where it does not define the entry point, it follows the
    problem's prompt. A completion of ``None`` is unscored: that is a fault of the host.
    """
    if completion is None:
        return Job(problem, Sample(problem.task_id, ""), Verdict.unscored(NO_COMPLETION))
    _, program, text, shift = answered(problem, text_of(completion))
    return Job(
        problem,
        Sample(problem.task_id, program, text=text, shift=shift, token_ids=tuple(token_ids)),
    )


@lru_cache
def _scorer(rewards: str, classifier: str) -> Scorer:
    return Scorer(rewards, classifier=classifier)


_queues: dict[_Key, JudgingQueue] = {}
_starting = threading.Lock()
_scoring = threading.Lock()
"""Rewards may keep state, such as a server that finds faults, so one thread at a time uses them."""


def _start(executor: str, workers: int | None, limits: Limits | None) -> JudgingQueue:
    from rltf.scoring.judging_queue import JudgingQueue

    options = {"workers": workers, "limits": limits}
    given = {name: value for name, value in options.items() if value is not None}
    started: Sandbox = manager.get("executor", executor, **given)
    threads = workers or getattr(started, "workers", None) or os.cpu_count() or 1
    return JudgingQueue(started, threads)


def close() -> None:
    """Close the sandboxes of this process. The next call of a grader starts a new one."""
    with _starting:
        while _queues:
            _queues.popitem()[1].close()


def _after_fork_in_child() -> None:
    """Forget the parent's queues, whose threads are not here, and locks that others may hold."""
    global _starting, _scoring
    _starting, _scoring = threading.Lock(), threading.Lock()
    _queues.clear()
    _scorer.cache_clear()


atexit.register(close)
os.register_at_fork(after_in_child=_after_fork_in_child)
