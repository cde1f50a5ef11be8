"""Policies ``tiny`` and ``tiny-t5``: real models of about a million parameters, built on the spot.

They start with random weights and a byte-level BPE tokenizer that is trained on the texts of the
dataset ``mini``. The warm-up of a run teaches them to write programs. Nothing is downloaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.plain import plain_prompt

if TYPE_CHECKING:
    from rltf.models.policy import Policy

END = "<|endoftext|>"
VOCABULARY = 768
"""Most tokens of the vocabulary."""
TOKENS = 676
"""Tokens that the texts of ``mini`` have enough words for."""
CONTEXT = 192
INITIALIZER_RANGE = 0.05
"""With this standard deviation, training is twice as fast as with CodeGen's 0.02."""
POSITION_BIAS_RANGE = 1.5
"""Standard deviation of T5's biases for relative positions. With its own, of 0.09, the policy learns
the operations of a task long before it learns their order."""

TRAINING_DEFAULTS: dict[str, Any] = {
    "reward": "coarse,fine:0.333,adaptive",
    "steps": 320,
    "batch_size": 32,
    "supervised_batch_size": 32,
    "micro_batch_size": 64,
    "learning_rate": 5e-4,
    "final_learning_rate_share": 0.1,
    "weight_decay": 0.01,
    "warmup_steps": 900,
    "warmup_batch_size": 16,
    "warmup_learning_rate": 2e-3,
    "prompt_noise": 0.1,
    "buffer_size": 2048,
    "refresh_every": 0,
    "candidates_per_round": 128,
    "problems_per_round": 64,
    "samples_per_problem": 8,
    "temperature": 1.0,
    "top_p": 1.0,
    "max_prompt_tokens": 96,
    "max_new_tokens": 96,
    "generation_batch_size": 512,
    "isolation": "program",
    "evaluate_every": 80,
    "checkpoint_every": 20,
}
"""Tuned by measurement: benchmarks/first_run.py and docs/learning.md show the results."""
T5_TRAINING_DEFAULTS = TRAINING_DEFAULTS | {
    "optimizer": "adafactor",
    "learning_rate": 5e-3,
    "warmup_learning_rate": 2e-2,
}
"""T5's weights differ in size a hundredfold, and no learning rate of AdamW suits all of them."""


@hookimpl
def rltf_register_policies(register: Register) -> None:
    register("tiny", partial(_policy, "tiny"))
    register("tiny-t5", partial(_policy, "tiny-t5"))


def _policy(name: str) -> Policy:
    from rltf.models.policy import Policy

    context = CONTEXT if name == "tiny" else None
    return Policy(
        name,
        partial(_build, name),
        "plain",
        TRAINING_DEFAULTS if name == "tiny" else T5_TRAINING_DEFAULTS,
        read_context_length=lambda: context,
        skeleton=partial(_skeleton, name),
    )


def _build(name: str) -> tuple[Any, Any]:
    tokenizer = train_tokenizer(mini_texts())
    return _model(name, len(tokenizer), tokenizer.eos_token_id), tokenizer


def _skeleton(name: str) -> Any:
    import torch

    with torch.device("meta"):
        return _model(name, TOKENS, 0)


def _model(name: str, vocabulary: int, end_id: int) -> Any:
    make_model = {"tiny": codegen, "tiny-t5": t5}[name]
    return make_model(vocabulary, end_id)


def mini_texts() -> Iterator[str]:
    """Yield the prompts and reference programs of the training tasks of ``mini``."""
    from rltf.plugins.datasets.mini import MiniDataset

    for problem in MiniDataset().problems("train"):
        yield plain_prompt(problem)
        yield from problem.solutions


def train_tokenizer(texts: Iterator[str]) -> Any:
    """Train a byte-level BPE tokenizer of the class that the hub's CodeGen checkpoints use."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CodeGenTokenizer

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(texts, trainer)
    model = json.loads(trained.to_str())["model"]
    merges: Any = [tuple(pair) for pair in model["merges"]]
    return CodeGenTokenizer(
        vocab=model["vocab"],
        merges=merges,
        unk_token=END,
        bos_token=END,
        eos_token=END,
    )


def codegen(vocabulary: int, end_id: int) -> Any:
    """Return a decoder-only model of CodeGen's architecture with 0.97 M parameters."""
    from transformers import CodeGenConfig, CodeGenForCausalLM

    return CodeGenForCausalLM(
        CodeGenConfig(
            vocab_size=vocabulary,
            n_positions=CONTEXT,
            n_ctx=CONTEXT,
            n_embd=144,
            n_layer=3,
            n_head=4,
            rotary_dim=32,
            activation_function="gelu_pytorch_tanh",  # the same function as gelu_new, fused
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            initializer_range=INITIALIZER_RANGE,
            bos_token_id=end_id,
            eos_token_id=end_id,
        )
    )


def t5(vocabulary: int, end_id: int) -> Any:
    """Return an encoder-decoder model of CodeT5's architecture with 1.0 M parameters."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=vocabulary,
        d_model=128,
        d_kv=32,
        d_ff=256,
        num_layers=3,
        num_decoder_layers=3,
        num_heads=4,
        dropout_rate=0.0,
        pad_token_id=end_id,
        eos_token_id=end_id,
    )
    config.decoder_start_token_id = end_id
    model = T5ForConditionalGeneration(config)
    for stack in (model.encoder, model.decoder):
        attention: Any = stack.block[0].layer[0].SelfAttention
        torch.nn.init.normal_(attention.relative_attention_bias.weight, std=POSITION_BIAS_RANGE)
    return model
