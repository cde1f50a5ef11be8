"""Generation beside transformers' ``generate()``, and beside the time it takes to read the weights.

    python benchmarks/generation.py                      # under three minutes
    python benchmarks/generation.py --full
    python benchmarks/generation.py --policy hf:DIR/model.gguf --dtype bfloat16

Both write the same number of ids for the same prompts with the same sampling, one after the other,
several times, and each decode step is timed. The table has the first quartile of the steps' times,
and of as many readings of the weights: on a busy machine the slower half says more about the others.
Weights are random except with ``--policy``. With one thread (the default) CPU time is measured;
otherwise, wall time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from typing import Any

import torch

from rltf import manager
from rltf.models.generation import generate
from rltf.models.policy import load_policy
from rltf.models.stop_strings import Stops
from rltf.plugins.policies.tiny import codegen
from rltf.sampling_options import Sampling

PROMPT_IDS = 32
NEVER = -1
"""An id that no model writes, so that both write as much as they may."""


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds per decode step."""

    model: str
    batch: int
    ours: float
    theirs: float
    floor: float

    def __str__(self) -> str:
        return (
            f"| {self.model} | {self.batch} | {1000 * self.batch / self.ours:.0f} "
            f"| {1000 * self.batch / self.theirs:.0f} | {self.theirs / self.ours:.2f} "
            f"| {self.ours:.2f} | {self.floor:.2f} | {self.ours / self.floor:.2f} |"
        )


HEAD = """| model | batch | tokens/s | generate() | ratio | ms per step | weights read | share |
|---|---|---|---|---|---|---|---|"""


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    dtype = getattr(torch, options.dtype)
    print(f"{options.dtype}, {options.threads} thread(s), torch {torch.__version__}, {_cpu()}")
    print(f"temperature 1, top_p {options.top_p}, prompts of {PROMPT_IDS} ids\n\n{HEAD}")
    for name, build in _models(options).items():
        model = build().to(dtype).eval()
        for batch in options.batches:
            print(_measured(name, model, batch, options), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all models, every batch size to 64")
    parser.add_argument("--models", nargs="+", choices=SHAPES)
    parser.add_argument("--policy", help="measure this policy instead, such as hf:DIR")
    parser.add_argument("--batches", nargs="+", type=int)
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--new", type=int, default=10, help="ids to write")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    options.batches = options.batches or ([1, 2, 4, 8, 16, 32, 64] if options.full else [1, 8, 64])
    options.models = options.models or (list(SHAPES) if options.full else ["tiny", "llama-135m"])
    return options


def _models(options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    if options.policy is None:
        return {name: SHAPES[name] for name in options.models}
    policy = load_policy(manager.get("policy", options.policy), 0)
    return {options.policy: lambda: policy.model}


def _llama_135m() -> Any:
    """SmolLM2-135M's shape."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=49_152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, tie_word_embeddings=True,
        max_position_embeddings=2048, bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def _codegen_350m() -> Any:
    from transformers import CodeGenConfig, CodeGenForCausalLM

    config = CodeGenConfig(
        vocab_size=51_200, n_positions=2048, n_embd=1024, n_layer=20, n_head=16, rotary_dim=32,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return CodeGenForCausalLM(config)


SHAPES: dict[str, Callable[[], Any]] = {
    "tiny": lambda: codegen(768, 0),
    "llama-135m": _llama_135m,
    "codegen-350m": _codegen_350m,
}


class Clock(Stops):
    """Notes the time of every step; both engines ask whether a completion shall stop."""

    def __init__(self, threads: int) -> None:
        super().__init__([], [])
        self._now = time.process_time if threads == 1 else time.perf_counter
        self._times: list[float] = []

    def reached(self, completions: Sequence[int], ids: Sequence[int]) -> list[bool]:
        """Note a step of rltf's."""
        self._times.append(self._now())
        return [False] * len(ids)

    def __call__(self, ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Note a step of transformers'."""
        self._times.append(self._now())
        return torch.zeros(len(ids), dtype=torch.bool)

    def steps(self) -> list[float]:
        """Return the milliseconds of each step since the last call."""
        times, self._times = self._times, []
        return [1000 * (after - before) for before, after in pairwise(times)]


def _measured(name: str, model: Any, batch: int, options: argparse.Namespace) -> Row:
    torch.manual_seed(batch)
    prompts = torch.randint(1, model.config.vocab_size, (batch, PROMPT_IDS))
    sampling = Sampling(1.0, options.top_p, options.new)
    clock = Clock(options.threads)
    weights = _read_each_step(model)
    ours: list[float] = []
    theirs: list[float] = []
    floor: list[float] = []
    for _ in range(options.repeat):
        for _ in generate(
            model,
            prompts.tolist(),
            sampling,
            end_id=NEVER,
            seed=0,
            batch_size=batch,
            stops=clock,
            dtype=model.dtype,
        ):
            pass
        ours += clock.steps()
        model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=options.new,
            do_sample=True,
            top_p=options.top_p,
            top_k=0,
            eos_token_id=NEVER,
            pad_token_id=0,
            stopping_criteria=[clock],
        )
        theirs += clock.steps()
        for _ in range(options.new):
            for weight in weights:
                weight.view(-1).view(torch.float32).sum()
            clock.reached([], [])
        floor += clock.steps()
    return Row(name, batch, *(quantiles(times)[0] for times in (ours, theirs, floor)))


def _read_each_step(model: Any) -> list[torch.Tensor]:
    """Return the weights that a decode step reads whole: embeddings only where they are tied."""
    embedding = model.get_input_embeddings().weight
    is_tied = model.get_output_embeddings().weight is embedding
    return [
        weight.detach()
        for weight in model.parameters()
        if weight.dim() > 1 and (is_tied or weight is not embedding)
    ]


def _cpu() -> str:
    with open("/proc/cpuinfo") as lines:
        return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")


if __name__ == "__main__":
    main()
