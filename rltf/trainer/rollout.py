"""Rollouts: the policy writes programs while the executor judges those it has written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rltf.common.seeds import derive_seed
from rltf.common.stopwatch import Stopwatch
from rltf.models.free_memory import return_free_memory
from rltf.models.policy import Policy
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.sampling_options import Sampling
from rltf.scoring.pipeline import VerdictMemory, score_with
from rltf.scoring.scorer import Scorer
from rltf.trainer.ranks import Ranks

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

Batch = list[tuple[int, Sample]]
"""Samples of one generation batch, each with its place among all requested samples."""


class Rollouts:
    """Write and score samples of a policy. A context manager: it owns the judging thread.

    That thread feeds the executor, so that one batch is judged while the next is being written.
    Results come in the order of the problems, whatever the order of the verdicts.
    """

    def __init__(
        self,
        policy: Policy,
        executor: Sandbox,
        *,
        scorer: Scorer,
        max_prompt_tokens: int,
        batch_size: int,
        stopwatch: Stopwatch,
        ranks: Ranks | None = None,
    ) -> None:
        self._policy = policy
        self._ranks = ranks or Ranks()
        self.scorer = scorer
        self._max_prompt_tokens = max_prompt_tokens
        self._batch_size = batch_size
        self._stopwatch = stopwatch
        self._prompts: dict[str, tuple[int, ...]] = {}
        self._executor = executor
        self.layers = getattr(executor, "layers", ())
        """The protections in force while samples are judged."""
        self._memory = VerdictMemory()
        self._judge = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rltf-judge")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._judge.shutdown(wait=error is None, cancel_futures=True)

    def prompt(self, problem: Problem) -> tuple[int, ...]:
        """Return the (P,) ids of a problem's prompt."""
        if problem.task_id not in self._prompts:
            self._prompts[problem.task_id] = self._policy.encode_prompt(
                problem, self._max_prompt_tokens
            )
        return self._prompts[problem.task_id]

    def start(
        self,
        problems: Sequence[Problem],
        *,
        sampling: Sampling,
        copies: int,
        seed: int,
        policy_step: int,
    ) -> Pending:
        """Write ``copies`` samples for each problem; some may still be at the executor.

        Each rank writes those of its share of the problems. What is drawn for a sample depends on
        its problem and its number, and not on the samples beside it.
        """
        problems = self._ranks.share(problems)
        by_id = {problem.task_id: problem for problem in problems}
        rows = [(problem, index) for problem in problems for index in range(copies)]
        prompts = [self.prompt(problem) for problem, _ in rows]
        batches = self._policy.generate(
            prompts,
            sampling,
            seed=[derive_seed(seed, problem.task_id, index) for problem, index in rows],
            batch_size=self._batch_size,
            stops=self._policy.prompt_format.stops,
        )
        futures: list[Future[list[tuple[int, ScoredSample]]]] = []
        with self._stopwatch.measure("generation"):
            for completions in batches:
                batch: Batch = []
                for row, completion in completions:
                    problem, index = rows[row]
                    sample = self._policy.sample(
                        problem, prompts[row], completion, index=index, policy_step=policy_step
                    )
                    batch.append((row, sample))
                futures.append(self._judge.submit(self._score, batch, by_id))
        return_free_memory()
        return Pending(futures, copies, self._stopwatch, self._ranks)

    def judge(self, samples: Sequence[Sample], problems: Sequence[Problem]) -> list[ScoredSample]:
        """Judge samples that were written elsewhere, and wait for them."""
        by_id = {problem.task_id: problem for problem in problems}
        with self._stopwatch.measure("reward_exposed"):
            pairs = self._judge.submit(self._score, list(enumerate(samples)), by_id).result()
        return [scored for _, scored in pairs]

    def _score(self, batch: Batch, by_id: Mapping[str, Problem]) -> list[tuple[int, ScoredSample]]:
        with self._stopwatch.measure("reward"):
            scored = score_with(
                self.scorer,
                [sample for _, sample in batch],
                [by_id[task_id] for task_id in {sample.task_id for _, sample in batch}],
                self._executor,
                memory=self._memory,
            )
            self.scorer.failures.check()
        return [(row, result) for (row, _), result in zip(batch, scored, strict=True)]


class Pending:
    """Samples that are being judged."""

    def __init__(
        self,
        futures: Sequence[Future[list[tuple[int, ScoredSample]]]],
        copies: int,
        stopwatch: Stopwatch,
        ranks: Ranks,
    ) -> None:
        self._ranks = ranks
        self._groups: list[list[ScoredSample]] | None = None
        self._futures = futures
        self._copies = copies
        self._stopwatch = stopwatch

    def result(self) -> list[list[ScoredSample]]:
        """Wait for the scored samples; return those of each problem, in the requested order.

        Every rank gets those of all ranks.
        """
        if self._groups is not None:
            return self._groups
        with self._stopwatch.measure("reward_exposed"):
            scored = dict(pair for future in self._futures for pair in future.result())
        rows = [scored[row] for row in range(len(scored))]
        groups = [rows[i : i + self._copies] for i in range(0, len(rows), self._copies)]
        self._groups = self._ranks.gather(groups)
        return self._groups
