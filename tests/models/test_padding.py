from __future__ import annotations

import torch
from transformers import GPT2Config, LlamaConfig

from rltf.models.padding import by_length, most_tokens_together, round_up


def test_the_longest_rows_come_first_and_similar_lengths_together() -> None:
    rows = [((0,) * prompt, (0,) * target) for prompt, target in [(1, 1), (5, 4), (2, 2), (7, 1)]]
    assert by_length(rows, 2) == [[1, 3], [2, 0]]
    assert by_length([], 2) == []


def test_a_batch_has_no_more_tokens_than_asked_for() -> None:
    lengths = [(9, 3), (3, 8), (4, 4), (2, 2), (2, 1), (1, 1), (30, 1)]
    rows = [((0,) * prompt, (0,) * target) for prompt, target in lengths]
    batches = by_length(rows, 3, 20)
    assert batches == [[6], [0], [1], [2, 3], [4, 5]]
    for batch in batches:
        prompt, target = (max(lengths[i][side] for i in batch) for side in (0, 1))
        assert len(batch) == 1 or len(batch) * (prompt + target) <= 20


def test_micro_batches_are_bounded_on_a_cpu_alone() -> None:
    llama = LlamaConfig(hidden_size=576, num_hidden_layers=30)
    assert most_tokens_together(llama, "cpu") == 970
    assert most_tokens_together(llama, torch.device("cuda")) is None
    tiny = GPT2Config(n_embd=128, n_layer=4)
    assert (most_tokens_together(tiny, "cpu") or 0) > 64 * 176, "tiny's are not cut"


def test_numbers_are_rounded_up() -> None:
    assert [round_up(number, 64) for number in (0, 1, 64, 65)] == [0, 64, 64, 128]
