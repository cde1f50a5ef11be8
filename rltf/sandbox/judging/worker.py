"""A worker: one program at a time, judged against the tests of its problem.

Tests that are data go to a candidate in a batch; tests that are code need a judge beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.sandbox.client.preload import Warmth, warmth
from rltf.sandbox.client.zygote import (
    APPS,
    FULL_STDOUT,
    LIVECODEBENCH,
    SHARED,
    TOGETHER,
    Result,
    SandboxError,
    ZygoteDied,
)
from rltf.sandbox.client.zygote_set import Zygotes
from rltf.sandbox.guest.both.job_codec import pack
from rltf.sandbox.guest.both.values import UnsupportedValue, encode
from rltf.sandbox.judging import outcomes, seed_secret
from rltf.sandbox.judging.assert_session import Pair
from rltf.sandbox.judging.checker_client import Checks, Trials
from rltf.sandbox.judging.literal_asserts import LiteralAssert, literal_assert
from rltf.sandbox.judging.name_origins import names_of, root
from rltf.sandbox.judging.outcomes import Report
from rltf.sandbox.judging.rule import Rule, harness_of
from rltf.sandbox.judging.test_batches import MAX_TRIES, Batch, Job, Program
from rltf.verdict import ProgramError, Status, TestOutcome, Verdict

_HARNESSES = {"": 0, "apps": APPS, "livecodebench": LIVECODEBENCH}


@dataclass(frozen=True)
class _Task:
    """A program, and the tests of one kind that it is judged against."""

    problem: Problem
    source: str
    tests: Sequence[TestCase]
    rule: Rule
    limits: Limits
    shared: int
    """``SHARED``, or 0: whether all of the tests run in one process."""
    seen: Callable[[Result], object] | None = None
    """Is given what each test that is data has left."""

    @property
    def flags(self) -> int:
        """Of a program whose answer the rule sees."""
        return _HARNESSES[harness_of(self.rule)]


class Worker:
    """Judges one program at a time. Not thread-safe, but for what it says of its zygotes."""

    def __init__(self, isolation: Isolation, zygotes: Zygotes, stop_on_failure: bool) -> None:
        self.zygotes = zygotes
        self._shared = SHARED if isolation == "program" else 0
        self._stop_on_failure = stop_on_failure
        self._trials = Trials()

    def judge(
        self,
        problem: Problem,
        source: str,
        rule: Rule,
        limits: Limits,
        seen: Callable[[Result], object] | None = None,
    ) -> Verdict:
        """Runs all tests of a problem, or those up to the first that fails."""
        self.zygotes.renew()
        found: dict[int, TestOutcome] = {}
        try:
            source.encode()
        except UnicodeEncodeError as error:
            broken = TestOutcome("syntax_error", _surrogate(source, error.start))
            found = dict.fromkeys(range(len(problem.tests)), broken)
        else:
            # a single test has no other to share with, and is measured better alone
            shared = self._shared if len(problem.tests) > 1 else 0
            for judge, places in _kinds(problem, bool(shared)):
                tests = [problem.tests[place] for place in places]
                judged = judge(self, _Task(problem, source, tests, rule, limits, shared, seen))
                found.update(zip(places, judged, strict=not self._stop_on_failure))
                if self._stop_on_failure and not judged[-1].passed:
                    break
        return Verdict.of(
            [found[place] for place in sorted(found)],
            judging="guarded" if any(test.guarded for test in problem.tests) else "split",
            not_run=len(problem.tests) - len(found),
            layers=self.zygotes.layers,
        )

    def run(self, source: str, stdin: str, limits: Limits) -> Result | str:
        """Runs a program once; a text says why it could not be run."""
        self.zygotes.renew()
        program = Program("main", source, FULL_STDOUT | self._shared, limits)
        results: list[Result] = []

        def keep(_: int, result: Result) -> TestOutcome:
            results.append(result)
            return TestOutcome("passed")

        (said,) = Batch(self.zygotes, program, [Job(stdin=_bytes(stdin))]).run(keep, False)
        return results[0] if results else said.reason

    # ------------------------------------------------------------------ tests that are data

    def _judge_stdin(self, task: _Task) -> list[TestOutcome]:
        jobs = [Job(_bytes(test.input)) for test in task.tests]
        checks = self._checks(task)

        def judged(place: int, result: Result) -> TestOutcome:
            test = task.tests[place]

            def decide(report: Report) -> _Decided:
                if result.exit_code:
                    return outcomes.failure(report, result.exit_code)
                if checks is not None:
                    return "passed", None
                expected = partial(_bytes, test.output)
                return _ruled(partial(task.rule.stdin, test), result.stdout, expected)

            ran = outcomes.outcome(result, task.limits, decide)
            if checks is None or not ran.passed:
                return ran
            output = result.stdout.decode("utf-8", "surrogateescape")
            return checks.outcome(ran, test.input, output, test.output)

        return self._batch("main", FULL_STDOUT | task.flags, task, jobs, judged)

    def _judge_calls(self, task: _Task) -> list[TestOutcome]:
        problem = task.problem
        if problem.entry_point is None:
            reason = f"problem {problem.task_id}: call tests need an entry point"
            return [outcomes.unscored(reason)] * len(task.tests)
        try:
            jobs = [Job(blob=pack((problem.entry_point, test.args))) for test in task.tests]
        except UnsupportedValue as error:
            reason = f"problem {problem.task_id}: a test's argument of type {error} cannot cross"
            return [outcomes.unscored(reason)] * len(task.tests)

        checks = self._checks(task)

        def judged(place: int, result: Result) -> TestOutcome:
            test = task.tests[place]
            if checks is None:
                expected = partial(encode, test.expected)
                ask = partial(task.rule.call, test)
                return _call_outcome(
                    result, task.limits, lambda value: _ruled(ask, value, expected)
                )
            ran = _call_outcome(result, task.limits, lambda _: ("passed", None))
            if not ran.passed:
                return ran
            ((_, value),) = Report.parse(result.report).frames
            return checks.outcome(ran, test.args, value, test.expected)

        return self._batch("call", task.flags, task, jobs, judged)

    def _judge_literals(self, task: _Task) -> list[TestOutcome]:
        asserts = [cast(LiteralAssert, literal_assert(test.code)) for test in task.tests]
        jobs = [Job(blob=said.request) for said in asserts]

        def judged(place: int, result: Result) -> TestOutcome:
            said = asserts[place]
            expected = partial(encode, said.expected)
            return _call_outcome(
                result, task.limits, lambda value: _ruled(said.holds, value, expected)
            )

        return self._batch("call", 0, task, jobs, judged)

    def _checks(self, task: _Task) -> Checks | None:
        checker = task.problem.checker
        return Checks(self.zygotes, self._trials, checker, task.limits) if checker else None

    def _batch(
        self,
        mode: str,
        flags: int,
        task: _Task,
        jobs: Sequence[Job],
        judged: Callable[[int, Result], TestOutcome],
    ) -> list[TestOutcome]:
        together = task.shared and task.shared | TOGETHER
        program = Program(mode, task.source, flags | together, task.limits)
        if (seen := task.seen) is not None:
            judge = judged

            def judged(place: int, result: Result) -> TestOutcome:
                seen(result)
                return judge(place, result)

        return Batch(self.zygotes, program, jobs).run(judged, self._stop_on_failure)

    # ------------------------------------------------------------------ tests that are code

    def _judge_guarded(self, task: _Task) -> list[TestOutcome]:
        found: list[TestOutcome] = []
        for test in task.tests:
            for _ in range(MAX_TRIES):
                outcome = self._judge_beside(task, test)
                if outcome.status not in ("crashed", "unscored"):
                    break
            found.append(outcome)
            if self._stop_on_failure and not outcome.passed:
                break
        return found

    def _judge_beside(self, task: _Task, test: TestCase) -> TestOutcome:
        """In one process with the program, which is loaded before the test comes."""
        setup_code, names = task.problem.setup_code, names_of(task.problem)
        seed = seed_secret.seed("guarded", setup_code, test.code)
        password = os.urandom(16)
        order = pack((setup_code, test.code, names.order, seed, password))

        def judged(place: int, result: Result) -> TestOutcome:
            return _guarded_outcome(result, task.limits, encode(password) if place else None)

        program = Program("guarded", task.source, SHARED, task.limits)
        jobs = [Job(), Job(blob=order)]
        batch = Batch(self.zygotes, program, jobs, most_tries=1)
        return batch.run(judged, stop_on_failure=True)[-1]

    def _judge_asserts(self, task: _Task) -> list[TestOutcome]:
        problem = task.problem
        names = names_of(problem)
        codes = "".join((problem.setup_code, *(test.code for test in task.tests), *names.origins))
        warm = (warmth(task.source), warmth(codes))
        pair = Pair(
            bool(task.shared),
            task.limits,
            task.source,
            pack(("test", problem.setup_code, root(problem.entry_point), names.order)),
        )
        found: list[TestOutcome] = []
        for test in task.tests:
            seed = seed_secret.seed("judge", problem.setup_code, test.code)
            found.append(self._judge_assert(pair, test.code, seed, warm))
            if self._stop_on_failure and not found[-1].passed:
                break
        try:
            pair.end()
        except ZygoteDied:
            self._drop_both(warm)
        return found

    def _judge_assert(
        self, pair: Pair, code: str, seed: bytes, warm: tuple[Warmth, Warmth]
    ) -> TestOutcome:
        judged = outcomes.unscored("it was not tried")
        for _ in range(MAX_TRIES):
            try:
                candidate = self.zygotes.get("candidate", warm[0])
                judge = self.zygotes.get("judge", warm[1])
                judged, is_worth_another = pair.judge(candidate, judge, code, seed)
                if not is_worth_another:
                    break
            except ZygoteDied as death:
                judged = outcomes.unscored(f"the sandbox died {MAX_TRIES} times: {death}")
                self._drop_both(warm)
                pair.separate()
            except SandboxError as error:
                return outcomes.unscored(str(error))
        return judged

    def _drop_both(self, warm: tuple[Warmth, Warmth]) -> None:
        self.zygotes.drop("candidate", warm[0])
        self.zygotes.drop("judge", warm[1])


_Judge = Callable[[Worker, _Task], list[TestOutcome]]


def _kinds(problem: Problem, shared: bool) -> list[tuple[_Judge, list[int]]]:
    """The tests of a problem, as places in it, by how they are judged.

    Where they share a process, asserts of both kinds do, so that each sees what those before it did.
    """
    judges = [_judge_of(problem, place, test) for place, test in enumerate(problem.tests)]
    if shared and Worker._judge_asserts in judges:
        judges = [Worker._judge_asserts if j is Worker._judge_literals else j for j in judges]
    kinds: dict[_Judge, list[int]] = {}
    for place, judge in enumerate(judges):
        kinds.setdefault(judge, []).append(place)
    return list(kinds.items())


def _judge_of(problem: Problem, place: int, test: TestCase) -> _Judge:
    if test.kind == "stdin":
        return Worker._judge_stdin
    if test.kind == "call":
        return Worker._judge_calls
    names = names_of(problem)
    if reason := names.reason(place):
        return partial(_unscored, reason)
    if test.guarded:
        return Worker._judge_guarded
    said = None if problem.setup_code else literal_assert(test.code)
    if said is not None and said.function in names.program:
        return Worker._judge_literals
    return Worker._judge_asserts


def _unscored(reason: str, _: Worker, task: _Task) -> list[TestOutcome]:
    return [outcomes.unscored(reason)] * len(task.tests)


def draws(problem: Problem) -> bool:
    """Whether code of the problem's own judges, which may draw random inputs."""
    data = (Worker._judge_stdin, Worker._judge_calls, Worker._judge_literals)
    return bool(problem.checker) or any(
        judge not in data for judge, _ in _kinds(problem, shared=False)
    )


_Decided = tuple[Status, ProgramError | None]


def _ruled(
    is_right: Callable[[bytes], bool], answer: bytes, expected: Callable[[], bytes]
) -> _Decided:
    """What a rule says of an answer. One that only fails on what a program gave makes that wrong."""
    try:
        right = is_right(answer)
    except RecursionError:
        raise  # our caller may have used up the stack
    except Exception as fault:
        is_right(expected())
        return "wrong_answer", ProgramError(
            type(fault).__name__, outcomes.said(fault), during="judge"
        )
    return ("passed" if right else "wrong_answer"), None


def _call_outcome(
    result: Result, limits: Limits, decide_on: Callable[[bytes], _Decided]
) -> TestOutcome:
    """The outcome of a test that calls the program and looks at the value."""

    def decide(report: Report) -> _Decided:
        match report.only():
            case (b"V", value) if result.exit_code == 0:
                return decide_on(value)
            case (b"U", name):
                message = f"it returned a {_text(name)}, which is not data"
                return "wrong_answer", ProgramError("UnsupportedValue", message)
            case (b"L", name):
                message = f"it returned a {_text(name)}, which says that it equals anything"
                return "wrong_answer", ProgramError(outcomes.LIAR, message)
        return outcomes.failure(report, result.exit_code)

    return outcomes.with_attempt(outcomes.outcome(result, limits, decide))


def _guarded_outcome(result: Result, limits: Limits, password: bytes | None) -> TestOutcome:
    """The outcome of a turn in the program's process: of loading it, where there is no password."""
    match Report.parse(result.report).only():
        case (b"T", said) if password is not None and said.startswith(password):
            return outcomes.unscored(said.removeprefix(password).decode("utf-8", "replace"))

    def decide(report: Report) -> _Decided:
        match report.only():
            case None if password is None and result.exit_code == 0 and not report.frames:
                return "passed", None
            case (b"V", value) if password is not None and value == password:
                return "passed", None
            case (b"W", description):
                return "wrong_answer", outcomes.raised(description)[1]
        return outcomes.failure(report, result.exit_code)

    return outcomes.with_attempt(outcomes.outcome(result, limits, decide))


def _text(name: bytes) -> str:
    return name[: outcomes.MAX_NAME].decode("utf-8", "replace")


def _bytes(stdin: str) -> bytes:
    """Text as bytes; what Python has made of undecodable bytes becomes those bytes again."""
    try:
        return stdin.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return stdin.encode("utf-8", "surrogatepass")


def _surrogate(source: str, at: int) -> ProgramError:
    line = source.count("\n", 0, at) + 1
    column = at - source.rfind("\n", 0, at)
    message = "the source holds a surrogate, which is no text"
    return ProgramError("UnicodeEncodeError", message, line, column, during="compile")
