"""The engine's networks against transformers: token for token, and by log-probabilities."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from rltf.models import engine
from rltf.models.engine import cached_decoder, compiled, matrix, open_rows
from rltf.models.engine.any_decoder import AnyDecoder
from rltf.models.engine.cached_decoder import CachedDecoder
from rltf.models.engine.matrix import Matrix, Part
from rltf.models.engine.network import Network
from rltf.models.generation import GeneratedTokens, generate
from rltf.models.likelihood import token_log_probs
from rltf.models.padding import pad
from rltf.sampling_options import Sampling

from .conftest import FAMILIES, VOCABULARY

Prompts = list[tuple[int, ...]]

NEW = 14
END_IDS = (0, 7, 9, 11, 13, 15)
GREEDY = Sampling(temperature=0.0, max_new_tokens=NEW)


def random_prompts(lengths: Sequence[int]) -> Prompts:
    generator = torch.Generator().manual_seed(3)
    return [
        tuple(torch.randint(16, VOCABULARY, (length,), generator=generator).tolist())
        for length in lengths
    ]


APART = random_prompts([4, 1, 9, 13, 2, 9, 6])
ALIKE = [(*random_prompts([20])[0], *prompt) for prompt in APART]
PROMPTS = {"apart": [*APART, APART[2], APART[2]], "alike": [*ALIKE, ALIKE[0]]}


def completed(model: Any, prompts: Prompts, sampling: Sampling, **options: Any) -> Any:
    settings: dict[str, Any] = {"seed": 5, "batch_size": 64, "end_id": END_IDS} | options
    groups = list(generate(model, prompts, sampling, **settings))
    completions = dict(pair for group in groups for pair in group)
    assert sorted(completions) == list(range(len(prompts)))
    return [completions[index] for index in range(len(prompts))]


def written_by_transformers(model: Any, prompts: Prompts) -> list[tuple[int, ...]]:
    side = "right" if model.config.is_encoder_decoder else "left"
    ids, mask = pad(prompts, side=side, device=model.device)  # type: ignore[arg-type]
    whole = model.generate(
        ids,
        attention_mask=mask,
        max_new_tokens=NEW,
        do_sample=False,
        eos_token_id=list(END_IDS),
        pad_token_id=0,
    )
    rows = whole[:, 1 if model.config.is_encoder_decoder else ids.shape[1] :].tolist()
    return [tuple(row[: _length(row)]) for row in rows]


def _length(row: list[int]) -> int:
    return next((place + 1 for place, i in enumerate(row) if i in END_IDS), NEW)


@pytest.mark.parametrize("kind", PROMPTS)
def test_greedy_ids_are_those_of_transformers(
    model: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With prompts that share a beginning or not, read in parts; rows refilled, rows dropped."""
    prompts = PROMPTS[kind]
    expected = written_by_transformers(model, prompts)
    assert isinstance(open_rows(model, prompts, 1, 1), CachedDecoder)
    for batch_size in (64, 3):
        assert [each.ids for each in completed(model, prompts, GREEDY, batch_size=batch_size)] == (
            expected
        )
    monkeypatch.setattr(cached_decoder, "READ_TOGETHER", 30)
    assert [each.ids for each in completed(model, prompts, GREEDY)] == expected


def test_log_probabilities_are_those_of_the_training_forward(model: Any) -> None:
    prompts = PROMPTS["apart"]
    samplings = [Sampling(1.0, max_new_tokens=NEW), Sampling(0.7, 0.9, NEW), GREEDY]
    for sampling in samplings:
        completions = completed(model, prompts, sampling, batch_size=4)
        check_log_probs(model, prompts, completions, atol=1e-4)


def check_log_probs(
    model: Any, prompts: Prompts, completions: Sequence[GeneratedTokens], atol: float
) -> None:
    with torch.no_grad():
        expected, _ = token_log_probs(model, prompts, [each.ids for each in completions])
    for row, each in zip(expected, completions, strict=True):
        ours = torch.tensor(each.log_probs)
        torch.testing.assert_close(ours, row[: len(each.ids)].float(), atol=atol, rtol=0)


def test_samples_do_not_depend_on_the_prompts_beside_them(model: Any) -> None:
    prompts = PROMPTS["apart"]
    freely = Sampling(1.0, 0.95, NEW)
    seeds = list(range(100, 100 + len(prompts)))
    together = completed(model, prompts, freely, seed=seeds)
    assert len({each.ids for each in together}) > 5
    assert together == completed(model, prompts, freely, seed=seeds, batch_size=2)
    assert together[3:5] == completed(model, prompts[3:5], freely, seed=seeds[3:5])


def test_bfloat16_log_probabilities_are_close_to_float32(model: Any) -> None:
    """The mean over tokens: single ones differ by the rounding of the largest logits."""
    prompts = PROMPTS["apart"]
    completions = completed(model, prompts, Sampling(1.0, max_new_tokens=NEW), dtype=torch.bfloat16)
    with torch.no_grad():
        expected, present = token_log_probs(model, prompts, [each.ids for each in completions])
    ours = torch.cat([torch.tensor(each.log_probs) for each in completions])
    difference = (ours - expected[present]).abs()
    assert difference.max() > 1e-4, "bfloat16 was not used"
    assert difference.median() < 0.15


def test_a_network_follows_its_weights(model: Any) -> None:
    changed = copy.deepcopy(model)
    before = completed(changed, APART, GREEDY)
    for weight in changed.parameters():
        weight.data.mul_(0.7)  # leaves no trace in a weight's version
    after = completed(changed, APART, GREEDY)
    assert [each.ids for each in after] != [each.ids for each in before]
    assert [each.ids for each in after] == written_by_transformers(changed, APART)


def test_torch_alone_gives_the_same(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on CPUs without AVX2, and on a GPU; with weights that oneDNN packs, and without."""
    monkeypatch.setattr(compiled, "lib", None)
    for packed_from in (matrix.PACKED_FROM, 1):
        monkeypatch.setattr(matrix, "PACKED_FROM", packed_from)
        for prompts in PROMPTS.values():
            ours = completed(model, prompts, GREEDY, batch_size=3)
            assert [each.ids for each in ours] == written_by_transformers(model, prompts)
            check_log_probs(model, prompts, ours, atol=1e-4)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch without oneDNN")
def test_large_weights_are_packed() -> None:
    module = torch.nn.Linear(512, 512)
    packed = Matrix(Part(module), dtype=torch.bfloat16)
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        assert packed._multiply.func is matrix._multiply_packed  # type: ignore[attr-defined]
    inputs = torch.randn(3, 512).bfloat16()
    torch.testing.assert_close(packed(inputs).float(), module(inputs.float()), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("family", ["llama", "codegen", "gpt2"])
def test_adapters_are_part_of_the_weights(family: str) -> None:
    """In bfloat16 too, where a change so small would vanish if it were added to the weights."""
    pytest.importorskip("peft")
    from rltf.models.adapter import Lora, add_adapters

    model = FAMILIES[family]()
    plain = completed(model, APART, GREEDY)
    add_adapters("test", model, Lora(r=4, alpha=8))
    assert completed(model, APART, GREEDY) == plain
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 0.5, generator=torch.Generator().manual_seed(len(name)))
    changed = completed(model, APART, GREEDY)
    assert [each.ids for each in changed] == written_by_transformers(model, APART)
    assert changed != plain
    module = next(each for each in model.modules() if hasattr(each, "lora_A"))
    inputs = torch.ones(1, module.in_features)
    inputs[:, ::2] = -1.0
    with torch.no_grad():
        module.base_layer.weight.fill_(1.0)  # cancels out
        module.lora_B["default"].weight *= 1e-4
        computes_in = compiled.arithmetic(torch.bfloat16, inputs.device)
        ours = Matrix(Part(module), dtype=torch.bfloat16)(inputs.to(computes_in)).float()
        torch.testing.assert_close(ours, module(inputs), atol=1e-5, rtol=0.03)


def test_a_model_that_computes_something_else_goes_its_own_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = FAMILIES["llama"]()
    forward = model.forward

    def colder(**arguments: Any) -> Any:
        output = forward(**arguments)
        output.logits = output.logits.flip(-1)
        return output

    model.forward = colder
    assert isinstance(open_rows(model, APART, 1, 1), AnyDecoder)
    assert "its own forward pass" in caplog.text


def test_the_rounding_of_bfloat16_is_no_other_computation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A network is checked in the dtype of its model: SmolLM2's states are large after some ids."""
    monkeypatch.setattr(engine, "ROUGH_TOLERANCE", 0.0)
    model = FAMILIES["llama"]()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rows = open_rows(model, APART, 1, 1, torch.bfloat16)
    assert isinstance(rows, CachedDecoder)


def test_an_unknown_architecture_goes_through_its_own_forward_pass() -> None:
    from transformers import GPTNeoConfig, GPTNeoForCausalLM

    torch.manual_seed(0)
    config = GPTNeoConfig(
        vocab_size=VOCABULARY, max_position_embeddings=64, hidden_size=32, num_layers=2,
        num_heads=2, attention_types=[[["global", "local"], 1]], window_size=8,
        initializer_range=0.3, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = GPTNeoForCausalLM(config).eval()
    assert isinstance(open_rows(model, APART, 1, 1), AnyDecoder)
    expected = written_by_transformers(model, PROMPTS["apart"])
    for batch_size in (64, 4):
        ours = completed(model, PROMPTS["apart"], GREEDY, batch_size=batch_size)
        assert [each.ids for each in ours] == expected
        check_log_probs(model, PROMPTS["apart"], ours, atol=1e-4)


def test_completions_come_as_they_end() -> None:
    groups = list(
        generate(FAMILIES["llama"](), APART * 3, GREEDY, end_id=END_IDS, seed=0, batch_size=4)
    )
    assert len(groups) > 6
    assert max(map(len, groups)) <= 4


def test_each_prompt_and_a_shared_beginning_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ids that are read, also where the samples of a prompt do not fit into the rows."""
    read: list[int] = []
    hidden = Network.hidden

    def counted(self: Network, ids: torch.Tensor, *others: Any) -> torch.Tensor:
        read.append(ids.numel())
        return hidden(self, ids, *others)

    monkeypatch.setattr(Network, "hidden", counted)
    model = FAMILIES["llama"]()
    completed(model, [(1, 2)], GREEDY)  # the network is compared with the model
    shared = random_prompts([40])[0]
    groups = [(*shared, *each) for each in ((16, 17), (18, 19), (20, 21))]
    monkeypatch.setattr(compiled.CompiledStep, "__call__", _refuse)
    for batch_size in (64, 3):
        read.clear()
        started = [each for each in groups for _ in range(4)]
        completed(model, started, Sampling(1.0, max_new_tokens=1), batch_size=batch_size)
        assert sum(read) == 40 + 3 * 2


def _refuse(*_: Any) -> None:
    raise AssertionError("one new id each needs no step")
