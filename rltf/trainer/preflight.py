"""Checks of a run before its model is loaded, the same for ``rltf run`` and its ``--dry-run``.

Nothing here imports torch, so that a mistake is named at once.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from rltf import manager
from rltf.dataset import Dataset
from rltf.errors import PromptLengthError
from rltf.models.policy import Policy
from rltf.models.vllm_engine import check_vllm
from rltf.sandbox.client import cpu_cores
from rltf.trainer.config import Config, ConfigError
from rltf.trainer.optimizer import check_optimizer
from rltf.trainer.problem_split import Problems, split_problems
from rltf.trainer.trackers import names_of


def check(config: Config, policy: Policy, folder: Path) -> Dataset:
    """Check a run as far as its problems are not needed, and return its dataset.

    Raises :class:`ConfigError`, ``PolicyError`` or ``DataError`` for a run that cannot begin.
    """
    _check_writable(folder)
    if config.samples is not None and not Path(config.samples).exists():
        raise ConfigError(f"there is no file of samples {config.samples}")
    executor_options(config)
    check_optimizer(config.optimizer)
    if config.lora is not None:
        config.lora.check_installed(policy.name)
    names_of(config.tracker)
    check_vllm(config.engine)
    check_context(config, policy.name, policy.read_context_length())
    dataset: Dataset = manager.get("dataset", config.dataset, path=config.data)
    if config.prompt is not None:
        manager.get("prompt", config.prompt, dataset=dataset)
    return dataset


def executor_options(config: Config, ranks_here: int = 1) -> dict[str, Any]:
    """Return the options of a run's executor; one without an isolation judges in its own way.

    Several ranks of a machine share its cores. Raises :class:`rltf.manager.PluginError` for an unknown executor.
    """
    wanted: dict[str, Any] = {"isolation": config.isolation}
    if ranks_here > 1:
        wanted["workers"] = max(1, cpu_cores.available() // ranks_here)
    options: dict[str, Any] = manager.accepted_options("executor", config.executor, wanted)
    return options


def read_problems(config: Config, dataset: Dataset, folder: Path) -> Problems:
    """Return the problems of a run; ``ConfigError`` or ``DataError`` if they do not suffice."""
    problems = split_problems(dataset, config.seed, config.held_out_limit, config.held_out_split)
    if config.audit is not None:
        from rltf.trainer.audited import without_left_out

        problems = without_left_out(problems, config.audit, folder)
    if config.warmup_steps and not any(problem.solutions for problem in problems.train):
        raise ConfigError(
            f"dataset {config.dataset} has no reference programs to warm up on; "
            "--set warmup_steps=0 trains without"
        )
    return problems


def check_context(config: Config, policy: str, length: int | None) -> None:
    """Raise :class:`ConfigError` if prompt and program do not fit into the policy's context."""
    wanted = config.max_prompt_tokens + config.max_new_tokens
    if length is not None and wanted > length:
        raise ConfigError(
            f"max_prompt_tokens + max_new_tokens = {wanted}, but policy {policy} reads at most "
            f"{length} tokens; lower one with --set"
        )


def check_prompts(config: Config, policy: Policy, problems: Problems) -> None:
    """Raise :class:`ConfigError` if a prompt is too long for the run, even without its question."""
    too_long: dict[str, int] = {}
    every = [*problems.train, *problems.held_out]
    for problem in every:
        try:
            policy.encode_prompt(problem, config.max_prompt_tokens)
        except PromptLengthError as error:
            too_long[problem.task_id] = error.tokens
    if too_long:
        raise ConfigError(
            f"the prompts of {len(too_long)} of {len(every)} problems, such as "
            f"{next(iter(too_long))}, are longer than max_prompt_tokens="
            f"{config.max_prompt_tokens} even without their question; "
            f"--set max_prompt_tokens={max(too_long.values())} is enough for all"
        )


def _check_writable(folder: Path) -> None:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise ConfigError(f"cannot write a run to {folder}: {existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write a run to {folder}: no permission to write to {existing}")
    try:
        os.rmdir(tempfile.mkdtemp(dir=existing))  # root has every permission, and yet not in /proc
    except OSError as error:
        raise ConfigError(
            f"cannot write a run to {folder}: no folder can be made in {existing} ({error.strerror})"
        ) from None
