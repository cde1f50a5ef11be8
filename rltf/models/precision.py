"""The precision of a model: in which type it computes, and in which its weights are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

Dtype = Literal["auto", "float32", "bfloat16"]

_CPU_FEATURES = Path("/proc/cpuinfo")
_FAST_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Features of a CPU (x86, and Arm's) that multiplies matrices of bfloat16 faster than float32's."""


def choose_dtype(asked: Dtype, device: torch.device, own: torch.dtype) -> torch.dtype:
    """Return the type in which a model computes.

    ``auto`` is bfloat16 on a GPU that has it, and on a CPU with AVX512-BF16 or AMX for a checkpoint
    that is stored in 16 bits or quantised; float32 otherwise.

    Args:
        own: The type of the weights as they are stored.
    """
    import torch

    if asked != "auto":
        return torch.float32 if asked == "float32" else torch.bfloat16
    if device.type == "cuda":
        is_fast = torch.cuda.is_bf16_supported()
    else:
        is_fast = own != torch.float32 and cpu_has_bfloat16()
    return torch.bfloat16 if is_fast else torch.float32


def cpu_has_bfloat16() -> bool:
    """Return whether this machine's CPU multiplies matrices of bfloat16 in hardware."""
    try:
        lines = _CPU_FEATURES.read_text().splitlines()
    except OSError:
        return False
    features = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return not _FAST_BFLOAT16.isdisjoint(features.split())
