"""The calls of vLLM that rltf makes, over a transformers model: vLLM itself needs gigabytes.

Names, order and defaults of parameters, types of results, and what is refused are those of vLLM 0.32
(and, for these calls, of 0.22). rltf's tests of this package also pass with vLLM itself in its place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

__version__ = "0.32.0"
calls: list[str] = []
"""What was called, in this order."""


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: str | list[str] | None = None
    stop_token_ids: list[int] | None = None
    max_tokens: int | None = 16
    logprobs: int | None = None
    detokenize: bool = True
    include_stop_str_in_output: bool = False

    def __post_init__(self) -> None:
        assert self.temperature >= 0
        assert 0 < self.top_p <= 1
        assert self.max_tokens is not None
        assert self.max_tokens >= 1
        assert self.seed is None or 0 <= self.seed < 2**63  # int64; -1 would be none
        self.stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        assert all(self.stop)
        assert self.detokenize or not self.stop, "stop strings need detokenize"
        assert all(isinstance(each, int) for each in self.stop_token_ids or ())


@dataclass
class Logprob:
    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: Sequence[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    request_id: str
    prompt: str | None
    prompt_token_ids: list[int] | None
    outputs: list[CompletionOutput]
    finished: bool


class _Request:
    def __init__(self, external: str, prompt: list[int], params: SamplingParams) -> None:
        self.external, self.prompt, self.params = external, prompt, params
        self.ids: list[int] = []
        self.logprobs: list[dict[int, Logprob]] = []
        self.generator = torch.Generator()
        if params.seed is not None:
            self.generator.manual_seed(params.seed)


class LLMEngine:
    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.waiting: dict[str, _Request] = {}

    def has_unfinished_requests(self) -> bool:
        return bool(self.waiting)

    def abort_request(self, request_ids: list[str], internal: bool = False) -> None:
        calls.append("abort")
        assert internal, "these are the ids that enqueue returned"
        for name in request_ids:
            self.waiting.pop(name, None)

    @torch.no_grad()
    def step(self) -> list[RequestOutput]:
        assert not self._llm.asleep, f"{self._llm.asleep} asleep"
        flight = list(self.waiting.items())[: self._llm.max_num_seqs]
        outputs = []
        for name, request in flight:
            if output := self._advance(request):
                outputs.append(output)
                del self.waiting[name]
        return outputs

    def _advance(self, request: _Request) -> RequestOutput | None:
        params = request.params
        logits = self._llm.logits(request.prompt, request.ids)
        i = _choose(logits, params, request.generator)
        raw = logits.log_softmax(-1)
        rank = int((raw >= raw[i]).sum())
        request.ids.append(i)
        request.logprobs.append({i: Logprob(float(raw[i]), rank)})
        text = self._llm.tokenizer.decode(request.ids) if params.detokenize else ""
        stop: int | str | None = i if i in (params.stop_token_ids or ()) else None
        if stop is None:
            stop = next((each for each in params.stop or () if each in text), None)
        reason = "stop" if stop is not None else None
        if reason is None and len(request.ids) == params.max_tokens:
            reason = "length"
        if reason is None:
            return None
        completion = CompletionOutput(0, text, request.ids, None, request.logprobs, reason, stop)
        return RequestOutput(request.external, None, request.prompt, [completion], True)


class LLM:
    def __init__(
        self,
        model: str,
        *,
        dtype: str = "auto",
        seed: int = 0,
        gpu_memory_utilization: float = 0.92,
        enforce_eager: bool = False,
        # these are keyword arguments of EngineArgs
        load_format: str = "auto",
        generation_config: str = "auto",
        max_model_len: int | None = None,
        max_num_seqs: int | None = None,
        enable_sleep_mode: bool = False,
        logprobs_mode: str = "raw_logprobs",
        distributed_executor_backend: str | None = None,
    ) -> None:
        assert load_format == "dummy"
        assert generation_config == "vllm"
        assert logprobs_mode == "raw_logprobs"
        assert 0 < gpu_memory_utilization <= 1
        assert enforce_eager is not enable_sleep_mode
        assert max_num_seqs is not None
        config = AutoConfig.from_pretrained(Path(model))
        if config.architectures != ["LlamaForCausalLM"]:
            raise ValueError(
                f"Model architectures {config.architectures} are not supported\nfor now"
            )
        self.model = AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype)).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(Path(model))
        self.max_num_seqs, self._max_model_len = max_num_seqs, max_model_len
        self.llm_engine = LLMEngine(self)
        self.asleep: set[str] = set()
        self._can_sleep = enable_sleep_mode
        self._count = 0
        self._prefixes: dict[tuple[int, ...], torch.Tensor] = {}

    def enqueue(
        self,
        prompts: Sequence[dict[str, Any]],
        sampling_params: Sequence[SamplingParams],
        lora_request: None = None,
        priority: None = None,
        use_tqdm: bool = True,
        tokenization_kwargs: None = None,
        mm_processor_kwargs: None = None,
    ) -> list[str]:
        calls.append("enqueue")
        names = []
        for prompt, params in zip(prompts, sampling_params, strict=True):
            ids = prompt["prompt_token_ids"]
            assert self._max_model_len is not None
            assert len(ids) < self._max_model_len
            names.append(f"{self._count}-{uuid.uuid4().hex[:8]}")
            self.llm_engine.waiting[names[-1]] = _Request(str(self._count), ids, params)
            self._count += 1
        return names

    def collective_rpc(
        self,
        method: str | Callable[..., Any],
        timeout: float | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> list[Any]:
        assert method == "reload_weights"
        calls.append("reload_weights")
        return [self._reload_weights(*args, **(kwargs or {}))]

    def reset_prefix_cache(
        self, reset_running_requests: bool = False, reset_connector: bool = False
    ) -> bool:
        calls.append("reset_prefix_cache")
        self._prefixes.clear()
        return True

    def sleep(self, level: int = 1, mode: str = "abort") -> None:
        assert self._can_sleep
        assert level == 2
        calls.append("sleep")
        self.asleep = {"weights", "kv_cache"}
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.fill_(float("nan"))

    def wake_up(self, tags: list[str] | None = None) -> bool:
        calls.append(f"wake {' '.join(tags or [])}")
        self.asleep -= set(tags or self.asleep)
        return not self.asleep

    @torch.no_grad()
    def _reload_weights(self, weights_iterator: Iterable[tuple[str, torch.Tensor]]) -> None:
        assert "weights" not in self.asleep
        own = dict(self.model.named_parameters())
        for name, tensor in weights_iterator:
            own.pop(name).copy_(tensor)
        assert not own, f"not loaded: {list(own)}"

    @torch.no_grad()
    def logits(self, prompt: list[int], ids: list[int]) -> torch.Tensor:
        """(V,) float32; those of a prompt are cached, as keys and values of a prefix are."""
        if ids or tuple(prompt) not in self._prefixes:
            logits = self.model(torch.tensor([[*prompt, *ids]])).logits[0, -1].float()
            if ids:
                return logits
            self._prefixes[tuple(prompt)] = logits
        return self._prefixes[tuple(prompt)]


def _choose(logits: torch.Tensor, params: SamplingParams, generator: torch.Generator) -> int:
    if params.temperature == 0:
        return int(logits.argmax())
    probabilities, order = (logits / params.temperature).softmax(-1).sort(descending=True)
    kept = probabilities * (probabilities.cumsum(-1) - probabilities < params.top_p)
    return int(order[torch.multinomial(kept, 1, generator=generator)])
