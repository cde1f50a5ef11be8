"""The reward server of OpenRLHF: ``/openrlhf``, for ``--reward.remote_url``.

A label is a problem, or its tests, as JSON: ``{"tests": […], "entry_point": …}`` or ``[…]``.
OpenRLHF has no place for a sample without a reward, so such a sample fails the whole request: the
trainer tries again, and then stops.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from rltf.problem import Problem
from rltf.sample import Sample
from rltf.serve.endpoint import Dialect, Endpoint
from rltf.serve.refusal import Refusal
from rltf.serve.score import problem_of, sample_of
from rltf.serve.service import Service

DIALECT = Dialect("OpenRLHF", busy_status=503)
_ANY_JSON: TypeAdapter[Any] = TypeAdapter(Any)  # unlike json, it reads no number for minutes


class RewardRequest(BaseModel):
    """Answers of a model, each with its prompt and its label."""

    query: list[str] = Field(description="Prompt and answer.")
    prompts: list[str]
    labels: list[Any] = Field(description="A problem or a list of tests, or the JSON text of it.")


class RewardResponse(BaseModel):
    """What OpenRLHF makes tensors of."""

    rewards: list[float] = Field(description="The server's rewards, each times its weight.")
    scores: list[float] = Field(description="The share of tests that passed.")
    extra_logs: dict[str, list[float]]


async def reward(service: Service, request: RewardRequest) -> RewardResponse:
    """Judge and reward answers."""
    if not len(request.query) == len(request.prompts) == len(request.labels):
        raise Refusal(422, "query, prompts and labels must have the same length")
    with service.admit(len(request.query)):
        items = await asyncio.to_thread(_items, service, request)
        scored = await service.score(items)
    for number, each in enumerate(scored):
        if each.verdict.status == "unscored":
            raise Refusal(500, f"query[{number}] could not be judged: {each.verdict.reason}")
    ratios = [each.verdict.pass_ratio or 0.0 for each in scored]
    return RewardResponse(
        rewards=[service.total(each.rewards) for each in scored],
        scores=ratios,
        extra_logs={"pass_ratio": ratios, "passed": [float(r == 1.0) for r in ratios]},
    )


def _items(service: Service, request: RewardRequest) -> list[tuple[Problem, Sample]]:
    items = []
    rows = zip(request.query, request.prompts, request.labels, strict=True)
    for number, (query, prompt, label) in enumerate(rows):
        problem = problem_of(service, _row(label, number, prompt), f"labels[{number}]")
        items.append((problem, sample_of(problem, query.removeprefix(prompt))))
    return items


def _row(label: Any, number: int, prompt: str) -> dict[str, Any]:
    """Return the problem row of a label."""
    if isinstance(label, str):
        try:
            label = _ANY_JSON.validate_json(label)
        except ValueError:
            raise Refusal(422, f"labels[{number}]: not JSON") from None
    if isinstance(label, list):
        label = {"tests": label}
    if not isinstance(label, dict):
        raise Refusal(422, f"labels[{number}]: must be a problem or a list of tests")
    return {"task_id": number, "prompt": prompt, **label}


ENDPOINTS = (
    Endpoint(
        "/openrlhf",
        "Reward answers for OpenRLHF.",
        DIALECT,
        RewardRequest,
        RewardResponse,
        reward,
    ),
)
