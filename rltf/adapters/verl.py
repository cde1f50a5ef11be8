"""verl: a reward function, for its reward managers and in one of our own.

The function is found by its file or by its package, the manager by an entry point of rltf:

    reward.custom_reward_function.path=pkg://rltf.adapters.verl
    reward.custom_reward_function.reward_kwargs.rewards=coarse,adaptive

    reward.reward_manager.name=rltf                             verl 0.9 and newer
    reward_model.reward_manager=rltf                            before (rltf.adapters.verl_plugin)

Before verl 0.9, the first two keys begin with ``custom_reward_function``. A row's
``reward_model.ground_truth`` holds the tests (:mod:`rltf.adapters.problem_columns`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rltf.adapters.completions import batch, plain_prompt
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of_answer
from rltf.reward import ScoredSample
from rltf.scoring.pipeline import Job

Score = dict[str, Any]
"""``score``, which verl trains on; the other keys are logged."""


async def compute_score(
    data_source: str | None = None,
    solution_str: str | None = None,
    ground_truth: object = None,
    extra_info: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Score:
    """Return the score of one completion. verl awaits many of these calls at a time.

    Args:
        settings: Those of a :class:`Grader`, from ``reward_kwargs``; what verl adds is ignored.

    Raises:
        SandboxError: The completion could not be judged; verl has no word for that.
        DataError: The ground truth holds no tests.
    """
    grader = _grader(settings)
    (scored,) = await grader.grade_async([_job(solution_str, ground_truth, extra_info)])
    return _score(grader, scored)


def compute_score_sync(
    data_source: str | None = None,
    solution_str: str | None = None,
    ground_truth: object = None,
    extra_info: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Score:
    """Do what :func:`compute_score` does, for versions of verl that do not await."""
    grader = _grader(settings)
    (scored,) = grader.grade([_job(solution_str, ground_truth, extra_info)])
    return _score(grader, scored)


def compute_scores(
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[object],
    extra_infos: Sequence[Mapping[str, Any] | None] | None = None,
    **settings: Any,
) -> list[float]:
    """Return the scores of a batch, for the reward manager ``batch`` of verl 0.8 and older."""
    grader = _grader(settings)
    columns = {"solution_strs": solution_strs, "ground_truths": ground_truths}
    if extra_infos is not None:
        columns["extra_infos"] = extra_infos
    return [grader.reward(each) for each in grader.grade([_job(*row) for row in batch(**columns)])]


_SETTINGS = ("rewards", "classifier", "executor", "workers", "limits")


def _grader(settings: Mapping[str, Any]) -> Grader:
    given = {name: settings[name] for name in _SETTINGS if settings.get(name) is not None}
    return Grader(**given)


def _job(solution: object, ground_truth: object, extra_info: object = None) -> Job:
    prompt = extra_info.get("prompt") if isinstance(extra_info, Mapping) else None
    return job_of(problem_of_answer(ground_truth, plain_prompt(prompt)), solution)


def _score(grader: Grader, scored: ScoredSample) -> Score:
    verdict = scored.verdict
    return {
        "score": grader.reward(scored),
        "acc": float(verdict.passed),
        "pass_ratio": verdict.pass_ratio or 0.0,
        "status": verdict.status,
    }
