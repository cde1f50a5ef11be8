"""The thread that judges a benchmark's samples while others are still being written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rltf.bench.bench_folder import BenchFolder
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.verdict_line import verdict_line
from rltf.scoring.pipeline import Job, score_stream
from rltf.scoring.scorer import Scorer
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

Line = Mapping[str, Any]
"""A line of samples.jsonl or verdicts.jsonl."""


class BackgroundJudge:
    """Follows samples.jsonl in a thread, judges samples without a verdict, fills verdicts.jsonl.

    The file is the queue: however far judging lags behind, only the programs in the pipeline are
    in memory. A context manager; leaving it with an error drops the rest of the samples.

    Args:
        problems: by task id.
        needs_verdict: Whether to judge the sample of a line of samples.jsonl.
        written: How many lines samples.jsonl holds already.
    """

    def __init__(
        self,
        folder: BenchFolder,
        problems: Mapping[str, Problem],
        sandbox: Sandbox,
        scorer: Scorer,
        needs_verdict: Callable[[Line], bool],
        written: int,
    ) -> None:
        self._folder = folder
        self._problems = problems
        self._sandbox = sandbox
        self._scorer = scorer
        self._needs_verdict = needs_verdict
        self._written = written
        self._read = 0
        self._ended = False
        self._file_grew = threading.Condition()
        self._events: SimpleQueue[Line | BaseException | None] = SimpleQueue()
        """Lines of verdicts.jsonl, then ``None`` or the exception that ended the thread."""
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
            with self._file_grew:
                self._written = self._read
            self._sandbox.close()
        self.end()
        self._thread.join()

    def add_written(self, lines: int) -> None:
        """Announce that samples.jsonl has this many more lines."""
        with self._file_grew:
            self._written += lines
            self._file_grew.notify()

    def end(self) -> None:
        """Announce that no more lines will come."""
        with self._file_grew:
            self._ended = True
            self._file_grew.notify()

    def new_verdicts(self, wait: bool) -> Iterator[Line]:
        """Yield the lines of verdicts.jsonl that are new since the last call.

        With ``wait``, go on until every sample has its verdict. Raises what ended the thread.
        """
        while True:
            try:
                event = self._events.get(block=wait)
            except Empty:
                return
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event

    def _run(self) -> None:
        try:
            jobs = self._jobs()
            for scored in score_stream(jobs, self._scorer, self._sandbox, as_completed=True):
                line = verdict_line(scored)
                self._folder.verdicts.append([line])
                self._events.put(line)
        except BaseException as error:
            self._events.put(error)
        else:
            self._events.put(None)

    def _jobs(self) -> Iterator[Job]:
        """Yield the samples without a verdict; one that the model left unanswered is unscored."""
        lines = iter(self._folder.samples)
        while self._wait_for_line():
            line = next(lines)
            if not self._needs_verdict(line):
                continue
            task_id, unanswered = line["task_id"], line.get("unanswered", "")
            sample = Sample(task_id, line["solution"], index=line["sample"])
            verdict = Verdict.unscored(unanswered) if unanswered else None
            yield Job(self._problems[task_id], sample, verdict)

    def _wait_for_line(self) -> bool:
        """Wait for one more line; return whether there is one."""
        with self._file_grew:
            while self._read == self._written and not self._ended:
                self._file_grew.wait()
            if self._read == self._written:
                return False
            self._read += 1
            return True
