"""Every option of a run, its default, and what it is for; ``config_reading`` makes a ``Config``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from rltf.common.options import (
    Bounds,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PositiveShare,
    Share,
    check_fields,
)
from rltf.common.schema import SCHEMA
from rltf.dataset import Isolation
from rltf.errors import ConfigError as ConfigError
from rltf.models.adapter import ALL_LINEAR, Lora
from rltf.models.loading import Dtype
from rltf.models.vllm_engine import EngineName
from rltf.reward import DEFAULT_REWARDS, Mode
from rltf.sampling_options import TopP
from rltf.trainer.baselines import Baseline
from rltf.trainer.new_options import NEW_OPTIONS
from rltf.trainer.optimizer import OptimizerName


@dataclass(frozen=True)
class Config:
    """Options of a run. Defaults are those of the RLTF paper and of its released scripts."""

    policy: str = "tiny"
    """Name of the policy to train: ``tiny``, ``tiny-t5``, ``codet5``, ``codegen2.7b``,
    ``hf:PATH_OR_ID``, or a plugin's."""
    dataset: str = "mini"
    """Name of the dataset to train on. Set ``file`` for problems of your own."""
    data: str | None = None
    """File or folder that holds the dataset. Required for datasets that are neither built in nor
    downloaded."""
    audit: str | None = None
    """Report of ``rltf audit``. The problems that it leaves out are not trained on. ``rltf run
    --audit`` sets it to an audit of the dataset."""
    prompt: str | None = None
    """Name of the prompt format. ``None``: the policy's own or, if it has none, ``chat`` if its
    tokenizer has a chat template, and the dataset's format otherwise."""
    system: str = ""
    """Text of the system message of a chat model; empty: what its chat template has without one."""
    reward: str = DEFAULT_REWARDS
    """Names of rewards, with optional options and weights: ``coarse,adaptive[mode=paper]:0.5``.
    Change it to add a signal, or to lower the weight of one that outweighs the tests. ``tiny``
    learns more with ``fine`` at a third (docs/learning.md)."""
    mode: Mode = "paper"
    """Which version of RLTF the rewards and the objective follow: the paper, or its released code.
    ``official`` also sets ``baseline`` to ``greedy``, ``classifier`` to ``rltf-official``, and
    ``reward`` to the paper's, all of weight 1. Set it to reproduce the results of the released
    code."""
    baseline: Baseline = "best"
    """What is subtracted from the reward of a sample: that of the ``best`` program of the problem so
    far or of the ``greedy`` program of the same round, or the ``mean`` of the problem's samples. Set
    ``mean`` for a policy that learns from its samples alone (``supervised_batch_size=0``)."""
    critic: str | None = None
    """Folder of a critic, made by ``rltf critic train``. Set it with the reward ``critic``, or in
    mode ``official``, to weigh each token by the critic's prediction."""
    classifier: str = "rltf"
    """Name of the classifier that says which lines of a program are at fault. Change it to test
    another way of locating faults."""
    objective: str = "rltf"
    """Name of the objective that turns rewards into a loss, with optional options:
    ``grpo[scale=none]``. Change it to compare algorithms, or to train with one of your own."""
    seed: int = 0
    """Random seed; the same seed gives the same output. Change it to measure the variance between
    runs."""

    dtype: Dtype = "auto"
    """Precision of generation and of the model's forward passes. ``auto``: ``bfloat16`` on a GPU,
    and on a CPU with AVX512-BF16 or AMX for a checkpoint that is stored in 16 bits or quantized;
    ``float32`` otherwise. Weights that are trained are ``float32`` in any case."""
    lora_r: PositiveInt | None = None
    """Rank of low-rank adapters (LoRA) that are trained instead of the weights; ``None`` trains all
    weights. Needs ``pip install 'rltf[lora]'``. Set it, to 8 or more, to save memory, and raise
    ``learning_rate`` to about ten times its value."""
    lora_alpha: PositiveInt | None = None
    """What an adapter adds is multiplied by ``lora_alpha / lora_r``; ``None``: twice ``lora_r``."""
    lora_dropout: Annotated[float, Bounds(at_least=0, below=1)] = 0.0
    """Dropout of what an adapter reads. Raise it if a small dataset is memorized."""
    lora_targets: str = ALL_LINEAR
    """Names of the layers that get an adapter, such as ``q_proj,v_proj``; ``all-linear``: all
    linear layers but the output layer."""

    steps: NonNegativeInt = 10_000
    """Number of optimizer steps after the warm-up; 0 stops after the warm-up. Raise it while the
    pass rate in ``metrics.jsonl`` still rises."""
    batch_size: PositiveInt = 32
    """Number of the policy's own samples in each step. Raise it if the policy loss is noisy."""
    supervised_batch_size: NonNegativeInt = 32
    """Number of reference programs in each step; 0 trains on feedback alone. Lower it if the
    reference programs hold the policy back, or if there are only a few."""
    micro_batch_size: PositiveInt = 4
    """Number of programs that pass through the model at once; on a CPU, fewer if they are long. It
    changes the result only by rounding: raise it for speed, lower it if memory runs out."""
    learning_rate: PositiveFloat = 2e-6
    """Peak learning rate after the warm-up. Lower it if the gradient norm grows or the pass rate
    falls; small models need much larger values."""
    final_learning_rate_share: Share = 1.0
    """Learning rate at the last step, as a share of the peak; the rate falls linearly. Lower it for
    steadier results at the end of a short run."""
    weight_decay: NonNegativeFloat = 0.05
    """Weight decay of the optimizer. Lower it for small models."""
    optimizer: OptimizerName = "adamw"
    """``adamw``; ``adamw8bit``, whose state takes a quarter of the memory and which needs
    ``pip install 'rltf[adamw8bit]'``; or ``adafactor``, whose state takes hardly any memory. The
    learning rates of ``adafactor`` are relative to the size of each weight, as a model of T5's
    kind needs: about ten times those of ``adamw``."""
    gradient_checkpointing: bool = False
    """Whether the backward pass computes activations again instead of keeping them. Set it to
    ``true`` if memory runs out at ``micro_batch_size=1``; a step takes about a third longer."""
    clip_norm: PositiveFloat = 1.0
    """Maximum norm of the gradient of a step; larger gradients are scaled down. Lower it if single
    steps damage the policy."""

    warmup_steps: NonNegativeInt = 0
    """Number of supervised steps before the first sample. Raise it for a policy that hardly ever
    passes a test: without a passing program, there is little to learn from."""
    warmup_batch_size: PositiveInt = 32
    """Number of reference programs in each step of the warm-up."""
    warmup_learning_rate: PositiveFloat = 2e-5
    """Peak learning rate of the warm-up."""
    prompt_noise: Share = 0.0
    """Share of the prompt tokens of reference programs that are replaced with random tokens. Raise
    it if a small policy memorizes prompts instead of exploring."""

    buffer_size: PositiveInt = 6400
    """Number of recent samples that training draws from, including those that teach it nothing.
    Lower it to train on fresher samples."""
    buffer_start: PositiveShare = 1.0
    """Share of the buffer that is filled before the first step. Lower it to see steps sooner: the
    buffer goes on filling with each round."""
    refresh_every: NonNegativeInt = 50
    """Number of optimizer steps between two rounds of sampling; 0 starts a round each time the
    whole buffer has been used. Lower it to train on fresher samples, at the cost of more
    generation."""
    problems_per_round: PositiveInt = 80
    """Number of problems in each round of sampling."""
    candidates_per_round: PositiveInt | None = None
    """Number of problems for which the policy first writes a greedy program. Samples are then drawn
    only for those that it does not solve, for at most ``problems_per_round`` of them. With
    ``None``, samples are drawn for ``problems_per_round`` problems, whether or not the greedy
    programs solve them. Set it if the policy already solves many problems."""
    samples_per_problem: PositiveInt = 20
    """Number of samples for each problem in a round, in addition to the greedy program. Raise it
    for hard problems, where few samples pass."""
    extra_rounds: NonNegativeInt = 0
    """Maximum number of further rounds that are played at once while fewer than
    ``problems_per_round`` problems have taught anything (DAPO's dynamic sampling). Raise it if most
    problems are always solved or never."""
    samples: str | None = None
    """File of samples to train on instead of fresh ones, in any form that ``rltf score`` reads, such
    as ``samples.jsonl`` of a run or a benchmark: offline training (RLTF, Table 4)."""
    temperature: PositiveFloat = 1.0
    """Sampling temperature. Raise it if samples are too similar, lower it if most of them are
    noise."""
    top_p: TopP = 0.95
    """Sample only from the most likely tokens that together have this probability; 1 samples from
    all."""
    max_prompt_tokens: PositiveInt = 800
    """Maximum length of a prompt, in tokens; longer task descriptions are cut. The sum of
    ``max_prompt_tokens`` and ``max_new_tokens`` must fit into the policy's context."""
    max_new_tokens: PositiveInt = 512
    """Maximum length of a program, in tokens. Raise it if many samples are ``truncated``."""
    generation_batch_size: PositiveInt = 64
    """Number of programs that are generated at once. Raise it for speed, lower it if memory runs
    out."""
    engine: EngineName = "rltf"
    """What generates programs: ``rltf``, or ``vllm``, for decoder-only checkpoints that vLLM knows.
    The latter needs ``pip install 'rltf[vllm]'``."""
    engine_memory: PositiveShare = 0.3
    """Share of the GPU's memory that engine ``vllm`` takes while it generates, for a copy of the
    weights and the key/value cache. Raise it for speed, lower it if memory runs out."""

    executor: str = "sandbox"
    """Name of the executor that runs the programs. Change it to use a plugin's executor."""
    isolation: Isolation = "test"
    """``test`` starts a fresh process for each test; ``program`` runs all tests of a program in
    one, which is faster but lets a program keep state between its tests."""
    train_on_guarded: bool = False
    """Whether to train on samples with a test that was judged guarded, in the process of the
    program. A program may cheat there, so such samples get no reward and are counted as
    ``guarded_left_out``. Set it to ``true`` if most tests need it and you trust the policy."""
    held_out_limit: PositiveInt | None = None
    """Number of held-out problems to evaluate; ``None`` evaluates all. Set it if evaluation takes
    too long."""
    held_out_split: str | None = None
    """Split to hold out. ``None``: ``test`` or, without such a split, a random part of the
    problems. Set it to ``validation`` to keep ``test`` for the end."""
    evaluate_every: NonNegativeInt = 0
    """Number of optimizer steps between two evaluations; 0 evaluates only before the first step and
    after the last. The results are ``held_out`` in ``metrics.jsonl``."""
    eval_samples: NonNegativeInt = 0
    """Number of samples for each held-out problem, in addition to the greedy program, for pass@k."""
    eval_k: str = "1"
    """Each k of pass@k, separated by commas, none above ``eval_samples``."""
    checkpoint_every: PositiveInt = 50
    """Number of optimizer steps between two checkpoints. Raise it for large models, whose
    checkpoints take time and disk space."""

    tracker: str | None = None
    """Names of trackers that draw the figures of ``metrics.jsonl``: ``tensorboard``, ``wandb``,
    ``trackio``, or several of them with commas between."""

    def __post_init__(self) -> None:
        check_fields(self, ConfigError)
        if self.eval_samples and (not self.eval_ks or max(self.eval_ks) > self.eval_samples):
            raise ConfigError(
                f"eval_k must be numbers from 1 to eval_samples={self.eval_samples}, such as 1 or "
                f"1,5, not {self.eval_k!r}"
            )
        if self.lora_r is None:
            for name in ("lora_alpha", "lora_dropout", "lora_targets"):
                if getattr(self, name) != getattr(Config, name):
                    raise ConfigError(f"{name} is for adapters: set lora_r too")
        if self.engine == "rltf" and self.engine_memory != Config.engine_memory:
            raise ConfigError("engine_memory is for engine vllm: set engine=vllm too")

    @property
    def eval_ks(self) -> tuple[int, ...]:
        """The numbers in ``eval_k``; empty if one of them is none."""
        texts = [text.strip() for text in self.eval_k.split(",")]
        numbers = [int(text) for text in texts if text.isdecimal() and int(text)]
        return tuple(numbers) if len(numbers) == len(texts) else ()

    @property
    def lora(self) -> Lora | None:
        """The adapters that are trained; ``None``: all weights are."""
        if self.lora_r is None:
            return None
        alpha = self.lora_alpha or 2 * self.lora_r
        return Lora(self.lora_r, alpha, self.lora_dropout, self.lora_targets)

    @property
    def digest(self) -> str:
        """The digest of all options."""
        options = self.to_dict()
        for name, value in NEW_OPTIONS.items():  # a folder keeps the name that it had before them
            if options[name] == value:
                del options[name]
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()

    @property
    def shared(self) -> dict[str, Any]:
        """Options for every reward and objective that takes them."""
        critic = {} if self.critic is None else {"critic": self.critic}
        return {"mode": self.mode, "baseline": self.baseline} | critic

    def to_dict(self) -> dict[str, Any]:
        """The form of ``config.json``."""
        return {"schema": SCHEMA} | dataclasses.asdict(self)


def __getattr__(name: str) -> Any:
    """Return what moved to ``config_reading``."""
    if name not in ("from_dict", "parse_setting", "resolve"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rltf.trainer import config_reading

    return getattr(config_reading, name)
