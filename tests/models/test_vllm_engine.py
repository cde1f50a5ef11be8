"""Generation by vLLM: a stand-in with its interface, over a real model."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import manager
from rltf.errors import PolicyError
from rltf.models import vllm_engine
from rltf.models.adapter import Lora
from rltf.models.generation import GeneratedTokens
from rltf.models.policy import Policy
from rltf.models.vllm_engine import VllmEngine, check_vllm
from rltf.sampling_options import Sampling

from .llama_checkpoint import write_checkpoint

STAND_IN = Path(__file__).parent / "vllm_stand_in"
PROMPTS = [(20, 21, 22), (20, 21, 22, 23, 24), (30,), (20, 21, 22), (40, 41)]
FREELY = Sampling(temperature=0.8, top_p=0.9, max_new_tokens=12)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is called of vLLM."""
    monkeypatch.syspath_prepend(STAND_IN)
    import vllm

    vllm.calls.clear()
    yield vllm.calls
    del sys.modules["vllm"]


def load(checkpoint: Path, lora: Lora | None = None) -> Policy:
    policy: Policy = manager.get("policy", f"hf:{checkpoint}")
    return policy.load(dtype="float32", lora=lora)


def engine_of(policy: Policy, batch_size: int = 3) -> VllmEngine:
    return VllmEngine(policy, max_length=64, batch_size=batch_size, memory=0.1, launched=False)


def written(
    policy: Policy, sampling: Sampling = FREELY, stops: tuple[str, ...] = ()
) -> list[GeneratedTokens]:
    """The completions of the prompts, in their order."""
    batches = policy.generate(PROMPTS, sampling, seed=7, batch_size=3, stops=stops)
    found = dict(pair for batch in batches for pair in batch)
    return [found[index] for index in range(len(PROMPTS))]


def gap(policy: Policy, completions: list[GeneratedTokens]) -> float:
    """Return the largest difference of log-probabilities from those of the policy as it is now."""
    with torch.no_grad():
        now, _ = policy.log_probs(PROMPTS, [each.ids for each in completions])
    return max(
        float((now[row, : len(each.ids)] - torch.tensor(each.log_probs)).abs().max())
        for row, each in enumerate(completions)
    )


def change(policy: Policy) -> None:
    """Change the weights that are trained, as an optimizer does."""
    with torch.no_grad():
        for parameter in policy.model.parameters():
            if parameter.requires_grad:
                parameter += 0.1 * torch.randn_like(parameter)


@pytest.mark.parametrize("lora", [None, Lora(2, 4)], ids=["all", "adapters"])
def test_samples_are_those_of_the_weights_as_they_are(
    checkpoint: Path, calls: list[str], lora: Lora | None
) -> None:
    policy = load(checkpoint, lora)
    own = written(policy, Sampling(temperature=0, max_new_tokens=12))
    policy.engine = engine_of(policy)
    greedy = written(policy, Sampling(temperature=0, max_new_tokens=12))
    assert greedy == own
    first = written(policy)
    assert gap(policy, first) < 1e-4
    assert written(policy) == first
    change(policy)
    assert gap(policy, first) > 0.05  # what was sampled keeps the log-probabilities that it had
    second = written(policy)
    assert second != first
    assert gap(policy, second) < 1e-4


def test_weights_that_are_not_pushed_show_in_the_log_probabilities(
    checkpoint: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load(checkpoint)
    policy.engine = engine_of(policy)
    written(policy)
    change(policy)
    monkeypatch.setattr(sys.modules["vllm"].LLM, "collective_rpc", lambda *_, **__: None)
    assert gap(policy, written(policy)) > 0.05


def test_completions_end_at_end_ids_stop_strings_and_the_longest_length(
    checkpoint: Path, calls: list[str]
) -> None:
    policy = load(checkpoint)
    policy.engine = engine_of(policy)
    long = written(policy, Sampling(temperature=1.0, max_new_tokens=30))
    for each in long:
        assert each.truncated == (each.ids[-1] not in policy.end_ids)
        assert not set(each.ids[:-1]) & set(policy.end_ids)
    assert any(each.truncated and len(each.ids) == 30 for each in long)
    text = policy.text(next(each for each in long if each.truncated).ids)
    stop = next(each for each in text[3:] if each not in text[:3])
    for each in written(policy, Sampling(temperature=1.0, max_new_tokens=30), (stop,)):
        before, now = policy.text(each.ids[:-1]), policy.text(each.ids)
        assert stop not in before
        assert each.truncated == (stop not in now and each.ids[-1] not in policy.end_ids)
        assert len(each.log_probs) == len(each.ids)


def test_the_end_of_a_turn_ends_a_completion(checkpoint: Path, calls: list[str]) -> None:
    policy = load(checkpoint)
    greedy = Sampling(temperature=0, max_new_tokens=8)
    policy.engine = engine_of(policy)
    second = written(policy, greedy)[0].ids[1]
    policy.model.generation_config.eos_token_id = [policy.end_id, second]
    ended = written(policy, greedy)[0]
    assert (ended.ids[-1], ended.truncated) == (second, False)
    assert len(ended.ids) <= 2


def test_an_engine_sleeps_while_the_policy_is_trained(
    checkpoint: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_engine, "_can_sleep", lambda device: True)
    policy = load(checkpoint)
    policy.engine = engine_of(policy)
    assert gap(policy, written(policy)) < 1e-4
    round_of_calls = [
        "wake weights", "reload_weights", "wake kv_cache", "reset_prefix_cache", "enqueue", "sleep",
    ]  # fmt: skip
    assert calls == ["sleep", *round_of_calls, *round_of_calls]  # to check it, and to generate
    calls.clear()
    batches = policy.generate(PROMPTS, FREELY, seed=7, batch_size=3)
    next(iter(batches))
    batches.close()  # type: ignore[attr-defined]
    assert calls == [*round_of_calls[:-1], "abort", "sleep"]
    assert gap(policy, written(policy)) < 1e-4


def test_what_is_missing_or_does_not_fit_is_said_in_a_line(
    checkpoint: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load(checkpoint)
    policy.model.__class__ = type("OddForCausalLM", (type(policy.model),), {})
    with pytest.raises(
        PolicyError, match=r"vLLM does not start: Model architectures \['Odd.* for now"
    ):
        engine_of(policy)
    other = load(checkpoint)
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["vllm"].LLM, "collective_rpc", lambda *_, **__: None)
        with pytest.raises(PolicyError, match=r"differ by \d+\.\d\d on average\): leave out"):
            engine_of(other)
    encoder_decoder: Policy = manager.get("policy", "tiny-t5").load()
    with pytest.raises(PolicyError, match="leave out engine=vllm"):
        engine_of(encoder_decoder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PolicyError, match=r"^engine vllm needs vLLM: pip install 'rltf\[vllm\]'$"):
        check_vllm("vllm")
    check_vllm("rltf")


def test_no_prompt_is_no_work(checkpoint: Path, calls: list[str]) -> None:
    policy: Any = load(checkpoint)
    policy.engine = engine_of(policy)
    assert list(policy.generate([], FREELY, seed=0, batch_size=2)) == []
