"""Where a policy is loaded, and from which random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rltf.common.seeds import derive_seed
from rltf.models.adapter import Lora
from rltf.models.precision import Dtype

if TYPE_CHECKING:
    from rltf.models.policy import Policy


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
) -> Policy:
    """Load a policy where this machine computes fastest, and return it.

    Args:
        seed: Name of the random numbers that new weights are drawn from (``derive_seed``).
        dtype, trained, lora: See :meth:`Policy.load`.
    """
    import torch

    torch.manual_seed(derive_seed(*seed, "weights"))
    return policy.load(best_device(), dtype=dtype, trained=trained, lora=lora)
