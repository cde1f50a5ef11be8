"""All hooks of rltf: the whole of what a plugin can extend.

A plugin is a module with functions of these names, decorated with ``rltf.hookimpl``, and an entry
point in the group ``rltf``. Each call of ``register(name, factory)`` registers one thing;
``factory(**options)`` makes it when somebody asks for the name. Import heavy packages in the factory
rather than at the top of the module.

Options are checked against the factory's annotations if those are ``Literal`` or have bounds
(:mod:`rltf.common.options`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from rltf.reward import ScoredSample

hookspec = pluggy.HookspecMarker("rltf")
hookimpl = pluggy.HookimplMarker("rltf")

Register = Callable[[str, Callable[..., Any]], None]

OLD_NAMES = {"rltf_register_rules": "rltf_register_judges"}
"""Hook to the former name that it still answers to."""


@hookspec
def rltf_register_datasets(register: Register) -> None:
    """Register datasets: ``factory(path=None, **options)`` returns an ``rltf.Dataset``."""


@hookspec
def rltf_register_classifiers(register: Register) -> None:
    """Register classifiers: ``factory()`` returns an ``rltf.diagnosis.Classifier``."""


@hookspec
def rltf_register_rewards(register: Register) -> None:
    """Register rewards: ``factory()`` returns an ``rltf.reward.Reward``."""


@hookspec
def rltf_register_policies(register: Register) -> None:
    """Register policies: ``factory(**options)`` returns an ``rltf.Policy``.

    A policy for ``rltf bench`` alone may be an ``rltf.Writer`` that names its ``prompt`` format.
    """


@hookspec
def rltf_register_objectives(register: Register) -> None:
    """Register objectives: ``factory(**options)`` returns an ``rltf.Objective``."""


@hookspec
def rltf_register_executors(register: Register) -> None:
    """Register executors: ``factory(**options)`` returns an object that judges like ``rltf.Sandbox``."""


@hookspec
def rltf_register_prompts(register: Register) -> None:
    """Register prompt formats: ``factory(dataset=None)`` returns an ``rltf.PromptFormat``.

    ``dataset`` is the dataset of the problems, if there is one: few-shot formats take their examples
    from its split ``prompt``.
    """


@hookspec
def rltf_register_rules(register: Register) -> None:
    """Register rules: ``factory()`` returns an ``rltf.Rule``, which compares outputs."""


@hookspec
def rltf_register_judges(register: Register) -> None:
    """The former name of ``rltf_register_rules``; ignored in a plugin that has both."""


@hookspec
def rltf_register_commands(cli: click.Group) -> None:
    """Add commands to the ``rltf`` command line."""


@hookspec
def rltf_samples_scored(samples: Sequence[ScoredSample]) -> None:
    """Receive judged and scored samples; called once per batch."""


@hookspec
def rltf_step_end(metrics: Mapping[str, Any]) -> None:
    """Receive the metrics of a finished training step: the line that goes into metrics.jsonl.

    Only the first of several ranks calls it.
    """
