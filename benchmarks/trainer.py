"""Training speed: rltf's online trainer beside TRL's GRPOTrainer.

    python benchmarks/trainer.py [--steps 3] [--threads 1] [--only ours|trl] [--width W] [--layers L]

Both train the same causal model (random weights, CodeGen's architecture) on the same problems of
``mini``, 64 samples a step in groups of 8, each sample used once, at temperature 1. The reward is
rltf's ``coarse``, judged by the sandbox; for TRL it is a reward function that calls the scoring
pipeline. Ours adds ``fine``, since programs of random weights all fail alike: with ``coarse``
alone, it would leave out the updates that TRL does with advantages of 0. TRL is optional (``pip install
trl``); without it, its row says so. Each trainer runs in a process of its own, with the same number
of threads.

The table shows samples per second end to end (first step left out, which warms up), the seconds of
each stage per step, and peak memory. ``waiting`` is the time that the trainer waits for verdicts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tabulate import tabulate

GROUP, PROBLEMS = 8, 8
BATCH = GROUP * PROBLEMS
PROMPT_TOKENS, NEW_TOKENS = 112, 48
STAGES = ("generation", "waiting", "update")


def checkpoint(folder: Path, width: int, layers: int) -> None:
    """Write a model with random weights and a tokenizer in the hub's format."""
    import torch
    from transformers import CodeGenConfig, CodeGenForCausalLM

    from rltf.plugins.policies.tiny import mini_texts, train_tokenizer

    torch.manual_seed(0)
    tokenizer = train_tokenizer(mini_texts())
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    tokenizer.save_pretrained(folder)
    end = tokenizer.eos_token_id
    config = CodeGenConfig(
        vocab_size=len(tokenizer),
        n_positions=256,
        n_ctx=256,
        n_embd=width,
        n_layer=layers,
        n_head=4,
        rotary_dim=min(32, width // 4),
        bos_token_id=end,
        eos_token_id=end,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    CodeGenForCausalLM(config).save_pretrained(folder)


def ours(model: Path, steps: int, folder: Path) -> dict[str, Any]:
    """Run ``rltf run`` with objective grpo, and read what its steps took."""
    options = {
        "dataset": "mini",
        "objective": "grpo",
        "reward": "coarse,fine",
        "prompt": "plain",
        "steps": steps + 1,
        "batch_size": BATCH,
        "supervised_batch_size": 0,
        "micro_batch_size": BATCH,
        "buffer_size": BATCH,
        "refresh_every": 1,
        "buffer_start": 1.0,
        "problems_per_round": PROBLEMS,
        "samples_per_problem": GROUP,
        "top_p": 1.0,
        "max_prompt_tokens": PROMPT_TOKENS,
        "max_new_tokens": NEW_TOKENS,
        "generation_batch_size": BATCH,
        "isolation": "program",
        "held_out_limit": 1,
        "evaluate_every": 0,
        "checkpoint_every": steps + 1,
    }
    settings = [f"--set={name}={value}" for name, value in options.items()]
    call = ["-m", "rltf", "run", "--policy", f"hf:{model}", "--out", str(folder), *settings]
    done = subprocess.run([sys.executable, *call], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    measured = lines[1:]
    names = {"generation": "generation", "waiting": "reward_exposed", "update": "update"}
    samples = lines[-1]["samples"] - lines[0]["samples"]
    total = sum(line["total_seconds"] for line in measured)
    return {
        "samples_per_s": samples / total,
        "step": total / len(measured),
        "peak_mb": max(line["peak_memory_mb"] for line in lines),
        **{
            stage: sum(line[f"{name}_seconds"] for line in measured) / len(measured)
            for stage, name in names.items()
        },
    }


def trl(model: Path, steps: int, folder: Path) -> dict[str, Any]:
    """Train with TRL's GRPOTrainer in this process, and measure it from its hooks."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    import rltf
    from rltf import manager
    from rltf.plugins.prompts.plain import plain_prompt
    from rltf.scoring.pipeline import score_with
    from rltf.scoring.scorer import Scorer

    problems = {p.task_id: p for p in manager.get("dataset", "mini").problems("train") if p.tests}
    rows = [{"prompt": plain_prompt(p), "task_id": p.task_id} for p in problems.values()]
    scorer = Scorer("coarse")
    spent = dict.fromkeys(STAGES, 0.0)
    begun: list[float] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            begun.append(time.perf_counter())
            if len(begun) == 2:
                spent.update(dict.fromkeys(STAGES, 0.0))

    with rltf.Sandbox(isolation="program") as sandbox:

        def coarse(completions: list[str], task_id: list[str], **_: Any) -> list[float]:
            started = time.perf_counter()
            samples = [rltf.Sample(t, c) for t, c in zip(task_id, completions, strict=True)]
            scored = score_with(scorer, samples, problems.values(), sandbox)
            spent["waiting"] += time.perf_counter() - started
            return [each.rewards["coarse"] or 0.0 for each in scored]

        class Timed(GRPOTrainer):  # type: ignore[misc]
            def _generate_and_score_completions(self, inputs: Any) -> Any:
                started, waited = time.perf_counter(), spent["waiting"]
                made = super()._generate_and_score_completions(inputs)
                judged = spent["waiting"] - waited
                spent["generation"] += time.perf_counter() - started - judged
                return made

        settings = GRPOConfig(
            output_dir=str(folder),
            max_steps=steps + 1,
            per_device_train_batch_size=BATCH,
            num_generations=GROUP,
            max_completion_length=NEW_TOKENS,
            learning_rate=2e-6,
            temperature=1.0,
            logging_steps=10_000,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
        )
        trainer = Timed(
            model=str(model),
            reward_funcs=coarse,
            args=settings,
            train_dataset=Dataset.from_list(rows),
            callbacks=[Clock()],
        )
        trainer.train()
        total = time.perf_counter() - begun[1]
    spent["update"] = total - spent["generation"] - spent["waiting"]
    return {
        "samples_per_s": BATCH * steps / total,
        "step": total / steps,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **{stage: seconds / steps for stage, seconds in spent.items()},
    }


def measure(name: str, arguments: argparse.Namespace, model: Path, folder: Path) -> dict[str, Any]:
    """Run one trainer in a process of its own."""
    call = [sys.executable, __file__, "--child", name, "--model", str(model)]
    call += ["--steps", str(arguments.steps), "--folder", str(folder)]
    threads = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
    done = subprocess.run(call, capture_output=True, text=True, env=threads)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["?"])[-1]
        sys.exit(f"{name} failed: {reason}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--steps", type=int, default=3, help="measured steps")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--only", choices=("ours", "trl"), help="measure one trainer")
    parser.add_argument("--width", type=int, default=256, help="width of the model")
    parser.add_argument("--layers", type=int, default=4, help="layers of the model")
    parser.add_argument("--child", choices=("ours", "trl"), help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        run = {"ours": ours, "trl": trl}[arguments.child]
        print(json.dumps(run(arguments.model, arguments.steps, arguments.folder)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint(folder / "model", arguments.width, arguments.layers)
        for trainer in ("ours", "trl"):
            if arguments.only not in (None, trainer):
                continue
            if trainer == "trl" and importlib.util.find_spec("trl") is None:
                rows.append(["trl", "not measured: pip install trl"])
                continue
            found = measure(trainer, arguments, folder / "model", folder / trainer)
            stages = [
                f"{found[stage]:.2f} ({found[stage] / found['step']:.1%})" for stage in STAGES
            ]
            speed = [f"{found['samples_per_s']:.1f}", f"{found['step']:.2f}"]
            rows.append([trainer, *speed, *stages, f"{found['peak_mb']:.0f}"])
    header = ["trainer", "samples/s", "s/step", *(f"{stage} s" for stage in STAGES), "peak MiB"]
    print(
        f"{os.cpu_count()} cores, {BATCH} samples a step, {arguments.steps} steps, {arguments.threads} threads"
    )
    print(tabulate(rows, header, disable_numparse=True))


if __name__ == "__main__":
    main()
