"""Multiplications and decode steps in C (csrc/decode), on a CPU with AVX-512 or AVX2.

A step reads every weight once for a handful of rows, which is what its time is made of. In C it is
one call: with small models, single operations of torch take longer to start than to compute. Up to
eight rows take about as long as the memory takes to deliver the weights. All numbers are float32
but the weights, which take half the time in bfloat16.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rltf.models.loading import cpu_has_bfloat16

if TYPE_CHECKING:
    from rltf.models.engine.attention import KeyValueCache, Memory
    from rltf.models.engine.matrix import Matrix
    from rltf.models.engine.network import Layer, Network, Norm
    from rltf.models.rows_state import RowsState

MODULES = {"AVX2": "_decode_avx2", "AVX512": "_decode_avx512"}
"""The builds of csrc/decode, by what torch says of the CPU that can run them."""


def load_build(capability: str) -> tuple[Any, Any]:
    """Return cffi's ``ffi`` and ``lib`` for such a CPU; ``None`` twice where there is none.

    It is built on x86-64 alone, where the compiler can.
    """
    try:
        module = import_module(f"rltf.models.engine.{MODULES[capability]}")
    except (KeyError, ModuleNotFoundError):
        return None, None
    return module.ffi, module.lib


ffi, lib = load_build(torch.backends.cpu.get_cpu_capability())


def gelu_tanh(inputs: Tensor) -> Tensor:
    """GELU in the approximation by tanh."""
    return F.gelu(inputs, approximate="tanh")


ACTIVATIONS: dict[Any, int] = {F.silu: 0, gelu_tanh: 1, F.relu: 2}
"""Those of ``enum rltf_activation`` in csrc/decode/decode.h."""


def is_supported(device: torch.device) -> bool:
    """Return whether C computes here, with numbers in float32."""
    return lib is not None and device.type == "cpu"


def keeps_weights(dtype: torch.dtype, device: torch.device) -> bool:
    """Return whether C computes with weights of this type here.

    Where the CPU multiplies bfloat16 in hardware, oneDNN is faster for many rows.
    """
    if not is_supported(device):
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and not cpu_has_bfloat16())


def arithmetic(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """Return what is computed in with weights of this type: C widens them."""
    return torch.float32 if keeps_weights(dtype, device) else dtype


class Blocks:
    """The weights of linear layers and their bias, in the order in which C reads them.

    Weights that bfloat16 can express are kept in it, which changes no number.

    Args:
        weights: (N, K) each; the layers' outputs follow each other.
        bias: (all N,)
    """

    def __init__(self, weights: Sequence[Tensor], bias: Tensor | None) -> None:
        inputs, outputs = weights[0].shape[1], sum(map(len, weights))
        is_short = all(map(_fits_bfloat16, weights))
        dtype = torch.bfloat16 if is_short else torch.float32
        self._weight = torch.empty(lib.rltf_packed(outputs, inputs), dtype=dtype)
        self._weight[-lib.rltf_packed(1, inputs) :] = 0  # the last block may have fewer outputs
        first = 0
        for weight in weights:
            rows = weight.to(dtype).contiguous()
            lib.rltf_pack(
                _address(rows), is_short, len(rows), inputs, first, _address(self._weight)
            )
            first += len(weight)
        self._bias = bias
        self.struct = ffi.new("struct rltf_matrix *")
        self.struct.weights, self.struct.is_bfloat16 = _address(self._weight), is_short
        self.struct.bias = floats(self._bias)
        self.struct.inputs, self.struct.outputs = inputs, outputs

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return (..., N) in float32 for inputs (..., K)."""
        inputs = inputs.float().contiguous()
        product = inputs.new_empty(*inputs.shape[:-1], self.struct.outputs)
        rows = inputs.numel() // self.struct.inputs
        lib.rltf_linear(self.struct, rows, floats(inputs), floats(product), torch.get_num_threads())
        return product


def _fits_bfloat16(weight: Tensor) -> bool:
    """Return whether bfloat16 can express all numbers of a matrix; most cannot in their first row."""
    return weight.dtype == torch.bfloat16 or all(
        torch.equal(part.bfloat16().float(), part) for part in (weight[:1], weight)
    )


def floats(tensor: Tensor | None) -> Any:
    """Return the address of a tensor's numbers; null for ``None``."""
    return ffi.NULL if tensor is None else ffi.cast("float *", tensor.data_ptr())


def _address(tensor: Tensor) -> Any:
    return ffi.cast("void *", tensor.data_ptr())


def _integers(tensor: Tensor) -> Any:
    return ffi.cast("int64_t *", tensor.data_ptr())


def choose(
    logits: Tensor, temperature: float, top_p: float, seeds: Tensor, steps: Tensor, forced: Tensor
) -> tuple[Tensor, Tensor]:
    """See :func:`rltf.models.token_sampling.choose`."""
    ids, log_probs = forced.clone(), torch.empty(len(logits))
    logits, scratch = logits.contiguous(), _scratch(logits)
    choice = _choice(logits, temperature, top_p, seeds, steps, ids, log_probs, scratch)
    lib.rltf_choose(choice)
    return ids, log_probs


def write(
    state: RowsState, logits: Tensor, temperature: float, top_p: float, ends: Tensor, most: int
) -> None:
    """See :meth:`rltf.models.rows_state.RowsState.write`; a row writes ``most`` ids."""
    log_probs = torch.empty(len(logits))
    logits, scratch = logits.contiguous(), _scratch(logits)
    choice = _choice(
        logits, temperature, top_p, state.seeds, state.steps, state.ids, log_probs, scratch
    )
    rows = ffi.new("struct rltf_rows *")
    rows.steps, rows.live = choice.steps, ffi.cast("uint8_t *", state.live.data_ptr())
    rows.forced, rows.written, rows.begun, rows.ends = map(
        _integers, (state.forced, state.written, state.begun, ends)
    )
    rows.log_probs, rows.columns = floats(state.log_probs), state.written.shape[1]
    rows.begun_columns, rows.end_count, rows.most = state.begun.shape[1], len(ends), most
    lib.rltf_write(choice, rows)


def _scratch(logits: Tensor) -> Tensor:
    return torch.empty(torch.get_num_threads() * (logits.shape[1] + 15))


def _choice(
    logits: Tensor,
    temperature: float,
    top_p: float,
    seeds: Tensor,
    steps: Tensor,
    ids: Tensor,
    log_probs: Tensor,
    scratch: Tensor,
) -> Any:
    """Return a ``struct rltf_choice`` of these tensors, which the caller holds."""
    choice = ffi.new("struct rltf_choice *")
    choice.rows, choice.vocabulary = logits.shape
    choice.temperature, choice.top_p = temperature, top_p
    choice.seeds, choice.steps, choice.ids = map(_integers, (seeds, steps, ids))
    choice.logits, choice.log_probs, choice.scratch = map(floats, (logits, log_probs, scratch))
    choice.threads = torch.get_num_threads()
    return choice


class CompiledStep:
    """The step of a network over a cache, where :func:`is_compiled` allows it.

    Args:
        bias: what is added to products by distance (H, P), if anything is.
    """

    def __init__(
        self, network: Network, cache: KeyValueCache, bias: Tensor | None, memory: Memory | None
    ) -> None:
        self._network = network
        self._memory = memory
        self._tensors = [bias, network.norm.weight * network.head_scale]
        self._layers = ffi.new("struct rltf_layer[]", len(network.layers))
        for number, layer in enumerate(network.layers):
            _describe_layer(self._layers[number], layer)
            _describe_cache(self._layers[number].cache, cache, number)
            if memory is not None:
                _describe_cache(self._layers[number].memory, memory.cache, number)
        self._whole = ffi.new("struct rltf_network *")
        self._describe(network, bias)
        self._step = ffi.new("struct rltf_step *")
        self._logits = self._scratch = torch.empty(0)

    def __call__(self, ids: Tensor, positions: Tensor) -> Tensor:
        """Read ids (B,) at positions (B,); return logits (B, V), which the next call overwrites."""
        hidden = self._network.embed(ids, positions)
        step, threads = self._step, torch.get_num_threads()
        if (step.rows, step.threads) != (len(ids), threads):
            self._allocate(len(ids), threads)
        step.positions = _integers(positions)
        step.hidden = floats(hidden)
        if self._memory is not None:
            step.memory_lengths = _integers(self._memory.lengths)
        lib.rltf_decode(self._whole, step)
        return self._logits

    def _allocate(self, rows: int, threads: int) -> None:
        self._logits = torch.empty(rows, self._whole.head.outputs)
        self._scratch = torch.empty(lib.rltf_scratch(self._whole, rows, threads))
        self._step.rows, self._step.threads = rows, threads
        self._step.logits, self._step.scratch = floats(self._logits), floats(self._scratch)

    def _describe(self, network: Network, bias: Tensor | None) -> None:
        whole, heads = self._whole, network.heads
        whole.layers, whole.count = self._layers, len(network.layers)
        whole.queries, whole.keys, whole.width = heads.queries, heads.keys, heads.width
        whole.scale = network.scale
        whole.activation = ACTIVATIONS[network.activation]
        whole.gated = network.gated
        if network.rotation is not None:
            whole.cos, whole.sin = map(floats, network.rotation.tables)
        if bias is not None:
            whole.distance_bias, whole.distances = floats(bias), bias.shape[1]
        _describe_norm(whole.norm, network.norm)
        whole.norm.weight = floats(self._tensors[1])
        whole.head = _matrix(network.head)


def is_compiled(network: Network) -> bool:
    """Return whether all of a network's parts are known to C."""
    return network.head.blocks is not None and network.activation in ACTIVATIONS


def _describe_layer(struct: Any, layer: Layer) -> None:
    _describe_norm(struct.norm, layer.norm)
    _describe_norm(struct.query_norm, layer.query_norm)
    _describe_norm(struct.key_norm, layer.key_norm)
    _describe_norm(struct.feed_forward_norm, layer.feed_forward_norm)
    struct.heads = _matrix(layer.queries_keys_values)
    struct.out = _matrix(layer.out)
    struct.feed_forward_in = _matrix(layer.feed_forward_in)
    struct.feed_forward_out = _matrix(layer.feed_forward_out)
    if layer.memory is not None:
        _describe_norm(struct.memory_norm, layer.memory.norm)
        struct.memory_queries = _matrix(layer.memory.queries)
        struct.memory_out = _matrix(layer.memory.out)


def _matrix(matrix: Matrix) -> Any:
    assert matrix.blocks is not None
    return matrix.blocks.struct[0]


def _describe_norm(struct: Any, norm: Norm | None) -> None:
    if norm is not None:
        struct.weight, struct.bias = floats(norm.weight), floats(norm.bias)
        struct.eps, struct.is_rms = norm.eps, norm.kind == "rms"


def _describe_cache(struct: Any, cache: KeyValueCache, layer: int) -> None:
    struct.numbers, struct.columns = floats(cache.layers[layer]), cache.columns
