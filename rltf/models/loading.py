"""Load a policy: where, in which precision, and from which random numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch
from typing import TYPE_CHECKING

from rltf.common.seeds import derive_seed
from rltf.errors import PolicyError
from rltf.models.adapter import Lora

if TYPE_CHECKING:
    from rltf.models.policy import Policy


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


def best_device() -> str:
    """Return the device on which this machine computes fastest."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def load_policy(
    policy: Policy,
    *seed: int | str,
    dtype: Dtype = "auto",
    trained: bool = True,
    lora: Lora | None = None,
    gradient_checkpointing: bool = False,
) -> Policy:
    """Load a policy where this machine computes fastest, and return it.

    Args:
        seed: Name of the random numbers that new weights are drawn from (``derive_seed``).
        dtype, trained, lora: See :meth:`Policy.load`.
        gradient_checkpointing: Whether its model keeps no activations for the backward pass.
    """
    import torch

    torch.manual_seed(derive_seed(*seed, "weights"))
    policy.load(best_device(), dtype=dtype, trained=trained, lora=lora)
    if gradient_checkpointing:
        checkpoint_activations(policy.name, policy.model)
    return policy


def checkpoint_activations(policy: str, model: Any) -> None:
    """Let the backward pass compute activations again; :class:`PolicyError` if it cannot."""
    if not model.supports_gradient_checkpointing:
        raise PolicyError(
            f"policy {policy}: a {type(model).__name__} has no gradient checkpointing; leave "
            "that option out"
        )
    # Later versions of transformers have another name for it.
    enable = getattr(model, "activation_checkpointing_enable", model.gradient_checkpointing_enable)
    enable({"use_reentrant": False})
