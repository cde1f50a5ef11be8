"""What ``rltf run --dry-run`` prints: JSON to stdout, and a summary for people to stderr."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rltf.models.policy import Policy
    from rltf.trainer.config import Config
    from rltf.trainer.estimate import Estimate


def origins(
    config: Config,
    policy: Policy,
    named: Mapping[str, Any],
    settings: Sequence[str],
    *,
    is_resumed: bool,
) -> dict[str, str]:
    """Return where the value of each option comes from.

    ``default``, ``policy``, ``mode``, ``the resumed run``, or the words of the command line.
    """
    from rltf.trainer.config_reading import options_of_mode, parse_setting

    names = [field.name for field in dataclasses.fields(config)]
    found = dict.fromkeys(names, "the resumed run" if is_resumed else "default")
    if not is_resumed:
        found |= dict.fromkeys(policy.training_defaults, "policy")
        found |= dict.fromkeys(options_of_mode(config.mode), "mode")
    found |= {name: f"--{name}" for name, value in named.items() if value is not None}
    return found | {parse_setting(setting)[0]: "--set" for setting in settings}


def show_run(config: Config, policy: Policy, origin: Mapping[str, str]) -> None:
    """Print the options, where they come from, and what the run will need."""
    from rltf.scoring.scorer import Scorer
    from rltf.trainer.objective import Extras, load_objective

    scorer = Scorer(config.reward, classifier=config.classifier, shared=config.shared)
    has_reference = scorer.reference_kl != 0 or Extras(load_objective(config)).needs_reference
    needs = _estimate(config, policy, has_reference)
    values = config.to_dict()
    found = {"origin": dict(origin), "needs": needs.to_dict() if needs else None}
    click.echo(json.dumps(values | {"dry_run": found}, indent=2))
    lines = (
        _needs(needs) if needs else ["what the run needs is not known before the model is loaded"]
    )
    chosen = [
        f"{name}={values[name]} ({origin[name]})" for name in origin if origin[name] != "default"
    ]
    lines.append(f"not default: {', '.join(chosen) or 'nothing'}")
    for line in lines:
        click.echo(f"rltf: {line}", err=True)


def _estimate(config: Config, policy: Policy, has_reference: bool) -> Estimate | None:
    model = policy.skeleton()
    if model is None and config.optimizer != "adamw8bit":
        return None  # without torch, which takes seconds to import
    from rltf.trainer.estimate import estimate

    return estimate(config, policy, model, has_reference=has_reference)


def _needs(needs: Estimate) -> list[str]:
    share = needs.trained_parameters / needs.parameters
    parts = [f"{part.replace('_', ' ')} {_size(size)}" for part, size in needs.memory_bytes.items()]
    return [
        f"{needs.dtype} on {needs.device}; {needs.parameters:,} parameters, of which "
        f"{needs.trained_parameters:,} are trained ({share:.1%})",
        f"memory, estimated: {_size(sum(needs.memory_bytes.values()))} of {_size(needs.free_bytes)} "
        f"that are free ({', '.join(parts)})",
        f"at most {needs.tokens_per_step:,} tokens in an optimizer step",
    ]


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"
