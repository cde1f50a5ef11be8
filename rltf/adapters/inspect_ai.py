"""inspect_ai: a scorer.

    from rltf.adapters.inspect_ai import rltf_scorer
    Task(dataset=…, solver=generate(), scorer=rltf_scorer())

The metadata of a sample holds the tests (:mod:`rltf.adapters.problem_columns`); without any there,
the target does.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of, problem_of_answer
from rltf.errors import DataError
from rltf.problem import Problem
from rltf.reward import ScoredSample


def rltf_scorer(rewards: str = "coarse", **settings: Any) -> Any:
    """Return a scorer: ``C`` for a program that passes all tests, ``I`` for one that does not.

    The rewards, the status and the share of tests passed are in the score's metadata. A program that
    could not be judged has an unscored score, which inspect_ai leaves out of its metrics.

    Args:
        rewards: See :attr:`Grader.rewards`.
        settings: The other settings of a :class:`Grader`.
    """
    return _scorer()(rewards, **settings)


@cache
def _scorer() -> Any:
    """Return the registered factory of scorers."""
    from inspect_ai.scorer import accuracy, scorer, stderr

    @scorer(metrics=[accuracy(), stderr()], name="rltf")
    def rltf(rewards: str, **settings: Any) -> Any:
        grader = Grader(rewards, **settings)

        async def score(state: Any, target: Any) -> Any:
            problem = _problem(state, target)
            (scored,) = await grader.grade_async([job_of(problem, state.output.completion)])
            return _score(scored)

        return score

    return rltf


def _problem(state: Any, target: Any) -> Problem:
    prompt = state.input if isinstance(state.input, str) else ""
    try:
        return problem_of(state.metadata or {}, prompt)
    except DataError:
        if not target.text.strip():
            raise
    return problem_of_answer(target.text, prompt, name="target")


def _score(scored: ScoredSample) -> Any:
    from inspect_ai.scorer import CORRECT, INCORRECT, Score

    verdict, program = scored.verdict, scored.sample.program
    if verdict.status == "unscored":
        return Score.unscored(answer=program, explanation=verdict.reason)
    error = verdict.error
    return Score(
        value=CORRECT if verdict.passed else INCORRECT,
        answer=program,
        explanation=f"{error.type}: {error.message}" if error else verdict.status,
        metadata={
            "status": verdict.status,
            "pass_ratio": verdict.pass_ratio,
            "rewards": scored.rewards,
        },
    )
