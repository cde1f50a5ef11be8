"""vLLM as the generation engine: in this process, on the device of the policy that is trained.

    sleep ─► wake (weights) ─► push the policy's weights ─► wake (cache) ─► generate ─► sleep

The engine gets the weights as they are at every call, so that its samples are never stale, and
returns its own log-probabilities of the sampled ids. They are what likelihood ratios are taken
against: its kernels round differently from the model that is trained.

Written against vLLM 0.32 (0.22 has the same interface): ``LLM``, ``LLM.enqueue``,
``LLMEngine.step``, the worker method ``reload_weights``, sleep level 2.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rltf.common.seeds import derive_seed
from rltf.errors import PolicyError
from rltf.models.adapter import plain_state
from rltf.sampling_options import Sampling

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.models.generation import GeneratedTokens
    from rltf.models.policy import Policy

EngineName = Literal["rltf", "vllm"]

_ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the weights are passed on in this process
    "VLLM_LOGGING_LEVEL": "ERROR",  # it warns of every layer without weights, at every push
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
}
_LONGEST_REASON = 300

_CHECKED_PLACES = (0.1, 0.3, 0.5, 0.7)
"""Prompts of an id twice, as places in the vocabulary."""
_CHECKED_LENGTH = 8
_TOLERANCE = 0.01
"""Most that log-probabilities may differ on average."""
_ROUGH_TOLERANCE = 0.3
"""The same for dtypes with fewer digits."""


def check_vllm(name: EngineName) -> None:
    """Raise :class:`PolicyError` if the package of an engine is missing."""
    if name == "vllm" and importlib.util.find_spec("vllm") is None:
        raise PolicyError("engine vllm needs vLLM: pip install 'rltf[vllm]'")


def check_decoder_only(policy: str, config: Any) -> None:
    """Raise :class:`PolicyError` for a model that no version of vLLM generates with."""
    if config.is_encoder_decoder:
        raise PolicyError(
            f"policy {policy}: vLLM has no encoder-decoder models: leave out engine=vllm"
        )


class VllmEngine:
    """An engine with the weights of a loaded policy. It sleeps between two calls, on a GPU.

    Args:
        max_length: Most ids of a prompt and its completion together.
        batch_size: Most completions in flight.
        memory: Share of the device's memory for weights and key/value cache.
        launched: Whether a launcher started several ranks, each of which has an engine.

    Raises :class:`PolicyError` if vLLM cannot generate with the policy's model, or gives other
    log-probabilities than it.
    """

    def __init__(
        self, policy: Policy, *, max_length: int, batch_size: int, memory: float, launched: bool
    ) -> None:
        check_vllm("vllm")
        check_decoder_only(policy.name, policy.model.config)
        os.environ.update(_ENVIRONMENT | {name: os.environ[name] for name in _chosen()})
        import vllm

        self._policy = policy
        self._sleeps = _can_sleep(policy.model.device.type)
        try:
            with tempfile.TemporaryDirectory(prefix="rltf-vllm-") as folder:
                _describe(policy, folder)
                self._llm = vllm.LLM(
                    model=folder,
                    load_format="dummy",  # the weights are pushed
                    generation_config="vllm",  # no sampling defaults but those of SamplingParams
                    dtype=str(policy.dtype).removeprefix("torch."),
                    max_model_len=max_length,
                    max_num_seqs=batch_size,
                    gpu_memory_utilization=memory,
                    enable_sleep_mode=self._sleeps,
                    enforce_eager=not self._sleeps,  # compiling for a CPU takes minutes
                    logprobs_mode="raw_logprobs",  # at temperature 1, before top-p
                    distributed_executor_backend="external_launcher" if launched else None,
                    seed=0,  # each request has its own
                )
        except Exception as error:  # whatever a wrong model or too little memory makes it raise
            reason = " ".join(str(error).split())[:_LONGEST_REASON]
            raise PolicyError(f"policy {policy.name}: vLLM does not start: {reason}") from error
        self._sleep()
        self._check()

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        *,
        seed: int | Sequence[int],
        stops: Sequence[str] = (),
    ) -> Iterator[list[tuple[int, GeneratedTokens]]]:
        """Yield completions by the policy's weights as they end, as ``generation.generate`` does.

        A completion that comes to a stop string ends with the id that completes it.
        """
        seeds = (
            [derive_seed(seed, i) for i in range(len(prompts))] if isinstance(seed, int) else seed
        )
        self._wake()
        names = self._llm.enqueue(
            [{"prompt_token_ids": list(prompt)} for prompt in prompts],
            [self._parameters(sampling, own, stops) for own in seeds],
            use_tqdm=False,
        )
        # vLLM calls a request "7" outside and "7-1f3a5c7e" inside
        rows = {name.partition("-")[0]: row for row, name in enumerate(names)}
        engine = self._llm.llm_engine
        try:
            while engine.has_unfinished_requests():
                ended = [each for each in engine.step() if each.finished]
                if ended:
                    yield [(rows[each.request_id], _completion(each.outputs[0])) for each in ended]
        finally:
            if engine.has_unfinished_requests():
                engine.abort_request(names, internal=True)
            self._sleep()

    def _check(self) -> None:
        """Compare log-probabilities of a few samples with those of the policy's own model.

        A layer that vLLM does not load, or computes otherwise, would spoil a run in silence.
        """
        import torch

        policy = self._policy
        prompts = [(int(place * policy.model.config.vocab_size),) * 2 for place in _CHECKED_PLACES]
        batches = self.generate(prompts, Sampling(max_new_tokens=_CHECKED_LENGTH), seed=0)
        found = sorted(pair for batch in batches for pair in batch)
        policy.model.eval()
        with torch.no_grad():
            own, present = policy.log_probs(prompts, [each.ids for _, each in found])
        theirs = torch.tensor([i for _, each in found for i in each.log_probs])
        gap = float((own[present].cpu() - theirs).abs().mean())
        most = _TOLERANCE if policy.dtype == torch.float32 else _ROUGH_TOLERANCE
        if not gap <= most:
            raise PolicyError(
                f"policy {policy.name}: vLLM computes something else than the model (their "
                f"log-probabilities differ by {gap:.2f} on average): leave out engine=vllm"
            )

    def _parameters(self, sampling: Sampling, seed: int, stops: Sequence[str]) -> Any:
        from vllm import SamplingParams

        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_new_tokens,
            seed=seed % 2**63,  # it holds them as int64, and takes -1 for none
            stop=list(stops),
            stop_token_ids=list(self._policy.end_ids),
            include_stop_str_in_output=True,
            detokenize=bool(stops),
            logprobs=0,  # of the sampled id alone
        )

    def _wake(self) -> None:
        """Push the weights as they are now; what was cached of others is forgotten."""
        if self._sleeps:
            self._llm.wake_up(tags=["weights"])
        self._llm.collective_rpc(
            "reload_weights", kwargs={"weights_iterator": _weights(self._policy.model)}
        )
        if self._sleeps:
            self._llm.wake_up(tags=["kv_cache"])
        self._llm.reset_prefix_cache()

    def _sleep(self) -> None:
        """Give the device's memory back, weights included."""
        if self._sleeps:
            self._llm.sleep(level=2)


def _can_sleep(device: str) -> bool:
    """Return whether the engine can give the memory of a device back."""
    return device == "cuda"


def _chosen() -> list[str]:
    """Return which of the variables the user has set, but for the one that must be as it is."""
    return [name for name in list(_ENVIRONMENT)[1:] if name in os.environ]


def _describe(policy: Policy, folder: str) -> None:
    """Write what vLLM reads of a model beside its weights: configuration and tokenizer."""
    policy.model.config.architectures = [type(policy.model).__name__]
    policy.model.config.save_pretrained(folder)
    policy.tokenizer.save_pretrained(folder)


def _weights(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield each weight once, adapters added, by the name that it has in a checkpoint."""
    state = plain_state(model)
    for name, _ in model.named_parameters():
        plain = name.replace(".base_layer.", ".")
        if plain in state:
            yield plain, state[plain].detach()


def _completion(output: Any) -> GeneratedTokens:
    from rltf.models.generation import GeneratedTokens

    ids = tuple(output.token_ids)
    # a token behind a stop string is dropped, and its log-probability may still be there
    log_probs = tuple(
        each[i].logprob for i, each in zip(ids, output.logprobs[: len(ids)], strict=True)
    )
    return GeneratedTokens(ids, output.finish_reason == "length", log_probs)
