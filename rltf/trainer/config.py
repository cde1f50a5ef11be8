"""Every option of a run, resolved: the paper's values, then the policy's, then the user's."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from rltf.common.did_you_mean import nearest
from rltf.dataset import Isolation
from rltf.reward import Mode
from rltf.trainer.baselines import Baseline

SCHEMA = 1


class ConfigError(ValueError):
    """An option is wrong; the message says which and what it must be."""


@dataclass(frozen=True)
class Config:
    """Options of a run. Defaults are those of the RLTF paper and of its released scripts."""

    policy: str = "tiny"
    dataset: str = "mini"
    data: str | None = None
    """Path of the dataset's files, where it needs any."""
    reward: str = "coarse,fine,adaptive"
    """Reward names with optional options and weights, such as ``coarse,adaptive[mode=paper]:0.5``."""
    mode: Mode = "paper"
    """How rewards and objective read RLTF: as its paper states them, or as its released code does,
    whose ``baseline`` is ``greedy`` and whose ``classifier`` is ``rltf-official``."""
    baseline: Baseline = "best"
    """What programs are compared with: the problem's best so far, or the round's greedy one."""
    critic: str | None = None
    """Folder of a critic (``rltf critic train``), for the rewards that weigh tokens by one."""
    classifier: str = "rltf"
    objective: str = "rltf"
    seed: int = 0

    steps: int = 10_000
    """Optimizer steps after the warm-up; 0 ends with it."""
    batch_size: int = 32
    """The policy's own samples in a step."""
    supervised_batch_size: int = 32
    """Reference programs in a step; 0 trains on feedback alone."""
    micro_batch_size: int = 4
    """Rows that go through the model at a time."""
    learning_rate: float = 2e-6
    final_learning_rate_share: float = 1.0
    """Share of the learning rate that is left at the last step; it falls in a straight line."""
    weight_decay: float = 0.05
    clip_norm: float = 1.0

    warmup_steps: int = 0
    """Supervised steps before the first sample is drawn."""
    warmup_batch_size: int = 32
    warmup_learning_rate: float = 2e-5
    prompt_noise: float = 0.0
    """Share of the prompt tokens of supervised rows that random ones stand for."""

    buffer_size: int = 6400
    """Samples that training looks back on, those it learns nothing from included."""
    refresh_every: int = 50
    """Optimizer steps from one round of fresh samples to the next. 0: a round whenever the whole
    buffer has been trained on once since the last."""
    problems_per_round: int = 80
    candidates_per_round: int | None = None
    """Problems that greedy programs are written for: samples are drawn for those that they do not
    solve, ``problems_per_round`` at most. ``None``: samples are drawn whatever the greedy programs
    do, for ``problems_per_round`` problems."""
    samples_per_problem: int = 20
    """Samples of each problem in a round, besides the greedy program."""
    temperature: float = 1.0
    top_p: float = 0.95
    max_prompt_tokens: int = 800
    max_new_tokens: int = 512
    generation_batch_size: int = 64

    executor: str = "sandbox"
    """What runs the programs (``rltf_register_executors``)."""
    isolation: Isolation = "test"
    """``test``: a fresh process for every test; ``program``: one for all tests of a program."""
    held_out_limit: int | None = None
    """Held-out problems that are evaluated; ``None``: all of them."""
    checkpoint_every: int = 50

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= least):
                raise ConfigError(f"{name} must be at least {least}, not {value}")
        for name in _POSITIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"{name} must be positive, not {value}")
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} must be from 0 to 1, not {getattr(self, name)}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"{name} must be {' or '.join(choices)}, not {getattr(self, name)!r}"
                    f"{nearest(getattr(self, name), choices, repr)}"
                )

    @property
    def digest(self) -> str:
        """The digest of all options."""
        options = self.to_dict()
        for name, value in _NEW_OPTIONS.items():  # a folder keeps the name that it had before them
            if options[name] == value:
                del options[name]
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()

    @property
    def shared(self) -> dict[str, Any]:
        """Options for every reward and objective that takes them."""
        critic = {} if self.critic is None else {"critic": self.critic}
        return {"mode": self.mode} | critic

    def to_dict(self) -> dict[str, Any]:
        """The form of ``config.json``."""
        return {"schema": SCHEMA} | dataclasses.asdict(self)


_NEW_OPTIONS = {"executor": "sandbox"}
"""Options that older runs do not have, and what they did."""
_LEAST = {
    "steps": 0,
    "batch_size": 1,
    "supervised_batch_size": 0,
    "micro_batch_size": 1,
    "weight_decay": 0,
    "warmup_steps": 0,
    "warmup_batch_size": 1,
    "buffer_size": 1,
    "refresh_every": 0,
    "problems_per_round": 1,
    "candidates_per_round": 1,
    "samples_per_problem": 1,
    "max_prompt_tokens": 1,
    "max_new_tokens": 1,
    "generation_batch_size": 1,
    "held_out_limit": 1,
    "checkpoint_every": 1,
}
_POSITIVE = ("learning_rate", "warmup_learning_rate", "clip_norm", "temperature", "top_p")
_SHARES = ("final_learning_rate_share", "prompt_noise", "top_p")
_TYPES = get_type_hints(Config)
_CHOICES = {name: get_args(kind) for name, kind in _TYPES.items() if get_origin(kind) is Literal}


_OFFICIAL = {"baseline": "greedy", "classifier": "rltf-official"}


def resolve(policy_defaults: Mapping[str, Any], chosen: Mapping[str, Any]) -> Config:
    """The paper's values, overridden by the policy's, the mode's, and what the user chose."""
    for name in (*policy_defaults, *chosen):
        _check_name(name)
    mode = _OFFICIAL if chosen.get("mode") == "official" else {}
    return Config(**{**policy_defaults, **mode, **chosen})


def parse_setting(text: str) -> tuple[str, Any]:
    """Name and value of ``NAME=VALUE``; :class:`ConfigError` says what is wrong with it."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{text!r} must be NAME=VALUE, such as learning_rate=1e-5")
    _check_name(name)
    if value in ("", "none") and type(None) in _forms(name):
        return name, None
    for convert, what in ((int, "a whole number"), (float, "a number")):
        if convert in _forms(name):
            try:
                return name, convert(value)
            except ValueError:
                raise ConfigError(f"{name} must be {what}, not {value!r}") from None
    return name, value


def from_dict(values: Mapping[str, Any], where: str) -> Config:
    """The options of a ``config.json``."""
    values = {name: value for name, value in values.items() if name != "schema"}
    values = _NEW_OPTIONS | values
    names = {field.name for field in dataclasses.fields(Config)}
    if names != set(values):
        odd = min(names ^ set(values))
        raise ConfigError(f"{where} is not a config of this version of rltf: option {odd}")
    for name, value in values.items():
        forms = _forms(name)
        if type(value) not in (forms | {int} if float in forms else forms):
            raise ConfigError(f"{where}: {name} cannot be {value!r}")
    return Config(**values)


def _forms(name: str) -> set[type]:
    """Types that the value of an option may have."""
    kind = _TYPES[name]
    if get_origin(kind) is Literal:
        return {str}
    return set(get_args(kind) or (kind,))


def _check_name(name: str) -> None:
    if name not in _TYPES:
        hint = nearest(name, _TYPES) or f" (known: {', '.join(_TYPES)})"
        raise ConfigError(f"there is no option {name!r}{hint}")
