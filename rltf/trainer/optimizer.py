"""The optimizers of a run, and the schedule of their learning rate.

AdamW (Loshchilov and Hutter, 2019), AdamW with 8-bit state, and Adafactor (Shazeer and Stern, 2018).
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from rltf.errors import ConfigError

if TYPE_CHECKING:
    import torch

OptimizerName = Literal["adamw", "adamw8bit", "adafactor"]

WARMUP_RAMP_STEPS = 20
WARMUP_FINAL_SHARE = 0.1
TRAINING_RAMP_STEPS = 10
ADAM_BETAS = (0.9, 0.98)
BYTES_OF_FLOAT32 = 4
_BYTES_OF_ADAMW = {"adamw": 2 * BYTES_OF_FLOAT32, "adamw8bit": 2 + 2 * BYTES_OF_FLOAT32 / 256}
"""Bytes of state for each trained parameter: two values, in 8 bits with a scale for each 256."""
_QUANTIZED_SIZE = 4096
"""Smallest number of values whose state bitsandbytes keeps in 8 bits."""


def check_optimizer(name: OptimizerName) -> None:
    """Raise :class:`ConfigError` if the package of an optimizer is missing."""
    if name == "adamw8bit" and importlib.util.find_spec("bitsandbytes") is None:
        raise ConfigError("optimizer adamw8bit needs bitsandbytes: pip install 'rltf[adamw8bit]'")


def make_optimizer(
    name: OptimizerName,
    parameters: Iterable[torch.nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float,
) -> torch.optim.Optimizer:
    """Return an optimizer of the parameters that are trained.

    Raises :class:`ConfigError` where it does not work on their device.
    """
    import torch

    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if name == "adafactor":
        return torch.optim.Adafactor(trained, lr=learning_rate, weight_decay=weight_decay)
    options: dict[str, Any] = {
        "lr": learning_rate,
        "betas": ADAM_BETAS,
        "weight_decay": weight_decay,
    }
    if name == "adamw":
        return torch.optim.AdamW(trained, fused=True, **options)
    check_on_device(name, trained[0].device)
    adamw8bit: torch.optim.Optimizer = _bitsandbytes().optim.AdamW8bit(trained, **options)
    return adamw8bit


def state_bytes(name: OptimizerName, parameters: Iterable[torch.nn.Parameter]) -> int:
    """Return the bytes of an optimizer's state for the parameters that are trained."""
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if name == "adafactor":  # a value for each row and each column of a matrix
        return BYTES_OF_FLOAT32 * sum(
            each.numel() // each.shape[-1] + each.numel() // each.shape[-2]
            if each.ndim > 1
            else each.numel()
            for each in trained
        )
    return round(_BYTES_OF_ADAMW[name] * sum(each.numel() for each in trained))


def _bitsandbytes() -> Any:
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of kernels for inference
    import bitsandbytes

    return bitsandbytes


def check_on_device(name: OptimizerName, device: torch.device) -> None:
    """Raise :class:`ConfigError` if an optimizer does not work on a device.

    Not every version of bitsandbytes has a kernel for every device: take a step with a small tensor.
    """
    import torch

    check_optimizer(name)
    if name != "adamw8bit":
        return
    parameter = torch.nn.Parameter(torch.zeros(_QUANTIZED_SIZE, device=device))
    parameter.grad = torch.ones_like(parameter)
    try:
        _bitsandbytes().optim.AdamW8bit([parameter], lr=1.0).step()
    except Exception as error:  # whatever a missing kernel makes it raise
        reason = str(error).strip().split("\n")[0]
        raise ConfigError(
            f"optimizer adamw8bit does not work on this {device.type} with the installed "
            f"bitsandbytes ({reason}); --set optimizer=adamw works everywhere"
        ) from error


def warmup_scale(step: int, steps: int) -> float:
    """Return the share of the learning rate in a warm-up step: a ramp, then a cosine to a tenth."""
    if step < WARMUP_RAMP_STEPS:
        return (step + 1) / WARMUP_RAMP_STEPS
    cosine = (1 + math.cos(math.pi * step / steps)) / 2
    return WARMUP_FINAL_SHARE + (1 - WARMUP_FINAL_SHARE) * cosine


def training_scale(step: int, steps: int, final_share: float) -> float:
    """Return the share of the learning rate in a step after the warm-up: a ramp, then a line.

    The optimizer is a new one, whose first steps are as large as the learning rate allows.
    """
    ramp = min(1.0, (step + 1) / TRAINING_RAMP_STEPS)
    return ramp * (1 - (1 - final_share) * step / steps)
