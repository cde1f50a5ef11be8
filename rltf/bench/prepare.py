"""From command line options to a benchmark: conditions, model and prompts, all resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rltf import manager
from rltf.bench.benchmark import Benchmark
from rltf.bench.config import BenchConfig, data_digest
from rltf.bench.dataset_slice import DatasetSlice
from rltf.bench.presets import resolve
from rltf.bench.sanitizing import sanitizing
from rltf.common.digests import text_digest
from rltf.dataset import Isolation, isolation_of
from rltf.errors import BenchError
from rltf.models.loaded_model import load_model
from rltf.models.loading import Dtype
from rltf.models.prompt_check import warn_of_hidden_names
from rltf.verdict import JudgingChoice

if TYPE_CHECKING:
    from rltf.bench.critic_sampling import Refiner


def prepare(
    dataset_slice: DatasetSlice,
    n: int,
    executor: str,
    *,
    policy: str | None,
    seed: int | None,
    batch_size: int | None,
    dtype: Dtype | None,
    like: str | None,
    zero_shot: bool,
    prompt: str | None,
    temperature: float | None,
    top_p: float | None,
    max_new_tokens: int | None,
    chat_template: bool | None,
    system: str | None,
    critic: str | None,
    repair_policy: str | None,
    parallel: int | None,
    attempts: int | None,
    timeout: float | None,
    isolation: Isolation | None = None,
    judging: JudgingChoice | None = None,
    sanitize: bool | None = None,
) -> tuple[Benchmark, Refiner | None]:
    """Load the model and return the benchmark, with the refiner if ``critic`` is given.

    ``None`` stands for the value of the preset, the policy or the dataset. Raises
    :class:`rltf.dataset.DataError`, :class:`rltf.manager.PluginError` and
    :class:`rltf.bench.config.BenchError` if the options do not work.
    """
    overrides = {
        "prompt": prompt,
        "temperature": temperature,
        "top_p": top_p,
        "max_new_tokens": max_new_tokens,
        "sanitize": sanitize,
    }
    preset = resolve(dataset_slice.dataset, like, zero_shot, overrides)
    if preset.prompt is not None:  # report a wrong name before a model is loaded
        manager.get("prompt", preset.prompt, dataset=dataset_slice.source)
    seed = seed or 0
    serving = {"parallel": parallel, "attempts": attempts, "timeout_s": timeout}
    serving = {name: value for name, value in serving.items() if value is not None}
    model = load_model(policy or "tiny", seed, batch_size, serving, dtype)
    source = dataset_slice.source
    prompt_name, prompt_format = model.use_prompt(
        preset.prompt, source, chat_template, system or ""
    )
    if preset.sanitize:
        if critic is not None:
            raise BenchError("--critic continues what was sampled: leave out --sanitize")
        prompt_format = sanitizing(prompt_format)
    refiner = None
    if critic is not None:
        from rltf.bench.critic_sampling import Refiner

        refiner = Refiner.load(critic, repair_policy, model, dataset_slice.problems, seed)
    prompts = [prompt_format.text(problem) for problem in dataset_slice.problems]
    warn_of_hidden_names(prompt_name, dataset_slice.problems, prompts)
    sampling = preset.sampling
    if max_new_tokens is None:
        room = model.room(prompts, sampling.max_new_tokens)
        sampling = replace(sampling, max_new_tokens=room)
    config = BenchConfig(
        dataset=dataset_slice.dataset,
        split=dataset_slice.split,
        policy=model.writer.name,
        prompt=prompt_name,
        preset=preset.name,
        sampling=sampling,
        limits=preset.limits,
        n=n,
        seed=seed,
        batch_size=model.batch_size,
        model=model.digest,
        data=data_digest(dataset_slice.problems),
        asked=text_digest([*map(model.render, prompts), *prompt_format.stops]),
        critic_sampling=refiner.config if refiner else None,
        isolation=isolation or isolation_of(dataset_slice.source),
        judging=judging or "auto",
        sanitize=preset.sanitize,
    )
    problems = dataset_slice.problems
    return Benchmark(config, problems, prompts, prompt_format, model.writer, executor), refiner
