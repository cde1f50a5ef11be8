from __future__ import annotations

from typing import Any

import pytest
import torch

from rltf.models.generation import GeneratedTokens, generate
from rltf.models.policy import Policy
from rltf.models.token_sampling import choose
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


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_they_are_likely(temperature: float) -> None:
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    numbers = torch.rand(20_000, 1, generator=torch.Generator().manual_seed(0))
    draws = choose(logits.repeat(20_000, 1), Sampling(temperature), numbers)
    shares = torch.bincount(draws, minlength=4) / 20_000
    torch.testing.assert_close(
        shares, torch.softmax(logits / temperature, -1), atol=0.015, rtol=0.0
    )


def test_top_p_keeps_the_likeliest_tokens_that_reach_it() -> None:
    logits = torch.tensor([0.15, 0.5, 0.05, 0.3]).log()
    numbers = torch.rand(2000, 1, generator=torch.Generator().manual_seed(0))
    for top_p, kept in ((0.4, {1}), (0.6, {1, 3}), (0.9, {0, 1, 3}), (1.0, {0, 1, 2, 3})):
        draws = choose(logits.repeat(2000, 1), Sampling(1.0, top_p), numbers)
        assert set(draws.tolist()) == kept


def test_a_token_that_cannot_be_is_never_drawn() -> None:
    logits = torch.tensor([[0.0, float("-inf"), 0.0, float("-inf")]]).repeat(5000, 1)
    numbers = torch.rand(5000, 1, generator=torch.Generator().manual_seed(0))
    draws = choose(logits, Sampling(1.0), numbers)
    assert set(draws.tolist()) == {0, 2}


def test_a_completion_begins_with_what_is_given(policy: Policy) -> None:
    greedily = Sampling(temperature=0.0, max_new_tokens=8)

    def completed(begun: list[tuple[int, ...]] | None) -> list[tuple[int, ...]]:
        (batch,) = generate(
            policy.model, PROMPTS, greedily, end_id=policy.end_id, seed=0, batch_size=8, begun=begun
        )
        return [completion.ids for _, completion in sorted(batch, key=lambda pair: pair[0])]

    plain = completed(None)
    # What the model would have written anyway changes nothing; anything else stands as it is.
    begun = [plain[0][:2], (), (99, 98, 97), plain[3][:1], (99,)]
    completions = completed(begun)
    assert all(completions[row][: len(ids)] == ids for row, ids in enumerate(begun))
    assert [completions[row] for row in (0, 1, 3)] == [plain[row] for row in (0, 1, 3)]
    assert completions[4] != plain[4]
    # The model goes on from what was given as from what it wrote itself.
    assert completed([ids[:-1] for ids in completions]) == completions
