"""The whole extension surface of rltf.

A plugin is a module with functions of these names, decorated with ``rltf.hookimpl``, and an entry
point in the group ``rltf``. Each ``register(name, factory)`` call names one thing; ``factory(**options)``
makes it when somebody asks for it by that name. Import heavy packages in the factory, not at the top.
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
    """Register datasets: ``factory(path=None, **options)`` returns an ``rltf.dataset.Dataset``."""


@hookspec
def rltf_register_classifiers(register: Register) -> None:
    """Register classifiers: ``factory()`` returns an ``rltf.diagnosis.Classifier``."""


@hookspec
def rltf_register_rewards(register: Register) -> None:
    """Register rewards: ``factory()`` returns an ``rltf.reward.Reward``."""


@hookspec
def rltf_register_policies(register: Register) -> None:
    """Register policies: ``factory(**options)`` returns an ``rltf.models.policy.Policy``.

    Or an ``rltf.models.writer.Writer`` that names its ``prompt`` format: for ``rltf bench`` only.
    """


@hookspec
def rltf_register_objectives(register: Register) -> None:
    """Register objectives: ``factory(**options)`` returns an ``rltf.trainer.objective.Objective``."""


@hookspec
def rltf_register_executors(register: Register) -> None:
    """Register executors: ``factory(**options)`` returns what judges programs, as ``rltf.Sandbox`` does."""


@hookspec
def rltf_register_prompts(register: Register) -> None:
    """Register prompt formats: ``factory(dataset=None)`` returns an ``rltf.prompt.PromptFormat``.

    ``dataset`` is the one that is asked about, where there is one: few-shot formats find their
    examples in its split ``prompt``.
    """


@hookspec
def rltf_register_rules(register: Register) -> None:
    """Register rules: ``factory()`` returns an ``rltf.Rule``, which compares outputs."""


@hookspec
def rltf_register_judges(register: Register) -> None:
    """The former name of ``rltf_register_rules``. A plugin that has both is asked for the new one."""


@hookspec
def rltf_register_commands(cli: click.Group) -> None:
    """Add commands to the ``rltf`` command line."""


@hookspec
def rltf_samples_scored(samples: Sequence[ScoredSample]) -> None:
    """Samples were judged and scored; called once per batch."""


@hookspec
def rltf_step_end(metrics: Mapping[str, Any]) -> None:
    """A training step ended; ``metrics`` is the line that goes into metrics.jsonl."""
