"""The scoring pipeline: samples in, verdicts and reward terms out.

    jobs ─► known program? ─── yes ──────────────────┐
                 └─ no ─► sandbox ─► verdict memory ─┴─► scorer ─► rltf_samples_scored ─► caller

Everything that judges samples runs on it: ``rltf score``, ``rltf bench``, ``rltf run``,
``rltf critic`` and ``rltf augment``. The public name of :func:`score` is ``rltf.score``.
"""

from __future__ import annotations

import itertools
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rltf import manager
from rltf.errors import PluginError
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.scoring.scorer import Scorer
from rltf.verdict import RECORD_BYTES, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_MAX_WAITING = 512
"""How many samples of known programs may wait in a stream."""


class Job(NamedTuple):
    """A sample to judge against the tests of its problem."""

    problem: Problem
    sample: Sample
    verdict: Verdict | None = None
    """The verdict, if it is known beforehand: the program is not run."""


def score(
    samples: Sequence[Sample],
    problems: Iterable[Problem],
    rewards: Iterable[str] = ("coarse", "fine", "adaptive"),
    *,
    classifier: str = "rltf",
    sandbox: Sandbox | None = None,
) -> list[ScoredSample]:
    """Judge samples against their problems' tests and reward them, in the order of the samples.

    The problem of a sample is looked up by ``Sample.task_id``. A program that occurs more than
    once for a problem is judged once. Without a ``sandbox``, one is started and closed. Raises
    ``ValueError`` if the problem of a sample is missing.
    """
    return score_with(Scorer(rewards, classifier=classifier), samples, problems, sandbox)


def score_with(
    scorer: Scorer,
    samples: Sequence[Sample],
    problems: Iterable[Problem],
    sandbox: Sandbox | None = None,
    *,
    memory: VerdictMemory | None = None,
) -> list[ScoredSample]:
    """Do what :func:`score` does, with an existing scorer and, if given, an existing memory."""
    by_id = {problem.task_id: problem for problem in problems}
    jobs = [Job(_problem_of(sample, by_id), sample) for sample in samples]
    opened: AbstractContextManager[Sandbox] = (
        manager.get("executor", "sandbox") if sandbox is None else nullcontext(sandbox)
    )
    with opened as executor:
        return _score_batch(judge_jobs(jobs, executor, memory=memory), scorer)


def score_stream(
    jobs: Iterable[Job | tuple[Problem, Sample]],
    scorer: Scorer,
    sandbox: Sandbox,
    *,
    as_completed: bool = False,
) -> Iterator[ScoredSample]:
    """Judge and reward samples as they come; see :func:`judge_jobs` for order and memory."""
    for judged in judge_jobs(jobs, sandbox, as_completed=as_completed):
        yield from _score_batch([judged], scorer)


def _score_batch(judged: Iterable[tuple[Job, Verdict]], scorer: Scorer) -> list[ScoredSample]:
    """Reward judged samples, and show them to plugins as one batch."""
    scored = [scorer(job.problem, job.sample, verdict) for job, verdict in judged]
    manager.notify("rltf_samples_scored", samples=scored)
    return scored


def judge_jobs(
    jobs: Iterable[Job | tuple[Problem, Sample]],
    sandbox: Sandbox,
    *,
    as_completed: bool = False,
    memory: VerdictMemory | None = None,
) -> Iterator[tuple[Job, Verdict]]:
    """Judge samples as they come, and hold only those that are being judged.

    A program that comes again for its problem shares the verdict, as long as the memory holds it.
    A verdict ``unscored`` is not shared with later samples: their program is judged again.

    Args:
        as_completed: Yield each job as soon as its verdict is known, instead of in order.
        memory: Verdicts to share with other calls, one call at a time. By default, every call has
            a memory of its own.
    """
    unread = itertools.starmap(Job, jobs)
    memory = VerdictMemory() if memory is None else memory
    waiting = _WaitingJobs(as_completed)
    at_sandbox: dict[int, _Program] = {}
    exhausted = False

    def new_programs() -> Iterator[tuple[Problem, str]]:
        """Yield programs to judge; end early rather than let too many repeats wait."""
        nonlocal exhausted
        index = 0
        while waiting.count - len(at_sandbox) < _MAX_WAITING:
            if (job := next(unread, None)) is None:
                exhausted = True
                return
            program, is_new = memory.recall(job)
            waiting.add(job, program)
            if is_new:
                at_sandbox[index] = program
                index += 1
                yield job.problem, job.sample.program

    try:
        while not exhausted:
            verdicts = (
                sandbox.judge_many(new_programs(), as_completed=True)
                if as_completed
                else enumerate(sandbox.judge_many(new_programs()))
            )
            for index, verdict in verdicts:
                program = at_sandbox.pop(index)
                memory.learn(program, verdict)
                waiting.release(program)
                yield from waiting.finished()
            if at_sandbox:
                raise PluginError(f"the executor gave no verdict for {len(at_sandbox)} programs")
            yield from waiting.finished()
    finally:
        for program in at_sandbox.values():
            memory.forget(program)


@dataclass(eq=False)
class _Program:
    """A program of a problem; samples may share it."""

    key: tuple[str, str]
    """The problem's task id, and the program's text."""
    verdict: Verdict | None = None
    """``None`` until the program is judged."""


class _WaitingJobs:
    """Jobs that were read and not yet given to the caller."""

    def __init__(self, as_completed: bool) -> None:
        self._as_completed = as_completed
        self._queue: deque[tuple[Job, _Program]] = deque()
        self._unjudged: dict[_Program, list[Job]] = {}
        """Jobs that join the queue with their verdict; used for ``as_completed`` only."""
        self.count = 0

    def add(self, job: Job, program: _Program) -> None:
        self.count += 1
        if self._as_completed and program.verdict is None:
            self._unjudged.setdefault(program, []).append(job)
        else:
            self._queue.append((job, program))

    def release(self, program: _Program) -> None:
        """Queue the jobs that waited for a program's verdict."""
        self._queue.extend((job, program) for job in self._unjudged.pop(program, ()))

    def finished(self) -> Iterator[tuple[Job, Verdict]]:
        """Remove jobs from the front of the queue, up to the first without a verdict."""
        while self._queue and (verdict := self._queue[0][1].verdict) is not None:
            job, _ = self._queue.popleft()
            self.count -= 1
            yield job, verdict


class VerdictMemory:
    """The verdicts of the latest programs, as many as fit in about ``max_bytes``.

    Not safe for use by several streams at a time.
    """

    def __init__(self, max_bytes: int = 64 << 20) -> None:
        self._max_bytes = max_bytes
        self._programs: dict[tuple[str, str], tuple[_Program, int]] = {}
        self._bytes = 0

    def recall(self, job: Job) -> tuple[_Program, bool]:
        """Return the program of a job, and whether it must be judged."""
        key = job.problem.task_id, job.sample.program
        if job.verdict is not None:
            return _Program(key, job.verdict), False
        if (remembered := self._programs.get(key)) is not None:
            verdict = remembered[0].verdict
            if verdict is None or verdict.status != "unscored":
                return remembered[0], False
            self.forget(remembered[0])
        program = _Program(key)
        self._remember(program, RECORD_BYTES * (1 + len(job.problem.tests)))
        return program, True

    def learn(self, program: _Program, verdict: Verdict) -> None:
        """Store the verdict of a program."""
        program.verdict = verdict
        if self.forget(program):
            self._remember(program, verdict.memory_bytes)

    def forget(self, program: _Program) -> bool:
        """Remove a program; return whether it was still there."""
        remembered, size = self._programs.get(program.key, (None, 0))
        if remembered is not program:
            return False
        del self._programs[program.key]
        self._bytes -= size
        return True

    def _remember(self, program: _Program, verdict_bytes: int) -> None:
        size = sys.getsizeof(program.key[1]) + verdict_bytes
        self._programs[program.key] = program, size
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._programs) > 1:
            oldest, _ = next(iter(self._programs.values()))
            self.forget(oldest)


def _problem_of(sample: Sample, by_id: Mapping[str, Problem]) -> Problem:
    try:
        return by_id[sample.task_id]
    except KeyError:
        raise ValueError(f"no problem {sample.task_id!r} for sample {sample.index}") from None
