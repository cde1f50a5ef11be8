"""From what was asked to a benchmark: conditions, model, prompts, all resolved."""

from __future__ import annotations

from dataclasses import replace

from rltf import manager
from rltf.bench.config import BenchConfig, data_digest
from rltf.bench.dataset_slice import DatasetSlice
from rltf.bench.presets import resolve
from rltf.bench.runner import Benchmark
from rltf.common.digests import text_digest
from rltf.dataset import Isolation, isolation_of
from rltf.models.loaded_model import load_model
from rltf.prompt import PromptFormat


def prepare(
    part: DatasetSlice,
    n: int,
    executor: str,
    *,
    policy: str | None,
    seed: int | None,
    batch_size: int | None,
    like: str | None,
    zero_shot: bool,
    prompt: str | None,
    temperature: float | None,
    top_p: float | None,
    max_new_tokens: int | None,
    critic: str | None,
    repair_policy: str | None,
    parallel: int | None,
    attempts: int | None,
    timeout: float | None,
    isolation: Isolation | None = None,
) -> Benchmark:
    """The benchmark, with its model loaded. ``None``: the preset's, the policy's or the dataset's own.

    Raises :class:`rltf.dataset.DataError`, :class:`rltf.manager.PluginError` and
    :class:`rltf.bench.config.BenchError` for what cannot be.
    """
    wanted = {
        "prompt": prompt,
        "temperature": temperature,
        "top_p": top_p,
        "max_new_tokens": max_new_tokens,
    }
    preset = resolve(part.dataset, like, zero_shot, wanted)
    if preset.prompt is not None:
        manager.get(
            "prompt", preset.prompt, dataset=part.source
        )  # a wrong name is told before a model is made
    seed = seed or 0
    serving = {"parallel": parallel, "attempts": attempts, "timeout_s": timeout}
    given = {name: value for name, value in serving.items() if value is not None}
    subject = load_model(policy or "tiny", seed, batch_size, given)
    refiner = None
    if critic is not None:
        from rltf.bench.critic_sampling import Refiner

        refiner = Refiner.load(critic, repair_policy, subject, part.problems, seed)
    name = preset.prompt or subject.prompt
    chosen: PromptFormat = manager.get("prompt", name, dataset=part.source)
    prompts = [chosen.text(problem) for problem in part.problems]
    sampling = preset.sampling
    if max_new_tokens is None:
        room = subject.room(prompts, sampling.max_new_tokens)
        sampling = replace(sampling, max_new_tokens=room)
    config = BenchConfig(
        dataset=part.dataset,
        split=part.split,
        policy=subject.writer.name,
        prompt=name,
        preset=preset.name,
        sampling=sampling,
        limits=preset.limits,
        n=n,
        seed=seed,
        batch_size=subject.batch_size,
        model=subject.digest,
        data=data_digest(part.problems),
        asked=text_digest([*prompts, *chosen.stops]),
        critic_sampling=refiner.config if refiner else None,
        isolation=isolation or isolation_of(part.source),
    )
    return Benchmark(config, part.problems, prompts, chosen, subject.writer, executor, refiner)
