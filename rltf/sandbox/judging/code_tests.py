"""Tests that are code: in a judge, or in guarded mode in the program's process."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from rltf.errors import SandboxError
from rltf.problem import TestCase
from rltf.sandbox.client.connection import ZygoteDied
from rltf.sandbox.client.launch import preload_for
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.guest.shared.wire import GUARD_SECRET_LENGTH, PROGRAM_SHARED
from rltf.sandbox.judging import guarded_jobs, judging_mode, outcomes, seed_secret
from rltf.sandbox.judging.assert_session import AssertSession
from rltf.sandbox.judging.judging_task import Task, TestKind
from rltf.sandbox.judging.name_origins import names_of, root
from rltf.sandbox.judging.outcomes import ChildReport, Decision
from rltf.sandbox.judging.test_batches import MAX_TRIES, ProgramSpec, TestBatch, TestJob
from rltf.sandbox.judging.test_files import Fixtures
from rltf.verdict import TestOutcome


class AssertTests(TestKind):
    """Test code in a judge, which calls the candidate through a channel."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        problem = task.problem
        names = names_of(problem)
        codes = (problem.setup_code, *(test.code for test in task.tests), *names.origins)
        self._preloads = preload_for(task.source), preload_for("", tests="".join(codes))
        self._folder = None if task.folder is None else task.folder.limits
        self._session = AssertSession(
            task.shared,
            task.limits,
            task.source,
            pack(
                (
                    "test",
                    *_fixtures(task),
                    problem.setup_code,
                    root(problem.entry_point),
                    names.order,
                )
            ),
            task.folder,
        )

    def judge(self) -> list[TestOutcome]:
        judged: list[TestOutcome] = []
        for test in self.task.tests:
            judged.append(self._judge_test(test))
            if self.task.stop_on_failure and not (judged[-1].passed or self._is_next(judged[-1])):
                break
        try:
            self._session.end()
        except ZygoteDied:
            self._drop_zygotes()
        return self._judge_guarded(judged)

    def _is_next(self, outcome: TestOutcome) -> bool:
        """Return whether a test is judged again, guarded."""
        return bool(outcome.judging_reason) and self.task.judging == "auto"

    def _judge_guarded(self, judged: list[TestOutcome]) -> list[TestOutcome]:
        """Judge the tests that splitting cannot judge, when no process of the others is left."""
        guarded = GuardedTests(self.task)
        for index, outcome in enumerate(judged):
            if self._is_next(outcome):
                test = self.task.tests[index]
                judged[index] = guarded.judge_test(test, outcome.judging_reason)
            if self.task.stop_on_failure and not judged[index].passed:
                return judged[: index + 1]
        return judged

    def _judge_test(self, test: TestCase) -> TestOutcome:
        seed = seed_secret.seed("judge", self.task.problem.setup_code, test.code)
        zygotes = self.task.zygotes
        outcome = outcomes.unscored("it was not tried")
        for _ in range(MAX_TRIES):
            try:
                candidate = zygotes.get("candidate", self._preloads[0], self._folder)
                judge = zygotes.get("judge", self._preloads[1], self._folder)
                outcome, try_again = self._session.judge(candidate, judge, test.code, seed)
                if not try_again:
                    break
            except ZygoteDied as death:
                outcome = outcomes.unscored(f"the sandbox died {MAX_TRIES} times: {death}")
                self._drop_zygotes()
                self._session.separate()
            except SandboxError as error:
                return outcomes.unscored(str(error))
        return outcome

    def _drop_zygotes(self) -> None:
        self.task.zygotes.drop("candidate", self._preloads[0], self._folder)
        self.task.zygotes.drop("judge", self._preloads[1], self._folder)


def _fixtures(task: Task) -> tuple[Fixtures, ...]:
    """Return what a judge is told of the folder: nothing where there is none."""
    return () if task.folder is None else (task.folder.fixtures,)


class GuardedTests(TestKind):
    """Test code in the process of the program, which is loaded before the test's code arrives."""

    def judge(self) -> list[TestOutcome]:
        judged: list[TestOutcome] = []
        for index, test in zip(self.task.indices, self.task.tests, strict=True):
            reason = judging_mode.of(self.task.problem, index, self.task.judging).reason
            judged.append(self.judge_test(test, reason))
            if self.task.stop_on_failure and not judged[-1].passed:
                break
        return judged

    def judge_test(self, test: TestCase, reason: str) -> TestOutcome:
        """Return the outcome of one test, which is guarded for this reason."""
        for _ in range(MAX_TRIES):
            outcome = self._judge_test(test)
            if outcome.status not in ("crashed", "unscored"):
                break
        return replace(outcome, judging="guarded", judging_reason=reason)

    def _judge_test(self, test: TestCase) -> TestOutcome:
        task = self.task
        secrets = os.urandom(GUARD_SECRET_LENGTH), os.urandom(GUARD_SECRET_LENGTH)
        load_job = TestJob(blob=guarded_jobs.load(task.problem, test, secrets[0]))
        test_job = TestJob(blob=guarded_jobs.test(task.problem, test, secrets[1]))
        program = ProgramSpec(
            "guarded",
            task.source,
            PROGRAM_SHARED,
            task.limits,
            folder=task.folder,
            tests=task.problem.setup_code + test.code,
        )
        batch = TestBatch(self.task.zygotes, program, [load_job, test_job], max_tries=1)
        compare = partial(self._outcome, secrets)
        # which sends the test only after the program was loaded
        return batch.run(compare, stop_on_failure=True)[-1]

    def _outcome(
        self, secrets: tuple[bytes, bytes], index: int, result: ChildResult
    ) -> TestOutcome:
        """Return the outcome of loading the program (index 0) or of the test (index 1)."""
        secret = secrets[index]
        if index == 1:
            match ChildReport.parse(result.report).only():
                case (frames.BROKEN_TEST, data) if data.startswith(secret):
                    reason = data.removeprefix(secret).decode("utf-8", "replace")
                    return outcomes.unscored(reason)
        decide = partial(self._decide, secret, result)
        return outcomes.with_attempt(outcomes.outcome(result, self.task.limits, decide))

    def _decide(self, secret: bytes, result: ChildResult, report: ChildReport) -> Decision:
        if report.only() == (frames.VALUE, secret):
            return "passed", None
        return self._decide_failure(result, report)

    def _decide_failure(self, result: ChildResult, report: ChildReport) -> Decision:
        match report.only():
            case (frames.CHECK_FAILED, description):
                return "wrong_answer", outcomes.exception(description)[1]
        return outcomes.failure(report, result.exit_code)
