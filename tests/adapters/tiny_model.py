"""A model with a vocabulary of whole lines of programs, small enough to learn in a few steps."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HEAD = "def f(x):\n"
RIGHT, WRONG, BROKEN = ("    return x * 2\n", "    return x + 3\n", "    return y\n")
WHOLE = [HEAD + RIGHT, HEAD + WRONG]
TESTS = json.dumps([{"args": [x], "expected": 2 * x} for x in (1, 5)])
PIECES = ["<pad>", "<eos>", HEAD, RIGHT, WRONG, BROKEN, *WHOLE]
CHAT = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level, like that of GPT-2, with one token for each piece."""
    ids = {piece.replace(" ", "Ġ").replace("\n", "Ċ"): i for i, piece in enumerate(PIECES)}
    words = Tokenizer(WordLevel(ids, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    words.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>")
    made.chat_template = CHAT
    return made


def model_folder(parent: Path) -> Path:
    """An untrained model with its tokenizer, as the hub has them."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(PIECES),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    folder = parent / "model"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
