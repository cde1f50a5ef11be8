"""Judges the samples of a file while it is still being written."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rltf import manager
from rltf.bench.bench_folder import BenchFolder
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.verdict_line import verdict_line
from rltf.scoring.pipeline import Scorer
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

Line = Mapping[str, Any]


class Judging:
    """A thread that follows samples.jsonl, judges what has no verdict, and adds to verdicts.jsonl.

    The file is the queue: however far judging is behind, no more than the programs in the sandbox
    are in memory. A context manager; leaving it with an error ends it without the rest.

    Args:
        problems: by task id.
        wanted: whether the sample of a line of samples.jsonl is to be judged.
        written: lines that samples.jsonl holds already.
    """

    def __init__(
        self,
        folder: BenchFolder,
        problems: Mapping[str, Problem],
        sandbox: Sandbox,
        scorer: Scorer,
        wanted: Callable[[Line], bool],
        written: int,
    ) -> None:
        self._folder = folder
        self._problems = problems
        self._sandbox = sandbox
        self._scorer = scorer
        self._wanted = wanted
        self._there = written
        self._read = 0
        self._ended = False
        self._grown = threading.Condition()
        self._found: SimpleQueue[Line | BaseException | None] = SimpleQueue()
        """Verdicts, then ``None``; or what went wrong."""
        self._thread = threading.Thread(target=self._run, name="rltf-bench-judge", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            with self._grown:
                self._there = self._read
            self._sandbox.close()
        self.end()
        self._thread.join()

    def written(self, lines: int) -> None:
        """So many lines more stand in samples.jsonl."""
        with self._grown:
            self._there += lines
            self._grown.notify()

    def end(self) -> None:
        """No more lines will come."""
        with self._grown:
            self._ended = True
            self._grown.notify()

    def verdicts(self, wait: bool) -> Iterator[Line]:
        """Lines that were added to verdicts.jsonl and not given out; with ``wait``, all to come."""
        while True:
            try:
                found = self._found.get(block=wait)
            except Empty:
                return
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found

    def _run(self) -> None:
        try:
            self._judge()
        except BaseException as error:
            self._found.put(error)
        else:
            self._found.put(None)

    def _judge(self) -> None:
        waiting: dict[int, tuple[Problem, Sample]] = {}
        numbers = itertools.count()

        def programs() -> Iterator[tuple[Problem, str]]:
            for problem, sample, unanswered in self._samples():
                if unanswered:
                    self._report(problem, sample, Verdict.unscored(unanswered))
                    continue
                waiting[next(numbers)] = problem, sample
                yield problem, sample.program

        for number, verdict in self._sandbox.judge_many(programs(), as_completed=True):
            self._report(*waiting.pop(number), verdict)

    def _report(self, problem: Problem, sample: Sample, verdict: Verdict) -> None:
        scored = self._scorer(problem, sample, verdict)
        manager.notify("rltf_samples_scored", samples=[scored])
        line = verdict_line(scored)
        self._folder.verdicts.append([line])
        self._found.put(line)

    def _samples(self) -> Iterator[tuple[Problem, Sample, str]]:
        """Samples to judge, and why the model gave no text for one."""
        lines = iter(self._folder.samples)
        while self._next_is_there():
            line = next(lines)
            if self._wanted(line):
                task_id = line["task_id"]
                sample = Sample(task_id, line["solution"], index=line["sample"])
                yield self._problems[task_id], sample, line.get("unanswered", "")

    def _next_is_there(self) -> bool:
        """Waits for a line more; false when there will be none."""
        with self._grown:
            while self._read == self._there and not self._ended:
                self._grown.wait()
            if self._read == self._there:
                return False
            self._read += 1
            return True
