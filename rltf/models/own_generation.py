"""Generation with the weights of a policy, by rltf's own engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rltf.models import generation
from rltf.models.generation import GeneratedTokens
from rltf.models.stop_strings import Stops
from rltf.models.threads import half_of_the_cores
from rltf.sampling_options import Sampling

if TYPE_CHECKING:
    from rltf.models.policy import Policy


def generate(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    seed: int | Sequence[int],
    batch_size: int,
    stops: Sequence[str],
    begun: Sequence[Sequence[int]] | None,
) -> Iterator[list[tuple[int, GeneratedTokens]]]:
    """See :func:`rltf.models.generation.generate`."""
    policy.model.eval()
    batches = generation.generate(
        policy.model,
        prompts,
        sampling,
        end_id=policy.end_ids,
        seed=seed,
        batch_size=batch_size,
        stops=Stops(policy.token_table, stops) if stops else None,
        begun=begun,
        dtype=policy.dtype,
    )
    while True:
        # Entered from yield to yield: the caller may train between two of them.
        with policy.autocast(), half_of_the_cores(policy.model.device.type):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
