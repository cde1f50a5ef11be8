"""Low-rank adapters (LoRA: Hu et al., 2021) by peft: small matrices that are trained instead of all.

The adapters lie inside the model, whose class, arguments and configuration stay what they were. The
weights below them are frozen; adapters are kept in float32.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.errors import PolicyError

ALL_LINEAR = "all-linear"
_NAME = "default"
_FOLDER = "adapter"


@dataclass(frozen=True)
class Lora:
    """The shape of the adapters of a model."""

    r: int
    """Rank: inner width of the two matrices."""
    alpha: int
    """The adapter's product is added ``alpha / r`` times."""
    dropout: float = 0.0
    targets: str = ALL_LINEAR
    """Names of the layers that get an adapter, with commas between them; ``all-linear``: every
    linear layer but the output's."""

    def check_installed(self, policy: str) -> None:
        """Raise :class:`PolicyError` where peft is missing."""
        if importlib.util.find_spec("peft") is None:
            raise PolicyError(
                f"policy {policy}: training adapters (lora_r) needs peft: pip install 'rltf[lora]'"
            )


def add_adapters(policy: str, model: Any, lora: Lora) -> None:
    """Put adapters into a model, and freeze everything else.

    They start as zero: the model computes what it did. Raises :class:`PolicyError` for targets that
    the model does not have.
    """
    lora.check_installed(policy)
    # peft imports bitsandbytes, which warns of missing kernels that nothing here would use.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    from peft import LoraConfig, inject_adapter_in_model

    targets: Any = lora.targets
    if targets != ALL_LINEAR:
        targets = [name.strip() for name in targets.split(",") if name.strip()]
        _check_targets(policy, model, targets)
    config = LoraConfig(
        r=lora.r, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=targets
    )
    inject_adapter_in_model(config, model, adapter_name=_NAME)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def _check_targets(policy: str, model: Any, targets: list[str]) -> None:
    import torch

    linear = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Embedding)
        or type(module).__name__ == "Conv1D"
    }
    unknown = [name for name in targets if name not in linear]
    if unknown or not targets:
        raise PolicyError(
            f"policy {policy}: lora_targets: the model has no layer {unknown[0] if unknown else ''!r}; "
            f"it has {', '.join(sorted(linear))}"
        )


def trained_state(model: Any) -> dict[str, Any]:
    """Return the tensors that training changes, by name: all, or the adapters'."""
    state: dict[str, Any] = model.state_dict()
    if not has_adapters(model):
        return state
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    return {name: tensor for name, tensor in state.items() if name in trained}


def load_trained_state(model: Any, state: Mapping[str, Any]) -> None:
    """Restore what :func:`trained_state` returned; :class:`PolicyError` if it is another model's."""
    try:
        model.load_state_dict(state, strict=not has_adapters(model))
    except RuntimeError as error:
        raise PolicyError(
            f"the saved weights are not those of this {type(model).__name__}: its checkpoint has "
            f"changed since the run began; put that back ({_first_fault(error)})"
        ) from error


def _first_fault(error: RuntimeError) -> str:
    """Return the first of the differences that torch lists, a line each below a heading."""
    return str(error).splitlines()[:2][-1].strip(" \t.")


def has_adapters(model: Any) -> bool:
    """Return whether a model has adapters in it."""
    return getattr(model, "peft_config", None) is not None


def plain_state(model: Any) -> dict[str, Any]:
    """Return the weights that a model computes with, by the names they have without adapters.

    Each adapter is added to the weights below it in float32, and the sum has their type.
    """
    state: dict[str, Any] = model.state_dict()
    if not has_adapters(model):
        return state
    from peft.tuners.lora import LoraLayer

    module: Any
    plain = {
        name.replace(".base_layer.", "."): tensor
        for name, tensor in state.items()
        if ".lora_" not in name
    }
    for name, module in model.named_modules():
        if isinstance(module, LoraLayer):
            below = plain[f"{name}.weight"]
            delta = module.get_delta_weight(_NAME)
            plain[f"{name}.weight"] = (below.float() + delta).to(below.dtype).detach()
    return plain


def save_with_adapters(model: Any, folder: Path) -> None:
    """Write the model with its adapters added in, and the adapters alone in ``adapter``."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    model.save_pretrained(folder, state_dict=plain_state(model))
    beside = folder / _FOLDER
    beside.mkdir()
    model.peft_config[_NAME].save_pretrained(beside)
    save_file(get_peft_model_state_dict(model), beside / "adapter_model.safetensors")
