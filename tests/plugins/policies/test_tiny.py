"""What the policies that are built on the spot start from."""

from __future__ import annotations

import torch

from rltf.plugins.policies.tiny import TRAINING_DEFAULTS, mini_texts, t5, train_tokenizer


def test_the_order_of_a_prompt_changes_what_an_untrained_t5_says() -> None:
    tokenizer = train_tokenizer(mini_texts())
    steps = ("lower case", "first 4 letters")
    prompts = [f"Write f(x) for a text: {', then '.join(each)}." for each in (steps, steps[::-1])]
    start = torch.zeros(1, 1, dtype=torch.long)
    changes = []
    for seed in range(3):
        torch.manual_seed(seed)
        model = t5(len(tokenizer), tokenizer.eos_token_id).eval()
        with torch.no_grad():
            one, other = (
                model(**tokenizer(prompt, return_tensors="pt"), decoder_input_ids=start).logits
                for prompt in prompts
            )
        changes.append(((one - other).abs().mean() / one.std()).item())
    assert min(changes) > 0.04, changes  # 0.01 with the biases of T5's own initialization


def test_a_run_by_default_shows_how_the_policy_does_in_between_and_evaluates_the_end_once() -> None:
    steps, every = TRAINING_DEFAULTS["steps"], TRAINING_DEFAULTS["evaluate_every"]
    assert steps // every >= 3
    assert steps % every == 0
