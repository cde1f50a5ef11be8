"""Presets: the prompt format, sampling and limits of another harness or of the paper.

``--like NAME`` and RLTF's ``--zero-shot`` set the conditions under which published figures were
measured, for each dataset. Stop strings belong to the prompt format. docs/prompts.md lists them, and
what still differs.

Two differences remain everywhere. These harnesses limit the wall time of a program, and rltf limits its CPU
time, which does not depend on the machine's load. And bigcode counts the prompt towards its 512
tokens, while rltf counts only the completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rltf.errors import DataError
from rltf.limits import Limits
from rltf.sampling_options import Sampling

ZERO_SHOT = "zero-shot"


@dataclass(frozen=True)
class Preset:
    """The conditions of a benchmark."""

    prompt: str | None
    """The name of the prompt format; ``None``: the policy's own."""
    sampling: Sampling
    limits: Limits
    """The limits of one test; a problem's own limits take precedence."""
    name: str | None = None
    """The preset's name, such as ``evalplus`` or ``zero-shot``; ``None`` for the defaults."""
    sanitize: bool = False
    """Whether programs are sanitized (:mod:`rltf.extract.sanitize`)."""


_DEFAULT = Preset(None, Sampling(0.6, 0.95, 512), Limits())
"""RLTF's sampling at test time."""

_CODE_EVAL = Limits(cpu_s=3.0)
"""The time that the hub's metric ``code_eval`` allows for a program with all its tests."""
_EVALPLUS = Limits(cpu_s=60.0, memory_mb=4096)
"""The most that EvalPlus allows for a program with all its tests.

Its problems have limits of their own.
"""

_INSPECT = Limits(cpu_s=30.0)
"""What inspect_evals allows for a program with all its tests."""
_BIGCODEBENCH = Limits(cpu_s=240.0, memory_mb=30 * 1024)
"""What BigCodeBench allows for a program with all its tests."""


PRESETS: dict[str, dict[str, Preset]] = {
    "bigcode": {
        "humaneval": Preset("bigcode", Sampling(0.2, 0.95, 512), _CODE_EVAL),
        "humanevalplus": Preset("bigcode", Sampling(0.2, 0.95, 512), _EVALPLUS),
        "mbpp": Preset("incoder", Sampling(0.1, 0.95, 512), _CODE_EVAL),
        "mbppplus": Preset("incoder", Sampling(0.1, 0.95, 512), _EVALPLUS),
    },
    "evalplus": {
        name: Preset("evalplus", Sampling(0.0, 1.0, 768), _EVALPLUS, sanitize=True)
        for name in ("humaneval", "humanevalplus", "mbppplus")
    },
    "lm-eval": {
        "humaneval": Preset("humaneval", Sampling(0.0, 1.0, 1024), _CODE_EVAL),
        "humanevalplus": Preset("humaneval", Sampling(0.0, 1.0, 1024), _CODE_EVAL),
        "mbpp": Preset("google-3shot", Sampling(0.0, 1.0, 256), _CODE_EVAL),
    },
    "lm-eval-instruct": {
        "humaneval": Preset("humaneval-instruct", Sampling(0.0, 1.0, 1024), _CODE_EVAL),
        "mbpp": Preset("mbpp-instruct", Sampling(0.0, 1.0, 256), _CODE_EVAL),
    },
    "livecodebench": {
        "livecodebench": Preset("livecodebench", Sampling(0.2, 0.95, 2000), Limits(cpu_s=6.0)),
    },
    "bigcodebench": {
        name: Preset("evalplus-chat", Sampling(0.0, 1.0, 1280), _BIGCODEBENCH)
        for name in ("bigcodebench", "bigcodebench:complete", "bigcodebench:hard-complete")
    },
    "inspect_ai": {
        "humaneval": Preset("inspect_ai", Sampling(1.0, 1.0, 2048), _INSPECT),
        "mbpp": Preset("inspect_ai-mbpp", Sampling(0.5, 1.0, 2048), _INSPECT),
        "mbpp:sanitized": Preset("inspect_ai-mbpp", Sampling(0.5, 1.0, 2048), _INSPECT),
    },
    "simple-evals": {
        "humaneval": Preset("simple-evals", Sampling(0.5, 1.0, 2048), _CODE_EVAL),
    },
    ZERO_SHOT: {
        "apps": Preset("apps", Sampling(0.6, 0.95, 512), Limits(cpu_s=4.0)),
        "mbpp": Preset("rltf", Sampling(1.2, 0.95, 512), Limits()),
    },
}
"""Preset to dataset to conditions. RLTF's are those of the paper and its code."""

HARNESSES = tuple(sorted(name for name in PRESETS if name != ZERO_SHOT))
"""The values of ``--like``."""


def resolve(
    dataset: str, like: str | None, zero_shot: bool, overrides: Mapping[str, Any]
) -> Preset:
    """Return the conditions of a benchmark of this dataset.

    Args:
        dataset: the name that its plugin registers.
        like: one of ``HARNESSES``, or ``None``.
        zero_shot: RLTF's zero-shot conditions.
        overrides: ``prompt``, ``sanitize`` and fields of :class:`Sampling` and :class:`rltf.limits.Limits`, by
            name. They take precedence over the preset; ``None`` leaves the preset's value.

    Raises :class:`rltf.dataset.DataError` for a preset that does not know the dataset, and for
    invalid sampling options or limits.
    """
    if like and zero_shot:
        raise DataError(f"--like {like} and --zero-shot are two presets: give one of them")
    if like is not None and like not in HARNESSES:
        raise DataError(f"no preset {like!r}; there are {', '.join(HARNESSES)}")
    preset = _preset(dataset, ZERO_SHOT if zero_shot else like)
    chosen = {name: value for name, value in overrides.items() if value is not None}
    prompt = chosen.pop("prompt", preset.prompt)
    sanitize = chosen.pop("sanitize", preset.sanitize)
    of_sampling = {
        field.name: chosen.pop(field.name) for field in fields(Sampling) if field.name in chosen
    }
    try:
        sampling = replace(preset.sampling, **of_sampling)
        limits = replace(preset.limits, **chosen)
    except ValueError as error:
        raise DataError(str(error)) from None
    return replace(preset, prompt=prompt, sampling=sampling, limits=limits, sanitize=sanitize)


def _preset(dataset: str, name: str | None) -> Preset:
    if name is None:
        return _DEFAULT
    try:
        return replace(PRESETS[name][dataset], name=name)
    except KeyError:
        raise DataError(
            f"preset {name} does not know dataset {dataset!r}, only {', '.join(PRESETS[name])}; "
            "give --prompt, --temperature and the like instead"
        ) from None
