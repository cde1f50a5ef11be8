from __future__ import annotations

from typing import Any

import torch

from rltf.models.generation import GeneratedTokens, generate
from rltf.models.policy import Policy
from rltf.sampling_options import Sampling

# As in conftest.py: what the policies were taught to answer, the first one twice.
PROMPTS = [(5, 6, 7), (9, 8, 7, 6, 5, 4), (11,), (30, 31, 32, 33), (5, 6, 7)]
NEW = 12


def complete(
    model: Any, prompts: list[tuple[int, ...]], sampling: Sampling, end_id: int, **options: int
) -> list[GeneratedTokens]:
    settings = {"seed": 0, "batch_size": 64} | options
    completions: dict[int, GeneratedTokens] = {}
    for batch in generate(model, prompts, sampling, end_id=end_id, **settings):
        completions |= dict(batch)
    return [completions[row] for row in range(len(prompts))]


def argmax_without_cache(model: Any, prompt: tuple[int, ...], end_id: int) -> list[int]:
    written: list[int] = []
    with torch.inference_mode():
        while len(written) < NEW and end_id not in written:
            if model.config.is_encoder_decoder:
                start = [model.config.decoder_start_token_id]
                logits = model(
                    input_ids=torch.tensor([prompt]),
                    decoder_input_ids=torch.tensor([start + written]),
                    use_cache=False,
                ).logits
            else:
                ids = torch.tensor([[*prompt, *written]])
                logits = model(input_ids=ids, use_cache=False).logits
            written.append(int(logits[0, -1].argmax()))
    return written


def test_greedy_is_the_models_own_argmax(policy: Policy) -> None:
    greedy = Sampling(temperature=0.0, max_new_tokens=NEW)
    completions = complete(policy.model, PROMPTS, greedy, policy.end_id)
    expected = [argmax_without_cache(policy.model, prompt, policy.end_id) for prompt in PROMPTS]
    assert [list(completion.ids) for completion in completions] == expected
    assert len({len(ids) for ids in expected}) > 2, "rows must end at different places"


def test_a_batch_gives_what_single_prompts_give(policy: Policy) -> None:
    greedy = Sampling(temperature=0.0, max_new_tokens=NEW)
    end_id = policy.end_id
    together = complete(policy.model, PROMPTS, greedy, end_id)
    assert together == complete(policy.model, PROMPTS, greedy, end_id, batch_size=2)
    assert together == [complete(policy.model, [p], greedy, end_id)[0] for p in PROMPTS]


def test_a_completion_ends_with_the_end_id_or_is_truncated(policy: Policy) -> None:
    greedy = Sampling(temperature=0.0, max_new_tokens=NEW)
    completions = complete(policy.model, PROMPTS, greedy, policy.end_id)
    assert {completion.truncated for completion in completions} == {True, False}
    for completion in completions:
        ends = completion.ids.count(policy.end_id)
        assert ends == (0 if completion.truncated else 1)
        assert completion.ids[-1] == policy.end_id or len(completion.ids) == NEW


def test_the_seed_decides_what_is_sampled(policy: Policy) -> None:
    freely = Sampling(temperature=2.0, max_new_tokens=NEW)
    first = complete(policy.model, PROMPTS, freely, policy.end_id, seed=1)
    assert first == complete(policy.model, PROMPTS, freely, policy.end_id, seed=1)
    assert first != complete(policy.model, PROMPTS, freely, policy.end_id, seed=2)


def test_copies_of_a_prompt_are_sampled_independently(policy: Policy) -> None:
    freely = Sampling(temperature=2.0, max_new_tokens=NEW)
    copies = complete(policy.model, [PROMPTS[0]] * 6, freely, policy.end_id)
    assert len({copy.ids for copy in copies}) > 2


def test_a_completion_begins_with_what_is_given(policy: Policy) -> None:
    greedily = Sampling(temperature=0.0, max_new_tokens=8)

    def completed(begun: list[tuple[int, ...]] | None) -> list[tuple[int, ...]]:
        batches = generate(
            policy.model, PROMPTS, greedily, end_id=policy.end_id, seed=0, batch_size=8, begun=begun
        )
        completions = dict(pair for batch in batches for pair in batch)
        return [completions[row].ids for row in range(len(PROMPTS))]

    plain = completed(None)
    # What the model would have written anyway changes nothing; anything else stands as it is.
    begun = [plain[0][:2], (), (99, 98, 97), plain[3][:1], (99,)]
    completions = completed(begun)
    assert all(completions[row][: len(ids)] == ids for row, ids in enumerate(begun))
    assert [completions[row] for row in (0, 1, 3)] == [plain[row] for row in (0, 1, 3)]
    assert completions[4] != plain[4]
    # The model goes on from what was given as from what it wrote itself.
    assert completed([ids[:-1] for ids in completions]) == completions
