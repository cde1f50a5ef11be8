"""Every option of a run, resolved: the paper's values, then the policy's, then the user's."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from rltf.common.did_you_mean import nearest
from rltf.common.options import (
    Bounds,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Share,
    check_fields,
    fields_of,
)
from rltf.common.schema import SCHEMA
from rltf.dataset import Isolation
from rltf.errors import ConfigError as ConfigError
from rltf.reward import Mode
from rltf.trainer.baselines import Baseline


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

    steps: NonNegativeInt = 10_000
    """Optimizer steps after the warm-up; 0 ends with it."""
    batch_size: PositiveInt = 32
    """The policy's own samples in a step."""
    supervised_batch_size: NonNegativeInt = 32
    """Reference programs in a step; 0 trains on feedback alone."""
    micro_batch_size: PositiveInt = 4
    """Rows that go through the model at a time."""
    learning_rate: PositiveFloat = 2e-6
    final_learning_rate_share: Share = 1.0
    """Share of the learning rate that is left at the last step; it falls in a straight line."""
    weight_decay: NonNegativeFloat = 0.05
    clip_norm: PositiveFloat = 1.0

    warmup_steps: NonNegativeInt = 0
    """Supervised steps before the first sample is drawn."""
    warmup_batch_size: PositiveInt = 32
    warmup_learning_rate: PositiveFloat = 2e-5
    prompt_noise: Share = 0.0
    """Share of the prompt tokens of supervised rows that random ones stand for."""

    buffer_size: PositiveInt = 6400
    """Samples that training looks back on, those it learns nothing from included."""
    refresh_every: NonNegativeInt = 50
    """Optimizer steps from one round of fresh samples to the next. 0: a round whenever the whole
    buffer has been trained on once since the last."""
    problems_per_round: PositiveInt = 80
    candidates_per_round: PositiveInt | None = None
    """Problems that greedy programs are written for: samples are drawn for those that they do not
    solve, ``problems_per_round`` at most. ``None``: samples are drawn whatever the greedy programs
    do, for ``problems_per_round`` problems."""
    samples_per_problem: PositiveInt = 20
    """Samples of each problem in a round, besides the greedy program."""
    temperature: PositiveFloat = 1.0
    top_p: Annotated[float, Bounds(above=0, at_most=1)] = 0.95
    max_prompt_tokens: PositiveInt = 800
    max_new_tokens: PositiveInt = 512
    generation_batch_size: PositiveInt = 64

    executor: str = "sandbox"
    """What runs the programs (``rltf_register_executors``)."""
    isolation: Isolation = "test"
    """``test``: a fresh process for every test; ``program``: one for all tests of a program."""
    held_out_limit: PositiveInt | None = None
    """Held-out problems that are evaluated; ``None``: all of them."""
    checkpoint_every: PositiveInt = 50

    def __post_init__(self) -> None:
        check_fields(self, ConfigError)

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
    option = fields_of(Config)[name]
    parsed = option.parse(value)
    if complaint := option.complaint(name, parsed):
        raise ConfigError(complaint)
    return name, parsed


def from_dict(values: Mapping[str, Any], where: str) -> Config:
    """The options of a ``config.json``."""
    values = {name: value for name, value in values.items() if name != "schema"}
    values = _NEW_OPTIONS | values
    names = {field.name for field in dataclasses.fields(Config)}
    if names != set(values):
        odd = min(names ^ set(values))
        raise ConfigError(f"{where} is not a config of this version of rltf: option {odd}")
    for name, value in values.items():
        if complaint := fields_of(Config)[name].complaint(name, value):
            raise ConfigError(f"{where}: {complaint}")
    return Config(**values)


def _check_name(name: str) -> None:
    known = fields_of(Config)
    if name not in known:
        hint = nearest(name, known) or f" (known: {', '.join(known)})"
        raise ConfigError(f"there is no option {name!r}{hint}")
