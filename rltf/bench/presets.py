"""Presets: under which conditions a benchmark is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rltf.bench.writer import Sampling
from rltf.dataset import DataError
from rltf.limits import Limits


@dataclass(frozen=True)
class Preset:
    """The conditions of a benchmark."""

    prompt: str | None
    """Name of the prompt format; ``None``: the policy's own."""
    sampling: Sampling
    limits: Limits
    """Of one test. A problem's own limits go before them."""
    name: str | None = None
    """``None``: nobody's conditions."""


HARNESSES: tuple[str, ...] = ()
_DEFAULT = Preset(None, Sampling(0.6, 0.95, 512), Limits())
_ZERO_SHOT = {
    "apps": Preset("apps", Sampling(0.6, 0.95, 512), Limits(cpu_s=4.0), "zero-shot"),
    "mbpp": Preset("rltf", Sampling(1.2, 0.95, 512), Limits(), "zero-shot"),
}


def resolve(
    dataset: str, like: str | None, zero_shot: bool, overrides: Mapping[str, Any]
) -> Preset:
    """The conditions of a benchmark of this dataset; ``overrides`` go before the preset."""
    if zero_shot and dataset not in _ZERO_SHOT:
        raise DataError(f"preset zero-shot does not know dataset {dataset!r}")
    preset = _ZERO_SHOT[dataset] if zero_shot else _DEFAULT
    chosen = {name: value for name, value in overrides.items() if value is not None}
    prompt = chosen.pop("prompt", preset.prompt)
    names = [field.name for field in fields(Sampling) if field.name in chosen]
    sampling = replace(preset.sampling, **{name: chosen[name] for name in names})
    return replace(preset, prompt=prompt, sampling=sampling)
