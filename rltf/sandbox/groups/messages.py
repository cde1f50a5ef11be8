"""What a client and a worker group send each other, as bytes.

A message is a marshalled list of items, and an item is a tuple whose first element says what it is:

    to a group     (PROBLEM, number, pickle)               jobs may name it from now on
                   (FORGET, number)                        no job names it any more
                   (JOB, id, verb, number, argument)       do this for the problem of that number
                   (STOP, id)                              nobody waits for it; end it, even if it runs
                   (DATA, paths)                           programs must not read these from now on
    to the client  (READY, layers)                         it can judge
                   (FAILED, pickle)                        it cannot start: an exception
                   (VERDICT, id, packed)                   the result of a job
                   (OBJECT, id, pickle)                    a result that is no verdict
                   (ERROR, id, pickle)                     an exception that a job raised

Both ends are rltf on the same Python. What a program has written is in there as text only.
"""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Iterable
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from rltf.common.lazy_sequence import LazySequence
from rltf.problem import Problem
from rltf.verdict import ProgramError, TestOutcome, Verdict

PROBLEM, FORGET, JOB, STOP, DATA = range(5)
READY, FAILED, VERDICT, OBJECT, ERROR = range(5)

Item = tuple[Any, ...]

_OUTCOME = tuple(field.name for field in fields(TestOutcome))
_ERROR = tuple(field.name for field in fields(ProgramError))
_outcome_values = attrgetter(*_OUTCOME)
_error_values = attrgetter(*_ERROR)
_ERROR_AT = _OUTCOME.index("error")


def encode(items: Iterable[Item]) -> bytes:
    """Encode a message."""
    return marshal.dumps(list(items))


def decode(message: bytes) -> list[Item]:
    """Decode a message."""
    items: list[Item] = marshal.loads(message)
    return items


def pickle_problem(problem: Problem) -> bytes:
    """Pickle a problem without what judging does not use.

    Raises whatever pickle raises for a value of a test that cannot be sent.
    """
    tests, solutions = problem.tests, problem.solutions
    if isinstance(tests, LazySequence) or isinstance(solutions, LazySequence):
        tests, solutions = tuple(tests), tuple(solutions)
    if tests is not problem.tests or problem.metadata or problem.submissions:
        problem = replace(problem, tests=tests, solutions=solutions, submissions=(), metadata={})
    return pickle.dumps(problem, pickle.HIGHEST_PROTOCOL)


def pickle_exception(error: BaseException) -> bytes:
    """Pickle an exception, or one that says the same if it cannot be."""
    try:
        dumped = pickle.dumps(error)
        pickle.loads(dumped)  # an exception with arguments of its own fails only here
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return dumped


def pack(verdict: Verdict) -> Item:
    """Return a verdict as plain values, without its layers, which all of a group's have."""
    return (
        verdict.status,
        [
            _outcome_values(test)
            if test.error is None
            else _with_error(_outcome_values(test), _error_values(test.error))
            for test in verdict.tests
        ],
        next((i for i, test in enumerate(verdict.tests) if test.error is verdict.error), None)
        if verdict.error is not None
        else None,
        verdict.reason,
        verdict.judging,
        verdict.not_run,
        verdict.judging_reason,
    )


def unpack(packed: Item, layers: tuple[str, ...]) -> Verdict:
    """Return the verdict that :func:`pack` packed."""
    status, outcomes, error_of, reason, judging, not_run, judging_reason = packed
    tests = tuple(map(_outcome, outcomes))
    return Verdict(
        status=status,
        tests=tests,
        error=None if error_of is None else tests[error_of].error,
        reason=reason,
        judging=judging,
        layers=layers,
        not_run=not_run,
        judging_reason=judging_reason,
    )


def _with_error(values: Item, error: Item) -> Item:
    return (*values[:_ERROR_AT], error, *values[_ERROR_AT + 1 :])


def _outcome(values: Item) -> TestOutcome:
    # as TestOutcome(...) would make it, in a third of the time
    made = object.__new__(TestOutcome)
    made.__dict__.update(zip(_OUTCOME, values, strict=True))
    if (error := values[_ERROR_AT]) is not None:
        made.__dict__["error"] = ProgramError(*error)
    return made
