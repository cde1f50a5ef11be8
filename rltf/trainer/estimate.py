"""What a run will need: parameters, memory and tokens, from its options and the model's shape.

The model is built without its weights. The sizes of weights, gradients, optimizer state and
key/value cache are exact; those of activations and logits are estimates, for prompts and programs
of the greatest length. What torch and Python take themselves comes on top.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.models.adapter import add_adapters
from rltf.models.likelihood import CHUNK_LOGITS
from rltf.models.loading import checkpoint_activations, choose_dtype
from rltf.models.padding import most_tokens_together, round_up, width_step
from rltf.models.policy import Policy, best_device
from rltf.models.vllm_engine import check_decoder_only
from rltf.trainer.config import Config
from rltf.trainer.optimizer import BYTES_OF_FLOAT32, check_on_device, state_bytes

if TYPE_CHECKING:
    import torch

_LOGIT_COPIES = 3
"""Logits, their softmax, and the gradient or the sorted probabilities of top-p."""
_MIXED_BYTES = 10
_ATTENTION_BYTES = 8


@dataclass(frozen=True)
class Estimate:
    """What a run will need."""

    device: str
    dtype: str
    """In which the model computes."""
    parameters: int
    trained_parameters: int
    memory_bytes: dict[str, int]
    """Memory of the device by what takes it, while that is at its greatest."""
    free_bytes: int
    """Memory of the device that nothing takes now."""
    tokens_per_step: int
    """Most tokens, prompts included, that an optimizer step passes through the model."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form of the JSON that ``--dry-run`` prints."""
        return asdict(self)


def estimate(
    config: Config, policy: Policy, model: Any | None, *, has_reference: bool
) -> Estimate | None:
    """Return what a run will need with a policy's skeleton; ``None`` without a skeleton.

    Raises the errors that loading the policy would raise because of an option.
    """
    import torch

    device = torch.device(best_device())
    check_on_device(config.optimizer, device)
    if model is None:
        return None
    if config.engine == "vllm":
        check_decoder_only(policy.name, model.config)
    dtype = choose_dtype(config.dtype, device, model.dtype)
    parameters = model.num_parameters()
    if config.lora is not None:
        add_adapters(policy.name, model, config.lora)
    if config.gradient_checkpointing:
        checkpoint_activations(policy.name, model)
    trained = sum(each.numel() for each in model.parameters() if each.requires_grad)
    length = config.max_prompt_tokens + config.max_new_tokens
    below = BYTES_OF_FLOAT32 if config.lora is None else dtype.itemsize
    shape = _Shape.of(model, dtype, is_mixed=below != dtype.itemsize)
    weights = parameters * below + (trained * BYTES_OF_FLOAT32 if config.lora else 0)
    free, total = _memory(device)
    copied = below != dtype.itemsize
    generation = {
        "generation_weights": parameters * dtype.itemsize if copied else 0,
        "key_value_cache": config.generation_batch_size * length * shape.cached,
    }
    if config.engine == "vllm":
        generation = {"vllm": round(total * config.engine_memory)}
    memory = {
        "weights": weights,
        **generation,
        "reference_policy": trained * BYTES_OF_FLOAT32 if has_reference else 0,
        "gradients": trained * BYTES_OF_FLOAT32,
        "optimizer": state_bytes(config.optimizer, model.parameters()),
        "activations": _activations(config, shape, model.config, device),
        "logits": _logits(config, shape.vocabulary) * _LOGIT_COPIES * BYTES_OF_FLOAT32,
    }
    return Estimate(
        device=str(device),
        dtype=str(dtype).removeprefix("torch."),
        parameters=parameters,
        trained_parameters=trained,
        memory_bytes={part: size for part, size in memory.items() if size},
        free_bytes=free,
        tokens_per_step=(config.batch_size + config.supervised_batch_size) * length,
    )


def _memory(device: torch.device) -> tuple[int, int]:
    """Return the free and the total bytes of a device."""
    import torch

    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)
    sizes = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free, total = (int(sizes[name].split()[0]) for name in ("MemAvailable", "MemTotal"))
    return free * 1024, total * 1024


def _activations(config: Config, shape: _Shape, model: Any, device: torch.device) -> int:
    """Return the bytes that the backward pass needs of a micro-batch.

    Args:
        model: The model's configuration.
    """
    step = width_step(device, shape.dtype)
    widths = [config.max_prompt_tokens, config.max_new_tokens]
    if not model.is_encoder_decoder:
        widths = [sum(widths)]
    length = sum(round_up(width, step) for width in widths)
    tokens = config.micro_batch_size * length
    if (most := most_tokens_together(model, device)) is not None:
        tokens = min(tokens, max(most, length))
    return tokens * shape.activations(config, length)


def _logits(config: Config, vocabulary: int) -> int:
    """Return how many logits there are at once: of a training chunk, or of a generation step."""
    training = min(CHUNK_LOGITS, config.micro_batch_size * config.max_new_tokens * vocabulary)
    return max(training, config.generation_batch_size * vocabulary)


@dataclass(frozen=True)
class _Shape:
    """Sizes of a transformer."""

    layers: int
    hidden: int
    inner: int
    """Width of the feed-forward layers."""
    cached: int
    """Bytes that the key/value cache holds for a token."""
    attention_weights: int
    """Attention weights that are kept of a token, for each token that it may see."""
    vocabulary: int
    dtype: torch.dtype
    """In which the model computes."""
    is_mixed: bool
    """Whether the weights have another type than what is computed with them."""

    @classmethod
    def of(cls, model: Any, dtype: torch.dtype, *, is_mixed: bool) -> _Shape:
        config = model.config.get_text_config()
        layers, hidden = config.num_hidden_layers, config.hidden_size
        heads = config.num_attention_heads
        head_width = getattr(config, "head_dim", None) or getattr(config, "d_kv", hidden // heads)
        key_heads = getattr(config, "num_key_value_heads", None) or heads
        inner = next((size for name in _INNER if (size := getattr(config, name, None))), 4 * hidden)
        return cls(
            layers=layers,  # a token of an encoder-decoder passes one of its two stacks
            hidden=hidden,
            inner=inner,
            cached=2 * layers * key_heads * head_width * dtype.itemsize,
            attention_weights=0 if _has_fused_attention(model, config) else heads,
            vocabulary=config.vocab_size,
            dtype=dtype,
            is_mixed=is_mixed,
        )

    def activations(self, config: Config, length: int) -> int:
        """Return the bytes that the backward pass needs of a token in a row of this length.

        For each layer about twelve values as wide as the model and four as wide as its feed-forward
        layers (counted on Llama, Qwen2, CodeGen, GPT-2 and T5), and the attention weights where the
        model keeps them. Autocast keeps some of them in float32. Gradient checkpointing keeps the
        input of each layer, and all of one layer.
        """
        layer = (12 * self.hidden + 4 * self.inner) * self.dtype.itemsize
        if self.is_mixed:
            layer += _MIXED_BYTES * self.hidden
        layer += self.attention_weights * length * _ATTENTION_BYTES
        if config.gradient_checkpointing:
            return self.layers * self.hidden * self.dtype.itemsize + layer
        return self.layers * layer


def _has_fused_attention(model: Any, config: Any) -> bool:
    """Return whether attention keeps no weights: not with dropout, nor with a position bias."""
    dropout = getattr(config, "attention_dropout", None) or getattr(config, "attn_pdrop", 0.0)
    return model._supports_sdpa and not dropout and not config.is_encoder_decoder


_INNER = ("intermediate_size", "d_ff", "n_inner", "ffn_dim")
"""Names of the width of the feed-forward layers in the configurations of model families."""
