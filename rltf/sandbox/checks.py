"""Asking the checker of a problem, in a judge's process, whether what a program gave is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rltf.limits import Limits
from rltf.sandbox import outcomes, secret
from rltf.sandbox.batch import Batch, Job, Program
from rltf.sandbox.inside.orders import pack
from rltf.sandbox.inside.values import UnsupportedValue, decode, encode
from rltf.sandbox.outcomes import Report
from rltf.sandbox.zygote import CPU_LIMIT, WALL_LIMIT, Result
from rltf.sandbox.zygotes import Zygotes
from rltf.verdict import ProgramError, TestOutcome


class Checks:
    """The checker of one problem; each answer is given to a fresh process."""

    def __init__(self, zygotes: Zygotes, checker: str, limits: Limits) -> None:
        self._zygotes = zygotes
        self._program = Program("check", checker, 0, limits, role="judge")

    def outcome(
        self, ran: TestOutcome, given: Any, answer: str | bytes, expected: Any
    ) -> TestOutcome:
        """The outcome of a test that a program has come through with this answer.

        Args:
            ran: What running the program showed.
            given: The input or the arguments.
            answer: The output, or the value as ``rltf.sandbox.inside.values`` writes it.
            expected: What the test says of the right answer.
        """
        try:
            seed = secret.seed("checker", self._program.source, encode((given, expected)))
            order = seed + pack((given, answer, expected))
        except UnsupportedValue as error:
            return outcomes.unscored(f"a test's value of type {error} cannot cross to the checker")
        (said,) = Batch(self._zygotes, self._program, [Job(blob=order)]).run(_found, False)
        return replace(ran, status=said.status, error=said.error, reason=said.reason)


def _found(_: int, result: Result) -> TestOutcome:
    """What the process of a checker has said, as inside/checker.py reports it."""
    frames = dict(Report.parse(result.report).frames)
    if outcomes.is_fault(result):
        return outcomes.unscored("the judge ended before it had judged")
    if result.flags & (CPU_LIMIT | WALL_LIMIT):
        if b"C" in frames:
            return outcomes.unscored("the checker is broken: it does not end")
        error = ProgramError("TimeoutError", "its value cannot be read in time", during="judge")
        return TestOutcome("timeout", error)
    match decode(frames[b"J"]) if b"J" in frames else None:
        case ("passed", _):
            return TestOutcome("passed")
        case ("wrong", description):
            error = outcomes.raised_form(description)[1]
            return TestOutcome("wrong_answer", error if error.type else None)
        case ("test", (kind, message, *_)):
            return outcomes.unscored(f"the checker is broken: {kind}: {message}")
    return outcomes.unscored("the checker is broken: it ended before it had decided")
