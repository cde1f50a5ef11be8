"""The check of policies, both those that are trained and those that only write samples."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf import manager
from rltf.errors import PluginError
from rltf.models.writer import Completion, Request, Writer
from rltf.problem import Problem
from rltf.sampling_options import Sampling
from rltf.spans import TokenMap
from rltf.testing.plugin_under_test import PluginUnderTest
from rltf.testing.sample_corpus import CALLED, PROGRAMS

if TYPE_CHECKING:
    from rltf.models.generation import GeneratedTokens
    from rltf.models.policy import Policy

TEXTS = [program for _, program in PROGRAMS.values() if program and "\r" not in program]
PROBLEMS = (CALLED, replace(CALLED, prompt="Return the number times two, and no more."))
PROMPT_TOKENS = 96
NEW_TOKENS = 8
_SHORT_TARGET = 3
_SEED = 7


def check_policy(policy: str | Policy | Writer, **options: Any) -> None:
    """Raise ``AssertionError`` if a policy breaks the contract of ``Policy`` or of ``Writer``.

    A ``Policy`` is loaded on the CPU, writes a few tokens, and is saved and loaded again. A
    ``Writer`` is asked for two completions.

    Args:
        policy: Its registered name, or the policy.
        options: Options for the factory of a registered one.
    """
    from rltf.models.policy import Policy

    plugin = PluginUnderTest("policy", policy, options)
    made = plugin.make()
    prompt = getattr(made, "prompt", None)
    plugin.require(
        isinstance(prompt, str), f"`prompt` must name a prompt format, not be {prompt!r:.60}"
    )
    try:
        manager.get("prompt", str(prompt))
    except PluginError as error:
        plugin.fail(str(error))
    if isinstance(made, Policy):
        _check_trainable(plugin, made)
    else:
        plugin.require(
            hasattr(made, "write"), f"its factory gives {made!r:.60}, neither Policy nor Writer"
        )
        _check_writer(plugin, made)


def _check_trainable(plugin: PluginUnderTest, policy: Policy) -> None:
    import torch

    from rltf.errors import ConfigError
    from rltf.trainer.config_reading import resolve

    try:
        resolve(policy.training_defaults, {})
    except (ConfigError, TypeError) as error:
        plugin.fail(f"`training_defaults`: {error}")
    torch.manual_seed(_SEED)
    plugin.call("load()", policy.load)
    _check_tokens(plugin, policy)
    prompts = [_prompt(plugin, policy, index) for index in range(len(PROBLEMS))]
    greedy = _write(plugin, policy, prompts, Sampling(temperature=0, max_new_tokens=NEW_TOKENS))
    drawn = _write(plugin, policy, prompts, Sampling(max_new_tokens=NEW_TOKENS))
    for problem, prompt, completion in zip(PROBLEMS * 2, prompts * 2, greedy + drawn, strict=True):
        _check_sample(plugin, policy, problem, prompt, completion)
    _check_log_probs(plugin, policy, prompts, [completion.ids for completion in drawn])
    _check_saving(plugin, policy, prompts, greedy)


def _check_tokens(plugin: PluginUnderTest, policy: Policy) -> None:
    """Check that ids spell texts byte by byte, so that rewards can find what was sampled."""
    table = policy.token_table
    plugin.require(
        len(table) == policy.model.config.vocab_size,
        f"`token_table` has {len(table)} ids, and the model {policy.model.config.vocab_size}",
    )
    plugin.require(
        all(isinstance(spelled, bytes) for spelled in table), "`token_table` must hold bytes"
    )
    plugin.require(
        0 <= policy.end_id < len(table) and not table[policy.end_id],
        f"the end id {policy.end_id} must be in `token_table`, and spell nothing",
    )
    for text in TEXTS:
        subject = f"encode_target({text!r:.60})"
        ids = plugin.call(subject, policy.encode_target, text, len(text.encode()) + 8)
        plugin.require(ids and ids[-1] == policy.end_id, f"{subject} does not end with the end id")
        spelled = policy.text(ids)
        plugin.require(
            text in spelled,
            f"{subject} spells {spelled!r:.60}: programs lose characters on the way",
        )
    short = policy.encode_target(TEXTS[0], _SHORT_TARGET)
    plugin.require(
        len(short) <= _SHORT_TARGET,
        f"encode_target() gives {len(short)} ids where {_SHORT_TARGET} are allowed",
    )


def _prompt(plugin: PluginUnderTest, policy: Policy, index: int) -> tuple[int, ...]:
    problem = PROBLEMS[index]
    subject = f"encode_prompt() of a problem, {PROMPT_TOKENS} tokens at most,"
    prompt = plugin.call(subject, policy.encode_prompt, problem, PROMPT_TOKENS)
    plugin.require(0 < len(prompt) <= PROMPT_TOKENS, f"{subject} gives {len(prompt)}")
    plugin.require(
        prompt == policy.encode_prompt(problem, PROMPT_TOKENS),
        f"{subject} gives others the second time",
    )
    return prompt


def _write(
    plugin: PluginUnderTest, policy: Policy, prompts: Sequence[tuple[int, ...]], sampling: Sampling
) -> list[GeneratedTokens]:
    """Return the completions of the prompts, after a check that two calls agree."""
    subject = f"generate() at temperature {sampling.temperature}"

    def write() -> list[tuple[int, GeneratedTokens]]:
        batches = policy.generate(prompts, sampling, seed=_SEED, batch_size=1)
        return [pair for batch in batches for pair in batch]

    written = plugin.call(subject, write)
    plugin.require(
        sorted(row for row, _ in written) == [*range(len(prompts))],
        f"{subject} must complete every prompt once",
    )
    for _, completion in written:
        plugin.require(
            0 < len(completion.ids) <= sampling.max_new_tokens
            and all(0 <= token < len(policy.token_table) for token in completion.ids),
            f"{subject} gives ids that are too many or that it does not have: {completion.ids}",
        )
    plugin.require(written == write(), f"{subject} writes something else with the same seed")
    return [completion for _, completion in sorted(written)]


def _check_sample(
    plugin: PluginUnderTest,
    policy: Policy,
    problem: Problem,
    prompt: tuple[int, ...],
    completion: GeneratedTokens,
) -> None:
    """Check that rewards find the tokens of what the policy wrote."""
    make = partial(policy.sample, index=0, policy_step=0)
    sample = plugin.call("sample() of what it wrote", make, problem, prompt, completion)
    plugin.require(
        sample.token_ids == completion.ids, "sample() has other token ids than were sampled"
    )
    spelled = [policy.token_table[token] for token in sample.token_ids]
    subject = "finding the tokens of what it wrote"
    plugin.call(subject, TokenMap, spelled, sample.program, sample.shift)


def _check_log_probs(
    plugin: PluginUnderTest,
    policy: Policy,
    prompts: Sequence[tuple[int, ...]],
    targets: Sequence[tuple[int, ...]],
) -> None:
    import torch

    log_probs, present = plugin.call(
        "log_probs() of what it wrote", policy.log_probs, prompts, targets
    )
    shape = (len(targets), max(map(len, targets)))
    plugin.require(
        tuple(log_probs.shape) == tuple(present.shape) == shape,
        f"log_probs() has shapes {tuple(log_probs.shape)} and {tuple(present.shape)}, not {shape}",
    )
    plugin.require(
        bool(torch.isfinite(log_probs).all()) and bool((log_probs <= 0).all()),
        "log_probs() must be logarithms of probabilities: finite, at most 0",
    )
    plugin.require(log_probs.requires_grad, "log_probs() has no gradient: it cannot be trained")
    torch.autograd.backward(-log_probs.sum())
    gradients = [weight.grad for weight in policy.model.parameters() if weight.grad is not None]
    policy.model.zero_grad(set_to_none=True)
    plugin.require(
        gradients and all(bool(torch.isfinite(gradient).all()) for gradient in gradients),
        "log_probs() gives the model's weights no finite gradient",
    )


def _check_saving(
    plugin: PluginUnderTest,
    policy: Policy,
    prompts: Sequence[tuple[int, ...]],
    greedy: Sequence[GeneratedTokens],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plugin.call("save()", policy.save, Path(folder))
        loaded: Policy = plugin.call(
            "loading what save() wrote", lambda: manager.get("policy", f"hf:{folder}").load()
        )
        again = _write(plugin, loaded, prompts, Sampling(temperature=0, max_new_tokens=NEW_TOKENS))
    plugin.require(again == greedy, "saved and loaded again, it writes something else")


def _check_writer(plugin: PluginUnderTest, writer: Writer) -> None:
    plugin.require(isinstance(writer.name, str) and writer.name, "`name` must be text")
    requests = [Request(problem.prompt, seed) for seed, problem in enumerate(PROBLEMS)]
    stops = ("\n\n",)
    sampling = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=NEW_TOKENS)
    written = plugin.call(
        "write() of two requests",
        lambda: [pair for batch in writer.write(requests, sampling, stops) for pair in batch],
    )
    plugin.require(
        sorted(index for index, _ in written) == [*range(len(requests))],
        "write() must give a completion for every request, once",
    )
    for _, completion in written:
        plugin.require(
            isinstance(completion, Completion),
            f"write() gives {completion!r:.60}, which is no Completion",
        )
        plugin.require(
            not any(stop in completion.text for stop in stops),
            f"write() must cut at the first stop string, but gives {completion.text!r:.60}",
        )
