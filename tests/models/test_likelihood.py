from __future__ import annotations

import copy
import functools
from typing import Any

import pytest
import torch

from rltf.models import likelihood
from rltf.models.generation import generate
from rltf.models.likelihood import token_log_probs
from rltf.models.policy import Policy
from rltf.sampling_options import Sampling

PROMPTS = [(5, 6, 7), (9, 8, 7, 6, 5, 4), (11,)]
TARGETS = [(20, 21, 22, 23), (40,), (50, 51, 0)]


def test_log_probs_are_those_of_the_model_row_by_row(policy: Policy) -> None:
    with torch.no_grad():
        log_probs, present = token_log_probs(policy.model, PROMPTS, TARGETS)
    assert present.sum(1).tolist() == [4, 1, 3]
    assert log_probs[~present].abs().sum() == 0
    for row, (prompt, target) in enumerate(zip(PROMPTS, TARGETS, strict=True)):
        for position, token in enumerate(target):
            expected = log_softmax(policy, prompt, target[:position])[token]
            torch.testing.assert_close(log_probs[row, position], expected, atol=1e-4, rtol=1e-4)


def log_softmax(
    policy: Policy, prompt: tuple[int, ...], prefix: tuple[int, ...], *, cap: bool = False
) -> torch.Tensor:
    model = policy.model
    with torch.no_grad():
        if model.config.is_encoder_decoder:
            ids = torch.tensor([[model.config.decoder_start_token_id, *prefix]])
            logits = model(input_ids=torch.tensor([prompt]), decoder_input_ids=ids).logits
        else:
            logits = model(input_ids=torch.tensor([[*prompt, *prefix]])).logits
    return torch.log_softmax(logits[0, -1].tanh() if cap else logits[0, -1], -1)


def test_greedy_ids_are_the_likeliest_under_the_training_forward(policy: Policy) -> None:
    greedy = Sampling(temperature=0.0, max_new_tokens=8)
    batches = generate(policy.model, PROMPTS, greedy, end_id=policy.end_id, seed=0, batch_size=8)
    for row, completion in (pair for batch in batches for pair in batch):
        with torch.no_grad():
            log_probs, _ = token_log_probs(policy.model, [PROMPTS[row]], [completion.ids])
        best = log_softmax(policy, PROMPTS[row], completion.ids[:-1]).max()
        torch.testing.assert_close(log_probs[0, -1], best, atol=1e-4, rtol=1e-4)


def test_gradients_reach_the_weights_only_through_present_tokens(policy: Policy) -> None:
    alone, _ = token_log_probs(policy.model, PROMPTS[1:2], TARGETS[1:2])
    padded, _ = token_log_probs(policy.model, PROMPTS, TARGETS)
    weights = next(policy.model.parameters())
    (first,) = torch.autograd.grad(alone.sum(), weights)
    (second,) = torch.autograd.grad(padded[1].sum(), weights)
    assert first.abs().sum() > 0
    torch.testing.assert_close(first, second, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("capped", [False, True])
def test_log_probs_and_gradients_are_the_same_in_chunks(
    policy: Policy, capped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = copy.deepcopy(policy.model)
    if capped:  # as Gemma 2 does
        forward = model.forward

        @functools.wraps(forward)
        def soft_capped(**arguments: Any) -> Any:
            output = forward(**arguments)
            output.logits = torch.tanh(output.logits)
            return output

        model.forward = soft_capped
    results = []
    for most in (likelihood.CHUNK_LOGITS, 2 * model.config.vocab_size):
        monkeypatch.setattr(likelihood, "CHUNK_LOGITS", most)
        log_probs, _ = token_log_probs(model, PROMPTS, TARGETS)
        gradients = torch.autograd.grad(log_probs.sum(), [*model.parameters()])
        results.append((log_probs, *gradients))
    for whole, chunked in zip(*results, strict=True):
        assert (chunked - whole).norm() <= 1e-5 * max(1, whole.norm())
    expected = log_softmax(policy, PROMPTS[0], (), cap=capped)[TARGETS[0][0]]
    torch.testing.assert_close(results[1][0][0, 0], expected, atol=1e-4, rtol=1e-4)


def test_bfloat16_reads_few_widths_and_finds_the_same(policy: Policy) -> None:
    """oneDNN compiles kernels for each width, and torch keeps them."""
    widths = set()
    names = ("input_ids", "decoder_input_ids")

    def note(_: torch.nn.Module, __: Any, inputs: dict[str, Any]) -> None:
        widths.update(inputs[name].shape[1] for name in names if name in inputs)

    hook = policy.model.register_forward_pre_hook(note, with_kwargs=True)
    with torch.no_grad():
        exact, present = token_log_probs(policy.model, PROMPTS, TARGETS)
        widths.clear()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough, same = token_log_probs(policy.model, PROMPTS, TARGETS)
    hook.remove()
    assert widths == {64}
    assert torch.equal(present, same)
    torch.testing.assert_close(rough, exact, atol=0.1, rtol=0.02)
