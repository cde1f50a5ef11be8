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
from rltf.reward import Mode
from rltf.trainer.baselines import Baseline


class ConfigError(ValueError):
    """An option is wrong; the message says which and what it must be."""


@dataclass(frozen=True)
class Config:
    """Options of a run. Defaults are those of the RLTF paper and of its released scripts."""

    policy: str = "tiny"
    """Name of the policy to train: ``tiny``, ``tiny-t5``, ``codet5``, ``codegen2.7b``,
    ``hf:PATH_OR_ID``, or a plugin's."""
    dataset: str = "mini"
    """Name of the dataset to train on. Set ``file`` for problems of your own."""
    data: str | None = None
    """File or folder that holds the dataset. Set it for every dataset that is neither built in nor
    to be downloaded."""
    reward: str = "coarse,fine,adaptive"
    """Names of rewards, with optional options and weights: ``coarse,adaptive[mode=paper]:0.5``.
    Change it to add a signal, or to weigh one down that outweighs the tests."""
    mode: Mode = "paper"
    """Which version of RLTF the rewards and the objective follow: the paper, or its released code.
    ``official`` also sets ``baseline`` to ``greedy`` and ``classifier`` to ``rltf-official``. Set
    it to reproduce the results of the released code."""
    baseline: Baseline = "best"
    """The program whose reward is subtracted: the problem's ``best`` so far, or the ``greedy`` one
    of the same round. Set ``greedy`` if too few samples beat the best program."""
    critic: str | None = None
    """Folder of a critic, made by ``rltf critic train``. Set it with the reward ``critic``, or in
    mode ``official``, to weigh each token by the critic's prediction."""
    classifier: str = "rltf"
    """Name of the classifier that says which lines of a program are at fault. Change it to test
    another way of locating faults."""
    objective: str = "rltf"
    """Name of the objective that turns rewards into a loss. Change it to train with an algorithm of
    your own."""
    seed: int = 0
    """Random seed; the same seed gives the same output. Change it to measure the variance between
    runs."""

    steps: int = 10_000
    """Number of optimizer steps after the warm-up; 0 stops after the warm-up. Raise it while the
    pass rate in ``metrics.jsonl`` still rises."""
    batch_size: int = 32
    """Number of the policy's own samples in each step. Raise it if the policy loss is noisy."""
    supervised_batch_size: int = 32
    """Number of reference programs in each step; 0 trains on feedback alone. Lower it if the
    reference programs hold the policy back, or if there are few."""
    micro_batch_size: int = 4
    """Number of programs that pass through the model together. It does not change the result beyond
    rounding: raise it for speed, lower it if memory runs out."""
    learning_rate: float = 2e-6
    """Peak learning rate after the warm-up. Lower it if the gradient norm grows or the pass rate
    falls; small models need much larger values."""
    final_learning_rate_share: float = 1.0
    """Share of the learning rate that is left at the last step; it falls linearly. Lower it for
    steadier results at the end of a short run."""
    weight_decay: float = 0.05
    """Weight decay of AdamW. Lower it for small models."""
    clip_norm: float = 1.0
    """Maximum norm of the gradient of a step; larger gradients are scaled down. Lower it if single
    steps damage the policy."""

    warmup_steps: int = 0
    """Number of supervised steps before the first sample. Raise it for a policy that hardly ever
    passes a test: without a passing program, there is little to learn from."""
    warmup_batch_size: int = 32
    """Number of reference programs in each step of the warm-up."""
    warmup_learning_rate: float = 2e-5
    """Peak learning rate of the warm-up."""
    prompt_noise: float = 0.0
    """Share of the prompt tokens of reference programs that are replaced with random tokens. Raise
    it if a small policy memorizes prompts instead of exploring."""

    buffer_size: int = 6400
    """Number of recent samples that training draws from, including those it learns nothing from.
    Lower it to train on fresher samples."""
    refresh_every: int = 50
    """Number of optimizer steps between two rounds of sampling; 0 starts a round each time the
    whole buffer has been used. Lower it to train on fresher samples, at the cost of more
    generation."""
    problems_per_round: int = 80
    """Number of problems in each round of sampling."""
    candidates_per_round: int | None = None
    """Number of problems that get a greedy program first: samples are then drawn only for those
    that it does not solve, for at most ``problems_per_round`` of them. ``None`` draws samples for
    ``problems_per_round`` problems whatever the greedy programs do. Set it if the policy already
    solves many problems."""
    samples_per_problem: int = 20
    """Number of samples of each problem in a round, besides the greedy program. Raise it for hard
    problems, of which few samples pass."""
    temperature: float = 1.0
    """Sampling temperature. Raise it if samples are too much alike, lower it if most of them are
    noise."""
    top_p: float = 0.95
    """Sample only from the most likely tokens that together have this probability; 1 samples from
    all."""
    max_prompt_tokens: int = 800
    """Maximum length of a prompt, in tokens; longer task descriptions are cut. Together with
    ``max_new_tokens`` it must fit into the context of the policy."""
    max_new_tokens: int = 512
    """Maximum length of a program, in tokens. Raise it if many samples are ``truncated``."""
    generation_batch_size: int = 64
    """Number of programs that are generated together. Raise it for speed, lower it if memory runs
    out."""

    isolation: Literal["test", "program"] = "test"
    """``test`` starts a fresh process for each test; ``program`` runs all tests of a program in
    one, which is faster but lets a program keep state between its tests."""
    held_out_limit: int | None = None
    """Number of held-out problems to evaluate; ``None`` evaluates all. Set it if evaluation takes
    too long."""
    checkpoint_every: int = 50
    """Number of optimizer steps between two checkpoints. Raise it for large models, whose
    checkpoints take time and disk space."""

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
        """Over all options."""
        options = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(options.encode()).hexdigest()

    @property
    def shared(self) -> dict[str, Any]:
        """Options for every reward and objective that takes them."""
        critic = {} if self.critic is None else {"critic": self.critic}
        return {"mode": self.mode} | critic

    def to_dict(self) -> dict[str, Any]:
        """The form of ``config.json``."""
        return {"schema": 1} | dataclasses.asdict(self)


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
