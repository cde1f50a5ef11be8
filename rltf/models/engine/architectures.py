"""Networks of the architectures that this engine computes itself, read from transformers' modules.

Llama, Mistral, Qwen2 and Qwen3; CodeGen; GPT-2; T5. A configuration that asks for something else
than the usual (a sliding window, a rope that changes with the length) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rltf.models.engine.attention import HeadShape
from rltf.models.engine.compiled import arithmetic, gelu_tanh
from rltf.models.engine.matrix import Matrix, Part, UnknownModuleError
from rltf.models.engine.network import Layer, MemoryAttention, Network, Norm, Rotation

STEADY_ROPES = ("default", "linear", "llama3", "yarn")
"""Kinds of rope whose angles depend on the position alone."""
CODEGEN_BLOCKS = 4
"""CodeGen's weights of queries, values and keys lie in blocks, one for each core of a TPU."""

MatrixOf = Callable[..., Matrix]
"""Makes a matrix of linear modules, or parts of them, that read the same input."""


def read_network(model: Any, dtype: torch.dtype) -> Network | None:
    """Return the network of a model, or ``None`` if its architecture is not known here.

    Args:
        dtype: of the weights; what is computed in follows from it.
    """
    if hasattr(model, "get_base_model"):  # peft's wrapper
        model = model.get_base_model()
    kind = type(model)
    read = _READERS.get(kind.__name__) if kind.__module__.startswith("transformers.") else None
    try:
        return (
            read(model, arithmetic(dtype, model.device), partial(_matrix, dtype)) if read else None
        )
    except UnknownModuleError:
        return None


def _llama(model: Any, dtype: torch.dtype, matrix: MatrixOf) -> Network:
    config, body = model.config, model.model
    windows = {"sliding_attention", "chunked_attention"} & set(
        getattr(config, "layer_types", None) or ()
    )
    if windows or (config.model_type == "mistral" and config.sliding_window is not None):
        raise UnknownModuleError("sliding window")
    if body.rotary_emb.rope_type not in STEADY_ROPES:
        raise UnknownModuleError(body.rotary_emb.rope_type)
    norm = partial(Norm, kind="rms", eps=config.rms_norm_eps, dtype=dtype)
    layers = []
    for layer in body.layers:
        attention, feed_forward = layer.self_attn, layer.mlp
        layers.append(
            Layer(
                norm(layer.input_layernorm),
                matrix(attention.q_proj, attention.k_proj, attention.v_proj),
                matrix(attention.o_proj),
                norm(layer.post_attention_layernorm),
                matrix(feed_forward.gate_proj, feed_forward.up_proj),
                matrix(feed_forward.down_proj),
                query_norm=norm(attention.q_norm) if hasattr(attention, "q_norm") else None,
                key_norm=norm(attention.k_norm) if hasattr(attention, "k_norm") else None,
            )
        )
    width = body.layers[0].self_attn.head_dim
    return Network(
        HeadShape(config.num_attention_heads, config.num_key_value_heads, width),
        body.layers[0].self_attn.scaling,
        _embedding(body.embed_tokens, dtype),
        tuple(layers),
        _activation(body.layers[0].mlp.act_fn),
        True,
        norm(body.norm),
        matrix(model.lm_head),
        dtype,
        Rotation(partial(_llama_angles, body.rotary_emb), dtype),
    )


def _llama_angles(rotary: Any, positions: int) -> tuple[Tensor, Tensor]:
    places = torch.arange(positions, device=rotary.inv_freq.device).unsqueeze(0)
    cos, sin = rotary(torch.zeros(1, device=places.device), places)
    half = cos.shape[-1] // 2
    return cos[0, :, :half], sin[0, :, :half]


def _codegen(model: Any, dtype: torch.dtype, matrix: MatrixOf) -> Network:
    config, body = model.config, model.transformer
    heads = config.num_attention_heads
    width = config.hidden_size // heads
    turned = body.h[0].attn.rotary_dim
    if turned is None or (width - turned) % 2 or heads % CODEGEN_BLOCKS:
        raise UnknownModuleError("odd heads")
    norm = partial(Norm, kind="layer", eps=config.layer_norm_epsilon, dtype=dtype)
    device = body.wte.weight.device
    rows = _codegen_rows(heads, width, turned).to(device)
    layers = tuple(
        Layer(
            norm(layer.ln_1),
            matrix(Part(layer.attn.qkv_proj, rows)),
            matrix(layer.attn.out_proj),
            None,
            matrix(layer.mlp.fc_in),
            matrix(layer.mlp.fc_out),
        )
        for layer in body.h
    )
    return Network(
        HeadShape(heads, heads, width),
        1 / body.h[0].attn.scale_attn,
        _embedding(body.wte, dtype),
        layers,
        _activation(body.h[0].mlp.act),
        False,
        norm(body.ln_f),
        matrix(model.lm_head),
        dtype,
        Rotation(partial(_codegen_angles, body.h[0].attn, width), dtype),
    )


def _codegen_rows(heads: int, width: int, turned: int) -> Tensor:
    """Return the rows of ``qkv_proj`` as queries, keys and values of one head after the other.

    CodeGen turns each dimension with its neighbour, the first ``turned`` only; the dimensions of
    queries and keys are sorted so that each turns with the one half a head further on.
    """
    blocks = torch.arange(3 * heads * width).view(CODEGEN_BLOCKS, 3, -1)
    queries, values, keys = (blocks[:, part].reshape(heads, width) for part in range(3))
    still = torch.arange(turned, width)
    half = len(still) // 2
    order = torch.cat(
        [torch.arange(0, turned, 2), still[:half], torch.arange(1, turned, 2), still[half:]]
    )
    return torch.cat([queries[:, order], keys[:, order], values]).flatten()


def _codegen_angles(attention: Any, width: int, positions: int) -> tuple[Tensor, Tensor]:
    table = attention.embed_positions[:positions].to(attention.qkv_proj.weight.device)
    sin, cos = table.float().chunk(2, dim=-1)
    still = width // 2 - sin.shape[-1]
    return F.pad(cos, (0, still), value=1.0), F.pad(sin, (0, still))


def _gpt2(model: Any, dtype: torch.dtype, matrix: MatrixOf) -> Network:
    config, body = model.config, model.transformer
    if config.scale_attn_by_inverse_layer_idx or config.add_cross_attention:
        raise UnknownModuleError("scaled by layer, or with cross-attention")
    norm = partial(Norm, kind="layer", eps=config.layer_norm_epsilon, dtype=dtype)
    layers = tuple(
        Layer(
            norm(layer.ln_1),
            matrix(layer.attn.c_attn),
            matrix(layer.attn.c_proj),
            norm(layer.ln_2),
            matrix(layer.mlp.c_fc),
            matrix(layer.mlp.c_proj),
        )
        for layer in body.h
    )
    words, places = _embedding(body.wte, dtype), _embedding(body.wpe, dtype)
    heads = config.num_attention_heads
    return Network(
        HeadShape(heads, heads, body.h[0].attn.head_dim),
        body.h[0].attn.scaling,
        lambda ids, positions: words(ids, positions) + places(positions, positions),
        layers,
        _activation(body.h[0].mlp.act),
        False,
        norm(body.ln_f),
        matrix(model.lm_head),
        dtype,
    )


def _t5(model: Any, dtype: torch.dtype, matrix: MatrixOf) -> Network:
    config, body = model.config, model.decoder
    norm = partial(Norm, kind="rms", eps=config.layer_norm_epsilon, dtype=dtype)
    layers = []
    for block in body.block:
        itself, memory, feed_forward = block.layer
        attention, dense = memory.EncDecAttention, feed_forward.DenseReluDense
        inner = (dense.wi_0, dense.wi_1) if config.is_gated_act else (dense.wi,)
        layers.append(
            Layer(
                norm(itself.layer_norm),
                matrix(itself.SelfAttention.q, itself.SelfAttention.k, itself.SelfAttention.v),
                matrix(itself.SelfAttention.o),
                norm(feed_forward.layer_norm),
                matrix(*inner),
                matrix(dense.wo),
                memory=MemoryAttention(
                    norm(memory.layer_norm),
                    matrix(attention.q),
                    matrix(attention.k, attention.v),
                    matrix(attention.o),
                ),
            )
        )
    encoder = model.get_encoder()
    return Network(
        HeadShape(config.num_heads, config.num_heads, config.d_kv),
        1.0,
        _embedding(body.embed_tokens, dtype),
        tuple(layers),
        _activation(body.block[0].layer[2].DenseReluDense.act),
        config.is_gated_act,
        norm(body.final_layer_norm),
        matrix(model.lm_head),
        dtype,
        distance_bias=partial(_t5_bias, body.block[0].layer[0].SelfAttention, dtype),
        head_scale=config.d_model**-0.5 if config.scale_decoder_outputs else 1.0,
        encode=partial(_encode, encoder, dtype),
        start_id=config.decoder_start_token_id,
    )


def _encode(encoder: Any, dtype: torch.dtype, ids: Tensor, mask: Tensor) -> Tensor:
    memory: Tensor = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    return memory.to(dtype)


def _t5_bias(attention: Any, dtype: torch.dtype, distances: int) -> Tensor:
    table = attention.relative_attention_bias.weight.detach()
    buckets = attention._relative_position_bucket(
        -torch.arange(distances, device=table.device),
        bidirectional=False,
        num_buckets=attention.relative_attention_num_buckets,
        max_distance=attention.relative_attention_max_distance,
    )
    bias: Tensor = table[buckets].T.to(dtype).contiguous()
    return bias


def _matrix(dtype: torch.dtype, *parts: Any) -> Matrix:
    return Matrix(*(part if isinstance(part, Part) else Part(part) for part in parts), dtype=dtype)


def _embedding(module: Any, dtype: torch.dtype) -> Callable[[Tensor, Tensor], Tensor]:
    if type(module) is not torch.nn.Embedding:
        raise UnknownModuleError(type(module).__name__)
    return lambda ids, _: F.embedding(ids, module.weight.detach()).to(dtype)


def _activation(module: Any) -> Callable[[Tensor], Tensor]:
    """Return an activation, the fused form where transformers has it in single operations."""
    if type(module).__name__ in ("NewGELUActivation", "GELUTanh"):
        return gelu_tanh
    if type(module).__name__ in ("SiLUActivation", "SiLU"):
        return F.silu
    if type(module) is torch.nn.ReLU:
        return F.relu
    function: Callable[[Tensor], Tensor] = module
    return function


_READERS: dict[str, Callable[[Any, torch.dtype, MatrixOf], Network]] = {
    "LlamaForCausalLM": _llama,
    "MistralForCausalLM": _llama,
    "Qwen2ForCausalLM": _llama,
    "Qwen3ForCausalLM": _llama,
    "CodeGenForCausalLM": _codegen,
    "GPT2LMHeadModel": _gpt2,
    "T5ForConditionalGeneration": _t5,
}
