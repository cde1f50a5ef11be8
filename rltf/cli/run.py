"""``rltf run``: train a policy online on the test results of its own programs."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.dataset_options import data_option, seed_setting
from rltf.cli.dry_run import origins, show_run
from rltf.cli.error_output import resumable
from rltf.cli.sandbox_options import executor_setting, require_layer
from rltf.common.output_folder import default_folder
from rltf.errors import ConfigError
from rltf.trainer.ranks import open_ranks

if TYPE_CHECKING:
    from rltf.models.policy import Policy
    from rltf.trainer.config import Config
    from rltf.trainer.config_reading import Change
    from rltf.trainer.ranks import Ranks


@click.command()
@click.option(
    "--policy",
    metavar="NAME",
    help="Policy to train, such as tiny-t5, codet5 or hf:PATH_OR_ID.  [default: tiny]",
)
@click.option(
    "--reward",
    metavar="A,B",
    help="Rewards to train with; fine:0.5 sets the weight 0.5.  [default: coarse,fine,adaptive, or the policy's own]",
)
@click.option("--dataset", metavar="NAME", help="Dataset to train on.  [default: mini]")
@click.option(
    "--prompt",
    metavar="NAME",
    help="Prompt format.  [default: chat for a tokenizer with a chat template, else the dataset's]",
)
@data_option
@click.option(
    "--classifier",
    metavar="NAME",
    help="Classifier that locates the fault in a program.  [default: rltf]",
)
@click.option(
    "--objective",
    metavar="NAME",
    help="Objective that turns rewards into a loss, such as ppo or grpo[scale=none].  [default: rltf]",
)
@executor_setting
@click.option(
    "--tracker", metavar="A,B", help="Trackers that draw the figures: tensorboard, wandb, trackio."
)
@click.option("--steps", type=int, metavar="N", help="Number of optimizer steps after the warm-up.")
@seed_setting
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set any other option that --dry-run shows. Repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Output folder; an unfinished run with the same options is resumed.  [default: runs/…]",
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="DIR", help="Resume the run in DIR."
)
@click.option(
    "--audit",
    "is_audited",
    is_flag=True,
    help="Leave out the problems that rltf audit finds fault with; audit the dataset if nobody has.",
)
@require_layer
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check the options, print them and what the run will need, and exit.",
)
def run(
    settings: Sequence[str],
    out: Path | None,
    resume: Path | None,
    is_audited: bool,
    dry_run: bool,
    **named: Any,
) -> None:
    """Train a policy online on feedback from unit tests.

    The policy writes programs, the sandbox tests them, and the policy learns from the results.
    Without options, trains the built-in policy tiny on the built-in dataset mini, which takes a few
    minutes on two CPU cores.

    Writes config.json, metrics.jsonl, samples.jsonl, checkpoints and, at the end, the trained model
    and summary.json to the output folder.
    """
    started = time.perf_counter()
    if resume and out and out != resume:
        raise ConfigError("--resume continues in its own folder: leave out --out")
    with open_ranks() as ranks:
        chosen = _chosen(named, settings)
        config, changes = _config(chosen, resume)
        if is_audited and not dry_run:
            audit = _audit(config, resume, ranks)
            config, changes = _config(chosen | {"audit": audit}, resume)
        _check_isolation(config, chosen)
        policy = _policy(config)
        folder = resume or out or default_folder(f"{config.policy}-{config.dataset}", config.digest)
        if dry_run:
            _check(config, policy, folder, changes)
            is_resumed = resume is not None
            show_run(
                config, policy, origins(config, policy, named, settings, is_resumed=is_resumed)
            )
            return
        summary = _run(config, policy, folder, started, changes, ranks)
        _show(summary, folder)


def _show(summary: Mapping[str, Any], folder: Path) -> None:
    """Print the results, curves, and how to see more."""
    from rltf.trainer.round_report import curves, summary_table

    click.echo(summary_table(summary))
    for line in curves(folder / "metrics.jsonl", summary, sys.stdout.encoding):
        click.echo(line)
    click.echo(f"\nrltf report {shlex.quote(str(folder))} --open shows curves and samples")
    click.echo(str(folder / "summary.json"))


def _chosen(named: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return the options that the command line names."""
    from rltf.trainer.config_reading import parse_setting

    chosen = {name: value for name, value in named.items() if value is not None}
    return chosen | dict(parse_setting(setting) for setting in settings)


def _audit(config: Config, resume: Path | None, ranks: Ranks) -> str:
    """Return the report of an audit of the dataset, which the first rank makes if there is none."""
    from rltf.audit.cache import file_of
    from rltf.cli.audit_report import audit_of_run

    if resume:
        raise ConfigError("--resume goes on with the problems of its run: leave out --audit")
    if ranks.rank == 0:
        audit_of_run(config.dataset, config.data, config.reward, config.executor)
    ranks.wait()
    return str(file_of(config.dataset, config.data))


def _warn_of_audit(config: Config) -> None:
    """Tell a user who trains on problems that an audit of their data would leave out."""
    from rltf.audit.cache import cached

    report = cached(config.dataset, config.data) if config.audit is None else None
    if report is not None and report.left_out:
        count = len(report.left_out)
        found = f"an audit of this dataset found {count} broken problems"
        click.echo(f"rltf: {found}; --audit leaves them out", err=True)


def _config(chosen: Mapping[str, Any], resume: Path | None) -> tuple[Config, Sequence[Change]]:
    """Return the configuration with all options resolved, and what a resume changes of it."""
    from rltf.trainer.config import Config
    from rltf.trainer.config_reading import changes, resolve
    from rltf.trainer.run_folder import read_config, steps_taken

    if resume:
        stored = read_config(resume)
        if stored is None:
            raise ConfigError(f"{resume} holds no run: there is no config.json in it")
        config = dataclasses.replace(stored, **chosen)
        return config, changes(resume, stored, config, steps_taken(resume))
    policy = _trainable(chosen.get("policy", Config.policy))
    return resolve(policy.training_defaults, chosen), []


def _say_dataset(config: Config) -> None:
    """Tell a user whose policy is not made for ``mini`` that it is trained on that."""
    if config.dataset == "mini" and config.policy not in ("tiny", "tiny-t5"):
        click.echo(
            "rltf: training on mini, the small built-in dataset; --dataset NAME trains on another",
            err=True,
        )


def _check_isolation(config: Config, chosen: Mapping[str, Any]) -> None:
    """Refuse the option ``isolation`` for an executor that does not support it."""
    from rltf.trainer.preflight import executor_options

    if "isolation" in chosen and not executor_options(config):
        raise ConfigError(f"executor {config.executor} has no isolation: leave out that option")


def _trainable(name: str) -> Policy:
    from rltf.models.policy import Policy

    policy = manager.get("policy", name)
    if not isinstance(policy, Policy):
        raise ConfigError(
            f"policy {name} only writes samples, for rltf bench; it cannot be trained"
        )
    return policy


def _policy(config: Config) -> Policy:
    """Return the policy, not loaded yet; raise errors for wrong names and options of plugins."""
    from rltf.scoring.scorer import Scorer
    from rltf.trainer.objective import load_objective

    policy = _trainable(config.policy)
    Scorer(config.reward, classifier=config.classifier, shared=config.shared)
    load_objective(config)
    if config.critic is not None and not _uses_critic(config):
        raise ConfigError(
            "nothing here uses the critic: reward critic does, and coarse, fine and adaptive do in "
            "mode official; leave out --set critic otherwise"
        )
    return policy


def _uses_critic(config: Config) -> bool:
    from rltf.manager.registrations import parse_spec
    from rltf.scoring.scorer import parse_rewards

    name, own = parse_spec("objective", config.objective)
    accepted = [manager.accepted_options("objective", name, config.shared) | own]
    for name, spec in parse_rewards(config.reward).items():
        shared = manager.accepted_options("reward", name, config.shared)
        accepted.append(shared | dict(spec.options))
    return any("critic" in options and options.get("mode") != "paper" for options in accepted)


def _check(config: Config, policy: Policy, path: Path, changes: Sequence[Change]) -> None:
    """Raise the errors that the run would raise."""
    from rltf.trainer.preflight import check, read_problems
    from rltf.trainer.run_folder import read_summary

    if read_summary(path, config, changes) is not None:
        return
    dataset = check(config, policy, path)
    if not getattr(dataset, "is_generated", False):
        read_problems(config, dataset, path)


def _run(
    config: Config,
    policy: Policy,
    path: Path,
    started: float,
    changes: Sequence[Change],
    ranks: Ranks,
) -> Mapping[str, Any]:
    """Train, unless the folder already holds the summary, and return the summary."""
    from rltf.trainer.config_reading import notes
    from rltf.trainer.preflight import check, check_context, check_prompts, read_problems
    from rltf.trainer.run_folder import open_folder, read_summary

    if (summary := read_summary(path, config, changes)) is not None:
        return summary
    dataset = check(config, policy, path)
    problems = read_problems(config, dataset, path)
    if problems.note:
        click.echo(f"rltf: {problems.note}", err=True)
    from rltf.common.progress import Progress
    from rltf.common.stopwatch import Stopwatch
    from rltf.models.loading import load_policy
    from rltf.models.prompt_check import warn_of_hidden_names
    from rltf.models.vllm_engine import VllmEngine
    from rltf.trainer.loop import train

    ranks.check(config)
    load_policy(
        policy,
        config.seed,
        dtype=config.dtype,
        lora=config.lora,
        gradient_checkpointing=config.gradient_checkpointing,
    )
    _say_dataset(config)
    _warn_of_audit(config)
    policy.use_prompt(config.prompt, dataset, system=config.system)
    warn_of_hidden_names(policy.prompt, problems.train, map(policy.prompt_format, problems.train))
    check_context(config, policy.name, policy.context_length)
    check_prompts(config, policy, problems)
    if config.engine == "vllm":
        policy.engine = VllmEngine(
            policy,
            max_length=config.max_prompt_tokens + config.max_new_tokens,
            batch_size=config.generation_batch_size,
            memory=config.engine_memory,
            launched=ranks.size > 1,
        )
    how = f"rltf run --resume {path} continues it"
    with resumable(how), open_folder(path, config, changes, ranks) as folder:
        for line in notes(changes, config):
            click.echo(f"rltf: {line}", err=True)
        if config.audit is not None and folder.is_writable:
            from rltf.trainer.audited import keep_left_out

            keep_left_out(config.audit, path)
        return train(config, policy, problems, folder, Progress(), Stopwatch(started), ranks)
